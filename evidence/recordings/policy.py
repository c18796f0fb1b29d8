"""Who may do what to a recording: one rule answers for one row and for a list.

Restricted recordings bar every rule but three: it is your own, you are on its access list (a grant from there), or you
keep the list (existence only). What was given in any other way, by a share, a case or a link, is suspended until the
restriction is lifted (`beyond_list`). A role by itself never opens footage to a force administrator.
"""

from enum import StrEnum

from django.db.models import Q

from evidence.custody.verbs import Verb
from evidence.identity.models import AccessGrant
from evidence.identity.policy import Policy, Rule, granted
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.recordings.models import Kind, Recording

KIND = "recording"
ACCESS_LIST = "access-list"
"""Source of the grants that a restriction leaves standing."""


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


def beyond_list(path: str = "") -> Q:
    """Recordings that open to more than their officer and their access list: the one condition under which roles,
    shares, cases and links count. `path` leads from the rows that are asked to their recording (`recording__`)."""
    return Q(**{f"{path}is_restricted": False})


def is_suspended(recording: Recording, grant: AccessGrant) -> bool:
    """Whether a grant on the recording gives nothing while the recording is restricted."""
    return recording.is_restricted and grant.source_kind != ACCESS_LIST


_OPEN = beyond_list()


def _own(who: Who) -> Q | None:
    return Q(officer_id=who.id) if who.is_person and who.roles else None


def _own_open(who: Who) -> Q | None:
    own = _own(who)
    return own & _OPEN if own is not None else None


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
        if not (who.is_person and who.roles):
            return None
        given = granted(who, KIND, flag)
        return Q(id__in=given.filter(source_kind=ACCESS_LIST)) | (Q(id__in=given) & _OPEN)

    return Rule(f"grant:{flag.removeprefix('may_')}", "You were given access to it.", where)


OWN = Rule("own-recording", "You recorded it.", _own)
OWN_OPEN = Rule("own-recording", "You recorded it, and it is not restricted.", _own_open)
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
        Right.SHARE: (OWN_OPEN, TEAM, INVESTIGATOR, EVIDENCE_MANAGER, MADE),
        Right.DISCLOSE: (TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER),
        Right.CUSTODY: (TEAM, INVESTIGATOR, EVIDENCE_MANAGER, PSD, AUDITOR, AUDITS_ALL),
        Right.RESTRICT: (KEEPS_LIST, PSD),
    },
)
