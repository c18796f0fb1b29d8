"""Reads of cases. What a case holds is known to those on it; a restricted item's content only to those on its list."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from evidence.cases.errors import CaseMissing, ExhibitMissing, MemberMissing
from evidence.cases.models import Case, CaseMember, Exhibit
from evidence.cases.policy import CASES, Right
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight
from evidence.recordings.queries import Criteria, search

OFFERED = 20


def cases(who: Who, text: str = "") -> QuerySet[Case]:
    """Cases the asker may know of, newest first, with the number of their live exhibits."""
    rows = CASES.rows(who, Right.LIST).select_related("officer_in_case")
    for word in text.split()[:6]:
        rows = rows.filter(Q(urn__icontains=word) | Q(title__icontains=word))
    live = Count("exhibits", filter=Q(exhibits__withdrawn_at=None), distinct=True)
    return rows.annotate(exhibit_count=live).order_by("-opened_at", "-id")


def cases_to_produce_in(who: Who) -> QuerySet[Case]:
    """Open cases in which the asker may produce exhibits, newest first."""
    return CASES.rows(who, Right.PRODUCE).filter(closed_at=None).order_by("-opened_at", "-id")


def case_for(who: Who, identifier: UUID, right: Right = Right.VIEW) -> Case:
    """The case, if the asker has the right.

    Raises:
        CaseMissing: there is none.
        Denied: there is, but not for them.
    """
    case = Case.objects.select_related("officer_in_case").filter(pk=identifier).first()
    if case is None:
        raise CaseMissing
    CASES.require(who, right, case)
    return case


def exhibits_of(case: Case, *, with_withdrawn: bool = False) -> QuerySet[Exhibit]:
    """A case's exhibits by reference, with what their rows show."""
    rows = case.exhibits.select_related(
        "recording__officer", "recording__parent", "recording__unit", "recording__category", "producer"
    )
    return rows if with_withdrawn else rows.filter(withdrawn_at=None)


@dataclass(frozen=True, slots=True)
class ExhibitShown:
    """An exhibit as one viewer sees it: `may_know` False hides what it is, for its recording is restricted to them."""

    exhibit: Exhibit
    may_know: bool


def exhibits_shown(who: Who, case: Case, *, with_withdrawn: bool = True) -> list[ExhibitShown]:
    """Exhibits of a case for one viewer."""
    rows = list(exhibits_of(case, with_withdrawn=with_withdrawn))
    known = recordings_known(who, [row.recording_id for row in rows])
    return [ExhibitShown(row, row.recording_id in known) for row in rows]


def recordings_known(who: Who, identifiers: Sequence[UUID]) -> set[UUID]:
    """Those of these recordings that the asker may know of."""
    return set(RECORDINGS.rows(who, RecordingRight.LIST).filter(pk__in=identifiers).values_list("pk", flat=True))


def exhibit_for(who: Who, identifier: UUID, right: Right = Right.VIEW) -> Exhibit:
    """An exhibit of a case on which the asker has the right.

    Raises:
        ExhibitMissing: there is none.
        Denied: there is, but not for them.
    """
    exhibit = Exhibit.objects.select_related("case", "recording", "producer").filter(pk=identifier).first()
    if exhibit is None:
        raise ExhibitMissing
    CASES.require(who, right, exhibit.case)
    return exhibit


def exhibits_with(who: Who, recording: Recording) -> QuerySet[Exhibit]:
    """Live exhibits that a recording is, in cases that the asker may know of."""
    known = CASES.rows(who, Right.LIST)
    return recording.exhibits.filter(withdrawn_at=None, case__in=known).select_related("case", "producer")


def members_of(case: Case) -> QuerySet[CaseMember]:
    """Those on the case now, in the order in which they came."""
    return case.members.filter(removed_at=None).select_related("person").order_by("added_at", "id")


def member_of(case: Case, identifier: UUID) -> CaseMember:
    """Somebody on this case.

    Raises:
        MemberMissing: not on it.
    """
    member = members_of(case).filter(pk=identifier).first()
    if member is None:
        raise MemberMissing
    return member


def recordings_offered(who: Who, case: Case, text: str) -> list[Recording]:
    """What a search finds that the asker may watch and that is no exhibit of this case yet; the newest twenty."""
    taken = case.exhibits.filter(withdrawn_at=None).values("recording_id")
    watchable = RECORDINGS.rows(who, RecordingRight.WATCH).values("pk")
    rows = search(who, Criteria(text=text)).filter(pk__in=watchable).exclude(pk__in=taken)
    return list(rows[:OFFERED])
