"""The queue's section of this room: redacted copies that wait for a second person."""

from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.queries import count_capped
from evidence.recordings.queue import ROWS_SHOWN, Found, QueueRow, QueueSection, section_register
from evidence.signoff.queries import waiting_for


def sections_register() -> None:
    """Add the section."""
    section_register(QueueSection(
        key="to-sign-off", title="Redactions to sign off", at_heading="Made", about_heading="Made by, and why",
        place=25, empty="No redaction waits for a second person.", find=_to_sign,
    ))  # fmt: skip


def _to_sign(who: Who) -> Found | None:
    """Only where something waits: who never signs is not told of it."""
    if not who.is_person or not who.roles:
        return None
    rows = waiting_for(who)
    if not rows.exists():
        return None
    return Found(rows=[_row(copy) for copy in rows[:ROWS_SHOWN]], count=count_capped(rows))


def _row(copy: Recording) -> QueueRow:
    return QueueRow(
        title=copy.title or "Redaction", href=f"/recordings/{copy.id}/look-again", at=copy.received_at,
        by=copy.officer.label if copy.officer else "Officer not known", about=_about(copy), state="not_signed_off",
        action="Review",
    )  # fmt: skip


def _about(copy: Recording) -> str:
    return f"{copy.made_by.label}: {copy.reason}" if copy.made_by else copy.reason
