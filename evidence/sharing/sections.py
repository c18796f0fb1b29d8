"""The queue's section of what colleagues share with a person. Registered by `apps.py`."""

from django.utils import timezone

from evidence.http.templatetags.words import when
from evidence.identity.who import Who
from evidence.recordings.item import STATE_TAGS
from evidence.recordings.models import State
from evidence.recordings.queue import Found, QueueRow, QueueSection, section_register
from evidence.sharing.models import Share
from evidence.sharing.queries import shared_with


def sections_register() -> None:
    """Add the section of this room."""
    section_register(QueueSection(
        key="shared", title="Shared with me", at_heading="Shared", about_heading="Why, and until when", place=30,
        empty="Nobody shares a recording with you at present.", find=_shared,
    ))  # fmt: skip


def _shared(who: Who) -> Found | None:
    if not (who.is_person and who.roles):
        return None
    rows = shared_with(who)
    return Found(rows=[_row(share) for share in rows], count=f"{rows.count():,}")


def _row(share: Share) -> QueueRow:
    return QueueRow(
        title=share.recording.label, href=f"/recordings/{share.recording_id}/", at=share.created_at,
        by=share.shared_by.label, about=f"{share.reason} (until {when(timezone.localtime(share.until_at))})",
        state=STATE_TAGS[State(share.recording.state)], action="Open",
    )  # fmt: skip
