"""Who may do what with a case: those on it, the officer in the case, and the evidence manager."""

from enum import StrEnum

from django.db.models import Q

from evidence.cases.models import Case, CaseMember
from evidence.custody.verbs import Verb
from evidence.identity.policy import Policy, Rule
from evidence.identity.roles import Role
from evidence.identity.who import Who

KIND = "case"
OPENERS = (Role.INVESTIGATOR, Role.SUPERVISOR, Role.EVIDENCE_MANAGER, Role.DISCLOSURE_OFFICER)


class Right(StrEnum):
    """What can be asked of a case."""

    LIST = "list"
    VIEW = "view"
    CHANGE = "change"
    PRODUCE = "produce"
    DISCS = "discs"
    CUSTODY = "custody"


def _in_case(who: Who) -> Q | None:
    return Q(officer_in_case_id=who.id) if who.is_person and who.roles else None


def _member(who: Who) -> Q | None:
    if not (who.is_person and who.roles):
        return None
    return Q(id__in=CaseMember.objects.filter(person_id=who.person_id, removed_at=None).values("case_id"))


def _everywhere(*roles: Role) -> Rule:
    def where(who: Who) -> Q | None:
        return ~Q(pk=None) if who.is_person and who.has(*roles) else None

    return Rule(roles[0].value, f"You are {roles[0].label.lower()}.", where)


OFFICER_IN_CASE = Rule("officer-in-case", "You are the officer in the case.", _in_case)
MEMBER = Rule("case-member", "You work on this case.", _member)
EVIDENCE_MANAGER = _everywhere(Role.EVIDENCE_MANAGER)
DISCLOSURE_OFFICER = _everywhere(Role.DISCLOSURE_OFFICER)
AUDITOR = _everywhere(Role.AUDITOR)
PSD = _everywhere(Role.PSD)

_WORKERS = (OFFICER_IN_CASE, MEMBER, EVIDENCE_MANAGER, DISCLOSURE_OFFICER)
CASES: Policy[Case] = Policy(
    model=Case,
    kind=KIND,
    denied=Verb.CASE_ACCESS_DENIED,
    know=Right.LIST,
    refusal="You cannot do this with this case: you are not on it. Ask the officer in the case to add you.",
    rules={
        Right.LIST: (*_WORKERS, AUDITOR, PSD),
        Right.VIEW: (*_WORKERS, AUDITOR, PSD),
        Right.CHANGE: (OFFICER_IN_CASE, EVIDENCE_MANAGER),
        Right.PRODUCE: _WORKERS,
        Right.DISCS: _WORKERS,
        Right.CUSTODY: (*_WORKERS, AUDITOR, PSD),
    },
)


def may_open_case(who: Who) -> bool:
    """Whether this person may open a new case."""
    return who.is_person and who.has(*OPENERS)
