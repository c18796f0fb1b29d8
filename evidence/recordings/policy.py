"""Who may do what to a recording: one rule answers for one row and for a list.

Restricted recordings bar every rule but three: it is your own, you are on its access list (a grant), or you keep the
list (existence only). A role by itself never opens footage to a force administrator.
"""

from enum import StrEnum

from django.db.models import Q

from evidence.custody.verbs import Verb
from evidence.identity.policy import Policy, Rule, granted
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.recordings.models import Kind, Recording

KIND = "recording"


class Right(StrEnum):
    """What can be asked of a recording."""

    LIST = "list"
    WATCH = "watch"
    DOWNLOAD = "download"
    ANNOTATE = "annotate"
    EDIT = "edit"
    SHARE = "share"
    DISCLOSE = "disclose"
    CUSTODY = "custody"
    RESTRICT = "restrict"


_OPEN = Q(is_restricted=False)


def _own(who: Who) -> Q | None:
    return Q(officer_id=who.id) if who.is_person and who.roles else None


def _made(who: Who) -> Q | None:
    return Q(made_by_id=who.id) & ~Q(kind=Kind.MASTER) & _OPEN if who.is_person and who.roles else None


def _team(who: Who) -> Q | None:
    return Q(unit_id__in=who.supervised) & _OPEN if who.supervised else None


def _role(role: Role, *, restricted: bool = False) -> Rule:
    def where(who: Who) -> Q | None:
        if not (who.is_person and who.has(role)):
            return None
        return ~Q(pk=None) if restricted else _OPEN

    code = f"{role.value}-restricted" if restricted else role.value
    return Rule(code, f"You are {role.label.lower()}.", where)


def _grant(flag: str) -> Rule:
    def where(who: Who) -> Q | None:
        return Q(id__in=granted(who, KIND, flag)) if who.is_person and who.roles else None

    return Rule(f"grant:{flag.removeprefix('may_')}", "You were given access to it.", where)


OWN = Rule("own-recording", "You recorded it.", _own)
MADE = Rule("made-it", "You made this working copy.", _made)
TEAM = Rule("supervises-unit", "You supervise the unit that recorded it.", _team)
INVESTIGATOR = _role(Role.INVESTIGATOR)
DISCLOSURE_OFFICER = _role(Role.DISCLOSURE_OFFICER)
EVIDENCE_MANAGER = _role(Role.EVIDENCE_MANAGER)
KEEPS_LIST = _role(Role.EVIDENCE_MANAGER, restricted=True)
PSD = _role(Role.PSD)
AUDITOR = _role(Role.AUDITOR)
AUDITS_ALL = _role(Role.AUDITOR, restricted=True)
GRANT_WATCH, GRANT_EDIT, GRANT_DOWNLOAD = _grant("may_watch"), _grant("may_edit"), _grant("may_download")

_WATCHERS = (OWN, MADE, TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER, PSD, GRANT_WATCH)
_WORKERS = (OWN, TEAM, INVESTIGATOR, EVIDENCE_MANAGER)

RECORDINGS: Policy[Recording] = Policy(
    model=Recording,
    kind=KIND,
    denied=Verb.ACCESS_DENIED,
    know=Right.LIST,
    refusal=(
        "You cannot do this with this recording: nothing gives you the right. Ask the evidence manager, or the person "
        "who told you of it, to share it with you."
    ),
    rules={
        Right.LIST: (*_WATCHERS, AUDITOR, KEEPS_LIST, AUDITS_ALL),
        Right.WATCH: _WATCHERS,
        Right.DOWNLOAD: (TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER, PSD, GRANT_DOWNLOAD),
        Right.ANNOTATE: (*_WORKERS, GRANT_WATCH),
        Right.EDIT: (*_WORKERS, MADE, GRANT_EDIT),
        Right.SHARE: (*_WORKERS, MADE),
        Right.DISCLOSE: (TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER),
        Right.CUSTODY: (TEAM, INVESTIGATOR, EVIDENCE_MANAGER, PSD, AUDITOR, AUDITS_ALL),
        Right.RESTRICT: (KEEPS_LIST, PSD),
    },
)
