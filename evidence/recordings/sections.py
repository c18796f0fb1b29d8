"""The queue's sections that are about recordings: to tag, to review, failed or flagged. Registered by `apps.py`."""

from collections.abc import Callable

from django.db.models import QuerySet

from evidence.http.templatetags.words import duration
from evidence.identity.roles import Role
from evidence.identity.who import Who
from evidence.recordings.item import STATE_TAGS
from evidence.recordings.models import Recording, State
from evidence.recordings.queries import count_capped, queue_flagged, queue_to_review, queue_to_tag
from evidence.recordings.queue import ROWS_SHOWN, Found, QueueRow, QueueSection, section_register


def sections_register() -> None:
    """Add the sections of this room."""
    section_register(QueueSection(
        key="to-tag", title="To tag", at_heading="Recorded", about_heading="Length and incident", place=10,
        empty="Nothing to tag: every recording of yours has a category.", find=_to_tag,
        more="/recordings/?waits=to-tag",
    ))  # fmt: skip
    section_register(QueueSection(
        key="to-review", title="To review", at_heading="Recorded", about_heading="Length and incident", place=20,
        empty="Nothing to review: you have opened every recording of your team that can be played.", find=_to_review,
        more="/recordings/?waits=to-review",
    ))  # fmt: skip
    section_register(QueueSection(
        key="flagged", title="Failed or flagged", at_heading="Recorded", about_heading="What is wrong", place=40,
        empty="Nothing failed and nothing is flagged.", find=_flagged, more="/recordings/?waits=flagged",
    ))  # fmt: skip


def _to_tag(who: Who) -> Found | None:
    return _found(queue_to_tag(who), _plain("Tag")) if who.has(Role.OFFICER, Role.SUPERVISOR) else None


def _to_review(who: Who) -> Found | None:
    return _found(queue_to_review(who), _plain("Review")) if who.supervised else None


def _flagged(who: Who) -> Found | None:
    if not who.is_person or not who.roles:
        return None
    rows = queue_flagged(who)
    if not who.has(Role.EVIDENCE_MANAGER) and not rows.exists():
        return None
    return _found(rows, _troubled)


def _found(rows: QuerySet[Recording], row: Callable[[Recording], QueueRow]) -> Found:
    return Found(rows=[row(recording) for recording in rows[:ROWS_SHOWN]], count=count_capped(rows))


def _plain(action: str) -> Callable[[Recording], QueueRow]:
    def row(recording: Recording) -> QueueRow:
        about = [duration(recording.duration_s), recording.incident_ref]
        return _row(recording, action, ", ".join(part for part in about if part))

    return row


def _troubled(recording: Recording) -> QueueRow:
    return _row(recording, "Look", recording.flag_reason or recording.state_reason)


def _row(recording: Recording, action: str, about: str) -> QueueRow:
    return QueueRow(
        title=recording.title or f"{recording.get_kind_display()} {str(recording.id)[:8]}",
        href=f"/recordings/{recording.id}/", at=recording.recorded_at,
        by=recording.officer.label if recording.officer else "Officer not known", about=about,
        state=STATE_TAGS[State(recording.state)], action=action,
        action_href=f"/recordings/{recording.id}/#details" if action == "Tag" else "",
    )  # fmt: skip
