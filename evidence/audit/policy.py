"""Who reads what of the custody record. Whose full record of one item: `Right.CUSTODY` of recordings; the rest is here.

A newcomer's trap: a lone line left out would betray that professional standards looked. So whoever may not see their
looks sees nobody else's: all consultations and refused attempts of others are withheld, for everybody but two roles.
"""

from django.db.models import Q, QuerySet

from evidence.audit.subjects import RECORD
from evidence.custody.models import Event
from evidence.custody.queries import Line
from evidence.custody.verbs import Category, Outcome
from evidence.identity.errors import Denied
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.recordings.policy import RECORDINGS

LOOKERS = (Role.AUDITOR, Role.PSD)
SEARCHERS = (*LOOKERS, Role.EVIDENCE_MANAGER)
REFUSAL = (
    "Searching the custody record is for auditors, professional standards and evidence managers. "
    "For one recording, open it and choose Custody."
)


def may_search(who: Who) -> bool:
    """Whether this person may search the record across items."""
    return who.is_person and who.is_active and who.has(*SEARCHERS)


def search_require(who: Who) -> str:
    """The rule that allows a search.

    Raises:
        Denied: nothing does.
    """
    if may_search(who):
        return next(role.value for role in SEARCHERS if who.has(role))
    raise Denied(
        REFUSAL, actor=who.actor, verb=RECORDINGS.denied, subject=RECORD, right="custody", rule="no-rule",
        is_hidden=False,
    )  # fmt: skip


def may_erase(who: Who) -> bool:
    """Whether this person proposes and decides erasures in the record. That two people do it is for the services."""
    return who.is_person and who.is_active and who.has(Role.EVIDENCE_MANAGER)


def erasure_require(who: Who) -> str:
    """The rule that allows to propose or decide an erasure.

    Raises:
        Denied: nothing does.
    """
    if may_erase(who):
        return Role.EVIDENCE_MANAGER.value
    raise Denied(
        "Erasures in the custody record are for evidence managers: one proposes, another approves. Ask one of them.",
        actor=who.actor, verb=RECORDINGS.denied, subject=RECORD, right="erase", rule="no-rule", is_hidden=False,
    )  # fmt: skip


def may_read_security(who: Who) -> bool:
    """Whether this person may read the security log: auditors only, who neither give power nor use footage."""
    return who.is_person and who.is_active and who.has(Role.AUDITOR)


def sees_consultations(who: Who) -> bool:
    """Whether this person is told who looked at what."""
    return who.has(*LOOKERS)


def is_withheld(who: Who, line: Line) -> bool:
    """True for a line this reader is not shown: a look, or a refused attempt, of somebody else."""
    if sees_consultations(who) or line.body["actor"]["id"] == str(who.id):
        return False
    return line.category == Category.CONSULTATION or line.outcome == Outcome.DENIED


def events_for(who: Who, events: QuerySet[Event]) -> QuerySet[Event]:
    """Of these events, those that are not withheld from this reader: the same rule as `is_withheld`, as a query."""
    if sees_consultations(who):
        return events
    # `~looks` alone would drop lines without a category: in SQL nothing is unlike NULL
    told = Q(category=None) | ~Q(category=Category.CONSULTATION.value)
    return events.filter((told & ~Q(outcome=Outcome.DENIED.value)) | Q(actor_id=who.person_id))
