"""Who may see a job and what they may do to it: whoever asked for it, and evidence managers without its subject.

A job is no way to footage: what it made is opened under its own room's policy. A newcomer's trap: managers see titles
and how it goes, so that stuck work can be mended, but not which item it is for (`Right.SUBJECT`).
"""

from enum import StrEnum

from django.db.models import Q

from evidence.custody.verbs import Verb
from evidence.identity.policy import Policy, Rule
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.jobs.models import Job


class Right(StrEnum):
    """What can be done to a job."""

    SEE = "see"
    SUBJECT = "subject"
    """See which item it is for, and what it made."""
    CANCEL = "cancel"
    RETRY = "retry"


def _asked_for(who: Who) -> Q | None:
    return Q(requested_by_kind=who.actor.kind.value, requested_by_id=who.id) if who.id else None


def _mends(who: Who) -> Q | None:
    # not Q(): an empty condition vanishes when it is combined with others
    return Q(pk__isnull=False) if who.has(Role.EVIDENCE_MANAGER) else None


OWN = Rule("job:requester", "You asked for it.", _asked_for)
MENDER = Rule("job:evidence-manager", "Evidence managers see how all work goes.", _mends)

JOBS: Policy[Job] = Policy(
    model=Job,
    kind="job",
    denied=Verb.JOB_ACCESS_DENIED,
    rules={
        Right.SEE: (OWN, MENDER),
        Right.SUBJECT: (OWN,),
        Right.CANCEL: (OWN, MENDER),
        Right.RETRY: (OWN, MENDER),
    },
    know=Right.SEE,
    refusal="Only the person who asked for this work, or an evidence manager, can do this.",
)
