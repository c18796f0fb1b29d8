"""Reading the custody record: whole bodies with their texts, in order. Who may read is asked by the rooms above."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from evidence.custody.erased import Erased, erasures_of
from evidence.custody.models import Commitment, Event, IntentLease
from evidence.custody.verbs import ABANDONED, Outcome, Verb

ERASED = "erased"
_TEXTS_AT_ONCE = 10_000
"""Well under the number of parameters that SQLite takes in one statement."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event as people read it. `texts` maps a field ('actor.name') to its text; those that were erased are absent,
    and `erased` says under what authority."""

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
    erased: dict[str, Erased] = field(default_factory=dict)

    @property
    def actor_name(self) -> str:
        """Name as it was then, or that it was erased."""
        return self._text("actor.name")

    @property
    def reason_text(self) -> str:
        """Free-text reason, empty when none was given."""
        return self._text("reason.text") if self.body["reason"]["text"] else ""

    @property
    def recipient_names(self) -> list[str]:
        """Names of those it was disclosed to."""
        return [self._text(f"recipients.{n}.name") for n in range(len(self.body["recipients"]))]

    def _text(self, name: str) -> str:
        known = self.erased.get(name)
        return self.texts.get(name, f"[{ERASED} under {known.authority}]" if known else ERASED)


@dataclass(frozen=True, slots=True)
class Intended:
    """An intent and the last line that says how it ended, None while none does.

    `is_kept`: whoever does the deed has given a sign of life in time.
    """

    began: Line
    ended: Line | None
    is_kept: bool

    @property
    def is_unknown(self) -> bool:
        """True when nobody reported how it ended, whether a sweep has noticed yet or not."""
        if self.ended is None:
            return not self.is_kept
        return self.ended.outcome == Outcome.FAILED and self.ended.body["data"].get("code") == ABANDONED


def subject_events(kind: str, subject_id: UUID) -> QuerySet[Event]:
    """All events of one subject, first to last."""
    return Event.objects.filter(subject_kind=kind, subject_id=subject_id).order_by("subject_seq")


def intents_open(*, older_than: datetime) -> QuerySet[Event]:
    """Intents recorded before then that no outcome follows, first to last; whether their deed still goes on is not
    asked here."""
    outcomes = Event.objects.filter(follows=OuterRef("uuid"), verb=OuterRef("verb"))
    return Event.objects.filter(~Exists(outcomes), outcome=Outcome.INTENT, at__lt=older_than).order_by("position")


def intent_last(intent: UUID) -> UUID:
    """The last event of the intent's own verb that speaks of it: itself, its outcome, or a late report after that."""
    last = Event.objects.get(uuid=intent)
    while (later := Event.objects.filter(follows=last.uuid, verb=last.verb).first()) is not None:
        last = later
    return last.uuid


def intents_of(kind: str, subject_id: UUID, verb: Verb) -> list[Intended]:
    """What was begun on one subject, first to last, each with how it ended."""
    told = lines(subject_events(kind, subject_id).filter(verb=verb))
    after = {line.body["follows"]: line for line in told if line.body["follows"]}
    begun = [line for line in told if line.outcome == Outcome.INTENT]
    kept = set(
        IntentLease.objects.filter(intent__in=[line.uuid for line in begun], lease_until__gte=timezone.now())
        .values_list("intent", flat=True)
    )  # fmt: skip
    return [Intended(line, _last(line, after), line.uuid in kept) for line in begun]


def lines(events: Iterable[Event]) -> list[Line]:
    """Events with their texts, in the order given; queries for the texts, and what was erased, of every 10,000."""
    rows = list(events)
    erased = erasures_of([row.uuid for row in rows])
    texts: dict[UUID, dict[str, str]] = {}
    for start in range(0, len(rows), _TEXTS_AT_ONCE):
        asked = [row.uuid for row in rows[start : start + _TEXTS_AT_ONCE]]
        for commitment in Commitment.objects.filter(event__in=asked):
            texts.setdefault(commitment.event, {})[commitment.field] = commitment.text
    return [_line(row, texts.get(row.uuid, {}), erased.get(row.uuid, {})) for row in rows]


def _last(line: Line, after: dict[str, Line]) -> Line | None:
    found = None
    while (later := after.get(str((found or line).uuid))) is not None:
        found = later
    return found


def _line(event: Event, texts: dict[str, str], erased: dict[str, Erased]) -> Line:
    raw = bytes(event.body)
    return Line(
        position=event.position, uuid=event.uuid, seq=event.subject_seq, at=event.at, verb=event.verb,
        category=event.category, outcome=event.outcome, body=json.loads(raw), raw=raw, texts=texts,
        erased=erased,
    )  # fmt: skip
