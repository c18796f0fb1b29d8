"""Custody reports: reading a record in order to take it along is an act of its own, with a reason, on the record.

A report of a recording is an event on it; of a case, one on the case and one on each recording that it tells of; a
report across items and an export are events on the record itself. Each in the transaction in which the lines were read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from evidence.audit.errors import ReportTooLong, SearchTooWide
from evidence.audit.policy import events_for, search_require
from evidence.audit.queries import ReadLine, Search, found_by, read_as
from evidence.audit.report import (
    LINES_MAX,
    Report,
    ReportItem,
    Scope,
    ScopeKind,
    Sealer,
    case_exhibits,
    sha256s_of,
    withholding_words,
)
from evidence.audit.subjects import RECORD
from evidence.cases.models import Case
from evidence.cases.policy import CASES
from evidence.cases.policy import KIND as CASE_KIND
from evidence.cases.policy import Right as CaseRight
from evidence.cases.services import case_subject
from evidence.custody.models import Event
from evidence.custody.parties import Reason
from evidence.custody.queries import subject_events
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.errors import ReasonMissing
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND, RECORDINGS, Right
from evidence.recordings.subjects import subject_of

_NO_LIMIT = "Export the record as JSON lines instead: that has no limit."
_ONE_BY_ONE = "Make a report of each of its recordings instead."
_NARROWER = "Narrow the days, or name a person or an item."


class ReportFormat(StrEnum):
    """What a report is written as. That is done after the act: one that could not be written was read all the same."""

    PDF = "pdf"
    JSON = "json"


def reason_of(code: str, text: str) -> Reason:
    """Why it is taken along.

    Raises:
        ReasonMissing: neither a code of the list nor a text was given.
    """
    if not (code or text.strip()):
        raise ReasonMissing
    return Reason(code=code or None, text=text.strip() or None)


def recording_report(*, who: Who, recording: Recording, written_as: ReportFormat, reason: Reason) -> Report:
    """The record of a recording or working copy.

    Raises:
        Denied: no right to read it.
        ReportTooLong: it has more lines than one report holds.
    """
    with act(actor=who.actor, reason=reason) as deed:
        decision = RECORDINGS.require(who, Right.CUSTODY, recording)
        events = subject_events(KIND, recording.id)
        _fits_require(events, _NO_LIMIT)
        item = _recording_item(who, recording, events)
        said = _said("report", written_as, item.read)
        deed.record(Verb.REPORT_MADE, subject_of(recording), rule=decision.rule, data=said)
    scope = Scope(kind=ScopeKind.RECORDING, id=recording.id, title=recording.label)
    return _report(who, reason, scope, items=[item])


def case_report(*, who: Who, case: Case, written_as: ReportFormat, reason: Reason) -> Report:
    """The record of a case, and those of its exhibits' recordings that this reader may read.

    Raises:
        Denied: no right to read the record of the case.
        ReportTooLong: together they have more lines than one report holds.
    """
    with act(actor=who.actor, reason=reason) as deed:
        decision = CASES.require(who, CaseRight.CUSTODY, case)
        exhibits, barred = case_exhibits(who, case)
        own = subject_events(CASE_KIND, case.id)
        of_each = {recording: subject_events(KIND, recording.id) for recording in exhibits}
        subjects = [recording.id for recording in exhibits]
        _fits_require(own, _ONE_BY_ONE, Event.objects.filter(subject_kind=KIND, subject_id__in=subjects))
        title = f"{case.urn} {case.title}"
        items = [
            ReportItem(kind=CASE_KIND, id=case.id, title=title, read=tuple(read_as(who, own))),
            *(_recording_item(who, each, events, exhibits) for each, events in of_each.items()),
            *(ReportItem(kind=KIND, id=None, title="", references=(name,), is_told=False) for name in barred),
        ]
        said = _said("report", written_as, items[0].read)
        deed.record(Verb.CASE_REPORT_MADE, case_subject(case), rule=decision.rule, data=said)
        for recording, item in zip(exhibits, items[1:], strict=False):
            rule = RECORDINGS.require(who, Right.CUSTODY, recording).rule
            said = _said("case-report", written_as, item.read)
            deed.record(Verb.REPORT_MADE, subject_of(recording), rule=rule, data=said)
    return _report(who, reason, Scope(kind=ScopeKind.CASE, id=case.id, title=title), items=items)


def search_report(*, who: Who, search: Search, written_as: ReportFormat, reason: Reason) -> Report:
    """What a search across items finds, first to last.

    Raises:
        Denied: not for this person.
        SearchTooWide: nothing narrows it.
        ReportTooLong: it finds more lines than one report holds.
    """
    with act(actor=who.actor, reason=reason) as deed:
        rule = search_require(who)
        if not search.is_narrow:
            raise SearchTooWide
        events = events_for(who, found_by(search)).order_by("position")
        _fits_require(events, _NARROWER)
        read = read_as(who, events)
        said = _said("report", written_as, read)
        deed.record(Verb.RECORD_REPORTED, RECORD, rule=rule, data={**search.data, **said})
    person = Person.objects.filter(pk=search.actor).first() if search.actor else None
    scope = Scope(kind=ScopeKind.SEARCH, search=search, person=person.label if person else "")
    return _report(who, reason, scope, read=read)


def _said(way: str, written_as: ReportFormat, read: Sequence[ReadLine]) -> dict[str, object]:
    return {"way": way, "format": written_as.value, "lines": len(read)}


def _fits_require(events: QuerySet[Event], instead: str, more: QuerySet[Event] | None = None) -> None:
    count = events.order_by()[: LINES_MAX + 1].count()
    if more is not None:
        count += more.order_by()[: LINES_MAX + 1].count()
    if count > LINES_MAX:
        raise ReportTooLong(LINES_MAX, instead)


def _recording_item(
    who: Who, recording: Recording, events: QuerySet[Event],
    references: Mapping[Recording, tuple[str, ...]] | None = None,
) -> ReportItem:  # fmt: skip
    return ReportItem(
        kind=KIND, id=recording.id, title=recording.label, references=(references or {}).get(recording, ()),
        sha256s=sha256s_of(recording), read=tuple(read_as(who, events)),
    )  # fmt: skip


def _report(
    who: Who, reason: Reason, scope: Scope, *, items: Sequence[ReportItem] = (), read: Sequence[ReadLine] = ()
) -> Report:
    """The report of what was read. Proofs take time and change nothing, so they are made when the act has ended."""
    sealer = Sealer()
    return Report(
        force=settings.FORCE_NAME, made_at=timezone.now(), made_by=who.actor, post=who.post_label, reason=reason,
        scope=scope, withholding=withholding_words(who, scope.kind),
        items=tuple(replace(item, lines=tuple(sealer.sealed(item.read))) for item in items),
        lines=tuple(sealer.sealed(read)), log=sealer.log,
    )  # fmt: skip
