"""Reads of cases."""

from uuid import UUID

from django.db.models import Count, Q, QuerySet

from evidence.cases.errors import CaseMissing
from evidence.cases.models import Case, Exhibit
from evidence.cases.policy import CASES, Right
from evidence.identity.who import Who


def cases(who: Who, text: str = "") -> QuerySet[Case]:
    """Cases the asker may know of, newest first, with the number of their live exhibits."""
    rows = CASES.rows(who, Right.LIST).select_related("officer_in_case")
    for word in text.split()[:6]:
        rows = rows.filter(Q(urn__icontains=word) | Q(title__icontains=word))
    live = Count("exhibits", filter=Q(exhibits__withdrawn_at=None), distinct=True)
    return rows.annotate(exhibit_count=live).order_by("-opened_at", "-id")


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
    rows = case.exhibits.select_related("recording__officer", "recording__parent", "producer")
    return rows if with_withdrawn else rows.filter(withdrawn_at=None)
