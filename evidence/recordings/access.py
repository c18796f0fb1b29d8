"""'Who can see this, and why?' in words: the rules that apply to a recording, and the grants that were given on it."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from evidence.identity.models import AccessGrant, Post
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import ACCESS_LIST, KIND, is_suspended, sees_others


@dataclass(frozen=True, slots=True)
class AccessReason:
    """One line: who, and by which rule. `what`: 'watch' or 'know of it' as a person would say."""

    who: str
    what: str
    why: str


def reasons_for_access(recording: Recording) -> list[AccessReason]:
    """The rules of `policy.RECORDINGS` as they apply to this recording now."""
    reasons = []
    if recording.officer:
        reasons.append(AccessReason(recording.officer.label, "Watch", "Recorded it."))
    if recording.is_restricted:
        keepers = "Evidence managers, professional standards and auditors"
        return [*reasons, AccessReason(keepers, "Know that it exists", "Keep or audit the restriction; no footage.")]
    if recording.made_by and not recording.is_master:
        reasons.append(AccessReason(recording.made_by.label, "Watch", "Made this working copy."))
    if recording.unit:
        supervisors = ", ".join(_supervisors(recording)) or "Nobody at present"
        reasons.append(AccessReason(supervisors, "Watch, download", f"Supervise {recording.unit.name}."))
    everyone = "Investigators, disclosure officers, evidence managers and professional standards"
    return [
        *reasons,
        AccessReason(everyone, "Watch, download", "Their work needs any recording that is not restricted."),
        AccessReason("Auditors", "Know that it exists", "Read the custody record; no footage."),
    ]


def _supervisors(recording: Recording) -> list[str]:
    now = timezone.now()
    units = []
    unit = recording.unit
    while unit is not None and unit.id not in units:
        units.append(unit.id)
        unit = unit.parent
    posts = Post.objects.filter(Q(until_at=None) | Q(until_at__gt=now), role=Role.SUPERVISOR, unit__in=units)
    found = posts.filter(from_at__lte=now, person__is_active=True).select_related("person").order_by("person__surname")
    return list(dict.fromkeys(post.person.label for post in found))


@dataclass(frozen=True, slots=True)
class GrantStanding:
    """A grant that was not ended and has not run out; `is_suspended`: it gives nothing while the recording is
    restricted. `is_of_list`: it is a place on the access list."""

    grant: AccessGrant
    is_suspended: bool
    is_of_list: bool

    @property
    def says(self) -> str:
        """What it gives, in words."""
        if self.is_suspended:
            return "Nothing while it is restricted"
        given = [words for flag, words in _GIVES if getattr(self.grant, flag)]
        return ", ".join(given).capitalize()


_GIVES = (
    ("may_watch", "watch"), ("may_edit", "make copies"), ("may_download", "download"), ("may_disclose", "disclose"),
)  # fmt: skip


def grants_of(who: Who, recording: Recording) -> list[GrantStanding]:
    """The grants on this recording that stand, newest first: all for those who are told of others' (`sees_others`),
    else what one was given and what one gave oneself."""
    now = timezone.now()
    rows = AccessGrant.objects.filter(
        Q(until_at=None) | Q(until_at__gt=now), subject_kind=KIND, subject_id=recording.id, revoked_at=None
    )
    if not sees_others(who, recording):
        rows = rows.filter(Q(grantee_id=who.id) | Q(granted_by_id=who.id))
    return [
        GrantStanding(row, is_suspended(recording, row), row.source_kind == ACCESS_LIST)
        for row in rows.select_related("grantee", "granted_by").order_by("-created_at")
    ]
