"""Who may send recordings in, and who may do what with an upload on its way.

An upload belongs to its sender alone until it is sealed; what became of it is then a recording, with its own policy.
"""

from enum import StrEnum

from django.db.models import Q

from evidence.custody.parties import ActorKind
from evidence.custody.verbs import Verb
from evidence.identity.policy import Policy, Rule
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.ingest.models import Upload

KIND = "upload"
SCOPE = "upload"
SENDERS = (
    Role.OFFICER, Role.SUPERVISOR, Role.INVESTIGATOR, Role.DISCLOSURE_OFFICER, Role.EVIDENCE_MANAGER, Role.PSD,
)  # fmt: skip
ATTRIBUTERS = (Role.SUPERVISOR, Role.EVIDENCE_MANAGER, Role.PSD)
"""Who may say that a recording is somebody else's without a person having to look at it."""


class Right(StrEnum):
    """What can be asked of an upload."""

    KNOW = "know"
    SEND = "send"
    VIEW = "view"


def may_upload(who: Who) -> bool:
    """Whether this person or dock may send recordings in."""
    if who.actor.kind is ActorKind.DOCK:
        return SCOPE in who.scopes
    return who.is_person and who.is_active and who.has(*SENDERS)


def _sender(who: Who) -> Q | None:
    return ~Q(pk=None) if may_upload(who) or who.roles else None


def _own(who: Who) -> Q | None:
    return Q(owner_kind=who.actor.kind.value, owner_id=who.id) if who.id and may_upload(who) else None


def _evidence_manager(who: Who) -> Q | None:
    return ~Q(pk=None) if who.is_person and who.has(Role.EVIDENCE_MANAGER) else None


OWN = Rule("own-upload", "You sent it.", _own)
MANAGES = Rule(Role.EVIDENCE_MANAGER.value, "You are evidence manager.", _evidence_manager)

UPLOADS: Policy[Upload] = Policy(
    model=Upload,
    kind=KIND,
    denied=Verb.UPLOAD_ACCESS_DENIED,
    know=Right.KNOW,
    refusal="This upload was begun by somebody else. Only its sender can go on with it or ask after it.",
    rules={
        # ids are random, and a sender who mistakes one for its own is told so rather than that there is none
        Right.KNOW: (Rule("sender", "You send recordings in.", _sender),),
        Right.SEND: (OWN,),
        Right.VIEW: (OWN, MANAGES),
    },
)
