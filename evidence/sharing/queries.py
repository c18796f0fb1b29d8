"""Reads of sharing: what is shared with whom, and which link a token opens. A dead link and no link look the same."""

from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils import timezone

from evidence.identity.who import Who
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.policy import RECORDINGS, Right, on_list, sees_others
from evidence.sharing.errors import ShareMissing
from evidence.sharing.models import Letter, Link, LinkCode, LinkOpening, Share
from evidence.sharing.policy import opens
from evidence.sharing.tokens import token_digest


def shares_standing() -> QuerySet[Share]:
    """Shares that were not ended and have not run out. They may be suspended, for the recording is restricted."""
    return Share.objects.filter(revoked_at=None, until_at__gt=timezone.now())


def shared_with(who: Who) -> QuerySet[Share]:
    """What colleagues share with this person and they can watch now, newest first."""
    rows = shares_standing().filter(to_id=who.person_id, recording__in=RECORDINGS.rows(who, Right.WATCH))
    return rows.select_related("recording__officer", "shared_by").order_by("-created_at", "-id")


def shares_of(who: Who, recording: Recording) -> QuerySet[Share]:
    """Shares of a recording: all for those who are told of others' (`sees_others`), else one's own, made or given."""
    rows = recording.shares.select_related("to", "shared_by", "grant").order_by("-created_at")
    if sees_others(who, recording):
        return rows
    return rows.filter(Q(shared_by_id=who.person_id) | Q(to_id=who.person_id))


def links_of(who: Who, recording: Recording) -> QuerySet[Link]:
    """Links to a recording with their letters: all for those who are told of others', else those one made."""
    letters = Prefetch("letters", queryset=Letter.objects.filter(kind="invitation").order_by("-created_at"))
    rows = recording.links.select_related("recipient", "made_by").prefetch_related(letters).order_by("-created_at")
    if sees_others(who, recording):
        return rows
    return rows.filter(made_by_id=who.person_id)


def share_for(who: Who, identifier: UUID) -> Share:
    """A share of a recording that the asker may know of.

    Raises:
        ShareMissing: there is none.
        Denied: there is, but not for them.
    """
    share = Share.objects.select_related("recording", "to", "shared_by").filter(pk=identifier).first()
    if share is None:
        raise ShareMissing
    RECORDINGS.require(who, Right.LIST, share.recording)
    return share


def link_for(who: Who, identifier: UUID) -> Link:
    """A link to a recording that the asker may know of.

    Raises:
        ShareMissing: there is none.
        Denied: there is, but not for them.
    """
    link = Link.objects.select_related("recording", "recipient", "made_by").filter(pk=identifier).first()
    if link is None:
        raise ShareMissing
    RECORDINGS.require(who, Right.LIST, link.recording)
    return link


def links_standing() -> QuerySet[Link]:
    """Links that were not ended and have not run out. They may be suspended, for the recording is restricted."""
    return Link.objects.filter(revoked_at=None, expires_at__gt=timezone.now())


def links_suspendable() -> QuerySet[Link]:
    """Standing links that are suspended while their recording is restricted, or would be."""
    by_list = Link.objects.filter(on_list("may_disclose", F("listed_by_id"), "recording__"))
    return links_standing().exclude(pk__in=by_list.values("pk"))


def is_suspended(link: Link) -> bool:
    """Whether the link does not open for the sole reason that its recording is restricted."""
    return link.recording.is_restricted and not Link.objects.filter(opens(), pk=link.pk).exists()


def links_live() -> QuerySet[Link]:
    """Links that open: standing, and not suspended."""
    return links_standing().filter(opens())


def link_live(token: str) -> Link | None:
    """The link this token opens, by one and the same question for a wrong, an expired and a revoked token."""
    rows = links_live().select_related("recipient", "made_by", "recording__origin", "recording__parent")
    return rows.filter(token_sha256=token_digest(token)).first()


def link_once(token: str) -> Link | None:
    """The link this token belongs to, however it stands: to write down an attempt at one that is over."""
    return Link.objects.select_related("recording").filter(token_sha256=token_digest(token)).first()


def opening_is_live(link: Link, session: PlaybackSession) -> bool:
    """Whether this session was opened by this link, and both still hold."""
    is_theirs = LinkOpening.objects.filter(link=link, playback=session, playback__closed_at=None).exists()
    return is_theirs and links_live().filter(pk=link.pk).exists()


def code_live(link: Link) -> LinkCode | None:
    """The code that was sent last, if it can still be used; an earlier one counts no more."""
    newest = link.codes.order_by("-created_at", "-id").first()
    if newest is None or newest.used_at is not None or newest.expires_at <= timezone.now():
        return None
    return newest if newest.attempts < newest.ATTEMPTS_MAX else None
