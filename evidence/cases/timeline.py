"""A case's time line in plain words: who opened it, came and went, what became an exhibit, which discs were made.

Read from the custody record of the case and of its exhibits. Refused attempts are not shown here: who was refused is
for those who read the full record. Why an exhibit came or went is told to those who may know what it is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence.cases.models import Case, Exhibit
from evidence.cases.policy import KIND
from evidence.cases.queries import recordings_known
from evidence.custody.models import Event
from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.verbs import Outcome, Verb
from evidence.custody.words import line_words
from evidence.identity.who import Who
from evidence.recordings.policy import KIND as RECORDING

_EXHIBITS = {Verb.EXHIBIT_PRODUCED: "produced {}", Verb.EXHIBIT_WITHDRAWN: "withdrew {}"}


@dataclass(frozen=True, slots=True)
class Moment:
    """One line, as `components/timeline.html` takes it."""

    title: str
    at: datetime
    state: str = "recorded"


def case_moments(who: Who, case: Case) -> list[Moment]:
    """Everything that happened to a case and its exhibits, newest first, as this viewer may know it."""
    references = {str(exhibit.id): exhibit.reference for exhibit in case.exhibits.all()}
    known = recordings_known(who, [exhibit.recording_id for exhibit in case.exhibits.all()])
    found = [*_case_lines(case), *_exhibit_lines(case, references)]
    found.sort(key=lambda line: line.position, reverse=True)
    return [Moment(_words(line, references, known), line.at) for line in found]


def _case_lines(case: Case) -> list[Line]:
    return lines(subject_events(KIND, case.id).exclude(outcome=Outcome.DENIED))


def _exhibit_lines(case: Case, references: Mapping[str, str]) -> list[Line]:
    recordings: list[UUID] = list(Exhibit.objects.filter(case=case).values_list("recording_id", flat=True))
    events = Event.objects.filter(
        subject_kind=RECORDING, subject_id__in=recordings, verb__in=[verb.value for verb in _EXHIBITS]
    )
    return [line for line in lines(events) if line.body["data"].get("exhibit") in references]


def _words(line: Line, references: Mapping[str, str], known: Collection[UUID]) -> str:
    pattern = _EXHIBITS.get(Verb(line.verb))
    if pattern is None:
        return line_words(line)
    said = f"{line.actor_name} {pattern.format(references[line.body['data']['exhibit']])}"
    may_know = UUID(line.body["subject"]["id"]) in known
    return f"{said}: {line.reason_text}" if line.reason_text and may_know else said
