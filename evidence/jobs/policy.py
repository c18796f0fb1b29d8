"""Who may see a job and what they may do to it: whoever asked for it, and evidence managers without its subject.

A job is no way to footage: what it made is opened under its own room's policy. A newcomer's trap: managers see titles
and how it goes, so that stuck work can be mended, but not which item it is for (`Right.SUBJECT`). Nobody has
`Right.CANCEL` on work whose kind is not to be cancelled.
"""

from enum import StrEnum

from django.db.models import Q

from evidence.custody.verbs import Verb
from evidence.identity.policy import Condition, Policy, Rule
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.jobs.kinds import kinds_kept
from evidence.jobs.models import Job


class Right(StrEnum):
    """What can be done to a job."""

    SEE = "see"
    SUBJECT = "subject"
    """See which item it is for, and what it made."""
    CANCEL = "cancel"
    """Stop it: never what takes evidence in or makes it visible."""
    RETRY = "retry"


def _asked_for(who: Who) -> Q | None:
    return Q(requested_by_kind=who.actor.kind.value, requested_by_id=who.id) if who.id else None


def _mends(who: Who) -> Q | None:
    # not Q(): an empty condition vanishes when it is combined with others
    return Q(pk__isnull=False) if who.has(Role.EVIDENCE_MANAGER) else None


def _but_not_kept(condition: Condition) -> Condition:
    def where(who: Who) -> Q | None:
        found = condition(who)
        return found & ~Q(kind__in=kinds_kept()) if found is not None else None

    return where


OWN = Rule("job:requester", "You asked for it.", _asked_for)
MENDER = Rule("job:evidence-manager", "Evidence managers see how all work goes.", _mends)
OWN_STOPPED = Rule(OWN.code, OWN.says, _but_not_kept(OWN.where))
MENDER_STOPPED = Rule(MENDER.code, MENDER.says, _but_not_kept(MENDER.where))

JOBS: Policy[Job] = Policy(
    model=Job,
    kind="job",
    denied=Verb.JOB_ACCESS_DENIED,
    rules={
        Right.SEE: (OWN, MENDER),
        Right.SUBJECT: (OWN,),
        Right.CANCEL: (OWN_STOPPED, MENDER_STOPPED),
        Right.RETRY: (OWN, MENDER),
    },
    know=Right.SEE,
    refusal="Only the person who asked for this work, or an evidence manager, can do this.",
)
