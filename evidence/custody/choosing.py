"""Finding the texts of the record that an erasure is to cover: by line, by person, or by the exact text itself.

Only what still has its text is found, oldest first, at most `TEXTS_MAX` at once. A newcomer's trap: a name inside a
longer text is not found by that name.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, Exists, Func, IntegerField, OuterRef, Q, Value
from django.db.models.sql.compiler import SQLCompiler

from evidence.custody.models import Commitment, Event

TEXTS_MAX = 5_000
"""Of one erasure: it is one transaction, which holds the counters of all its subjects."""
ACTOR, REASON = "actor.name", "reason.text"


@dataclass(frozen=True, slots=True)
class Text:
    """One text of one event."""

    event: UUID
    field: str


class _PlaceIn(Func):
    """Where bytes begin within bytes, from 1; 0: nowhere."""

    function = "INSTR"
    output_field = IntegerField()

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **extra: Any) -> Any:
        """POSITION takes them in the other order."""
        turned = self.copy()
        turned.set_source_expressions(self.get_source_expressions()[::-1])
        return turned.as_sql(compiler, connection, template="POSITION(%(expressions)s)", arg_joiner=" IN ", **extra)


def texts_of_line(subject: UUID, seq: int) -> list[Text]:
    """Every text of one line of an item's record."""
    events = Event.objects.filter(subject_id=subject, subject_seq=seq).values("uuid")
    return _texts(Q(event__in=events))


def texts_equal(text: str) -> list[Text]:
    """Every text that is exactly this."""
    return _texts(Q(text=text))


def texts_of_person(person: UUID, *, with_reasons: bool = False) -> list[Text]:
    """The name of a person wherever they acted or something was given to them; the reasons they wrote as well, if
    `with_reasons`."""
    fields = [ACTOR, REASON] if with_reasons else [ACTOR]
    acted = Event.objects.filter(actor_id=person).values("uuid")
    found = _texts(Q(event__in=acted, field__in=fields))
    named = Exists(Commitment.objects.filter(event=OuterRef("uuid"), field__startswith="recipients."))
    place = _PlaceIn("body", Value(f'"id":"{person}"'.encode(), output_field=BinaryField()))
    given = Event.objects.filter(named).annotate(place=place).filter(place__gt=0).order_by("position")
    wanted = [
        Text(event, field)
        for event, body in given.values_list("uuid", "body")[:TEXTS_MAX]
        for field in _recipient_fields(bytes(body), person)
    ]
    there = set(_texts(Q(event__in={text.event for text in wanted}, field__startswith="recipients.")))
    return [*found, *(text for text in wanted if text in there)][:TEXTS_MAX]


def names_person(chosen: Iterable[Text], person: UUID) -> bool:
    """Whether one of these texts is the name of this person."""
    wanted = set(chosen)
    events = Event.objects.filter(uuid__in={text.event for text in wanted})
    for event, actor, body in events.values_list("uuid", "actor_id", "body"):
        fields = [ACTOR] if actor == person else []
        if any(Text(event, field) in wanted for field in [*fields, *_recipient_fields(bytes(body), person)]):
            return True
    return False


def _texts(which: Q) -> list[Text]:
    rows = Commitment.objects.filter(which).order_by("id").values_list("event", "field")[:TEXTS_MAX]
    return [Text(event, field) for event, field in rows]


def _recipient_fields(body: bytes, person: UUID) -> list[str]:
    recipients = json.loads(body)["recipients"]
    return [f"recipients.{place}.name" for place, to in enumerate(recipients) if to["id"] == str(person)]
