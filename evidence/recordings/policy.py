"""Who may do what to a recording: one rule answers for one row and for a list.

Restricted recordings bar every rule but three: it is your own, you are on its access list (a grant from there, with
the rights that were chosen), or you keep the list (existence only). What was given in any other way, by a share, a case
or a link, is suspended until the restriction is lifted (`beyond_list`). A role by itself never opens footage to a
force administrator.

A newcomer's trap: having recorded something gives nobody the working copies that others made of it. A copy made by
professional standards would betray them (decision 0008).
"""

from enum import StrEnum
from uuid import UUID

from django.db.models import F, OuterRef, Q
from django.utils import timezone

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


def on_list(flag: str, grantee: UUID | F | None, path: str = "") -> Q:
    """Recordings on whose access list `grantee` holds a place with this right, and the working copies they made of
    those. `grantee`: a person's id, or the field of the rows asked that holds it. `path`: as in `beyond_list`.

    A place ends, and what it gave with it, when it is taken away: on the copies too, which have no list of their own
    until somebody is put on it.
    """
    theirs = {"grantee_id": OuterRef(grantee.name) if isinstance(grantee, F) else grantee, flag: True}
    standing = Q(until_at=None) | Q(until_at__gt=timezone.now())
    rows = AccessGrant.objects.filter(standing, subject_kind=KIND, source_kind=ACCESS_LIST, revoked_at=None)
    places = rows.filter(**theirs).values("subject_id")
    made_of = Q(**{f"{path}origin_id__in": places})
    if flag != "may_edit":
        # of a copy made of a listed copy no further one can be made: nothing would give its maker a sight of that
        made_of |= Q(**{f"{path}parent_id__in": places})
    return Q(**{f"{path}id__in": places}) | (Q(**{f"{path}made_by_id": grantee}) & made_of)


def sees_others(who: Who, recording: Recording) -> bool:
    """Whether `who` is told what other people were given, gave and shared: who keeps the list, and who reads the whole
    custody record. To everybody else the name or reason of one of them could betray who looks into a complaint."""
    return any(RECORDINGS.decide(who, right, recording) for right in (Right.RESTRICT, Right.CUSTODY))


_OPEN = beyond_list()


def _own(who: Who) -> Q | None:
    mine = Q(kind=Kind.MASTER) | Q(made_by_id=who.id)
    return Q(officer_id=who.id) & mine if who.is_person and who.roles else None


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
        return Q(id__in=granted(who, KIND, flag)) & _OPEN

    return Rule(f"grant:{flag.removeprefix('may_')}", "You were given access to it.", where)


def _list(flag: str) -> Rule:
    def where(who: Who) -> Q | None:
        return on_list(flag, who.person_id) if who.is_person and who.roles else None

    return Rule(f"access-list:{flag.removeprefix('may_')}", "You are on its access list.", where)


OWN = Rule("own-recording", "You recorded it.", _own)
OWN_OPEN = Rule("own-recording", "You recorded it, and it is not restricted.", _own_open)
MADE = Rule("made-it", "You made this working copy.", _made)
TEAM = Rule("supervises-unit", "You supervise the unit that recorded it.", _team)
INVESTIGATOR = _role(Role.INVESTIGATOR)
DISCLOSURE_OFFICER = _role(Role.DISCLOSURE_OFFICER)
EVIDENCE_MANAGER = _role(Role.EVIDENCE_MANAGER)
KEEPS_LIST = _role(Role.EVIDENCE_MANAGER, restricted=True)
PSD = _role(Role.PSD)
PSD_KEEPS = _role(Role.PSD, restricted=True)
AUDITOR = _role(Role.AUDITOR)
AUDITS_ALL = _role(Role.AUDITOR, restricted=True)
GRANT_WATCH, GRANT_EDIT, GRANT_DOWNLOAD = _grant("may_watch"), _grant("may_edit"), _grant("may_download")

LIST_WATCH, LIST_EDIT, LIST_DOWNLOAD = _list("may_watch"), _list("may_edit"), _list("may_download")
LIST_DISCLOSE = _list("may_disclose")

_WATCHERS = (OWN, MADE, TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER, PSD, GRANT_WATCH, LIST_WATCH)
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
        Right.LIST: (*_WATCHERS, AUDITOR, KEEPS_LIST, PSD_KEEPS, AUDITS_ALL),
        Right.WATCH: _WATCHERS,
        Right.DOWNLOAD: (
            TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER, PSD, GRANT_DOWNLOAD, LIST_DOWNLOAD
        ),
        Right.ANNOTATE: (*_WORKERS, GRANT_WATCH, LIST_WATCH),
        Right.EDIT: (*_WORKERS, MADE, GRANT_EDIT, LIST_EDIT),
        Right.SHARE: (OWN_OPEN, TEAM, INVESTIGATOR, EVIDENCE_MANAGER, MADE),
        Right.DISCLOSE: (TEAM, INVESTIGATOR, DISCLOSURE_OFFICER, EVIDENCE_MANAGER, LIST_DISCLOSE),
        Right.CUSTODY: (TEAM, INVESTIGATOR, EVIDENCE_MANAGER, PSD, AUDITOR, AUDITS_ALL),
        Right.RESTRICT: (KEEPS_LIST, PSD_KEEPS),
    },
)  # fmt: skip
