"""Reading the custody record: whole bodies with their texts, in order. Who may read is asked by the rooms above."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from evidence.custody.models import Commitment, Event

ERASED = "erased"
_TEXTS_AT_ONCE = 10_000
"""Well under the number of parameters that SQLite takes in one statement."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event as people read it. `texts` maps a field ('actor.name') to its text; erased ones are absent."""

    position: int
    uuid: UUID
    seq: int
    at: datetime
    verb: str
    category: str | None
    outcome: str
    body: dict[str, Any]
    raw: bytes
    texts: dict[str, str]

    @property
    def actor_name(self) -> str:
        """Name as it was then, or that it was erased."""
        return self.texts.get("actor.name", ERASED)

    @property
    def reason_text(self) -> str:
        """Free-text reason, empty when none was given."""
        return self.texts.get("reason.text", ERASED if self.body["reason"]["text"] else "")

    @property
    def recipient_names(self) -> list[str]:
        """Names of those it was disclosed to."""
        return [self.texts.get(f"recipients.{n}.name", ERASED) for n in range(len(self.body["recipients"]))]


def subject_events(kind: str, subject_id: UUID) -> QuerySet[Event]:
    """All events of one subject, first to last."""
    return Event.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("subject_seq")


def lines(events: Iterable[Event]) -> list[Line]:
    """Events with their texts, in the order given; a query for the texts of every 10,000 events."""
    rows = list(events)
    texts: dict[UUID, dict[str, str]] = {}
    for start in range(0, len(rows), _TEXTS_AT_ONCE):
        asked = [row.uuid for row in rows[start : start + _TEXTS_AT_ONCE]]
        for commitment in Commitment.objects.filter(event__in=asked):
            texts.setdefault(commitment.event, {})[commitment.field] = commitment.text
    return [_line(row, texts.get(row.uuid, {})) for row in rows]


def _line(event: Event, texts: dict[str, str]) -> Line:
    raw = bytes(event.body)
    return Line(
        position=event.position, uuid=event.uuid, seq=event.subject_seq, at=event.at, verb=event.verb,
        category=event.category, outcome=event.outcome, body=json.loads(raw), raw=raw, texts=texts,
    )  # fmt: skip
