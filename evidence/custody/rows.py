"""The rows of an act, written with as few statements as the database allows.

Every deed pays for this, under a lock on the counters of what it touches. On PostgreSQL that is two statements however
many events there are, without model objects; SQLite has no `INSERT` inside a `WITH`, and one writer anyway. Numbering
and bodies are `services`' business.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import F

from evidence.custody.models import Commitment, Event, SubjectCounter

Key = tuple[str, UUID]
"""Kind and id of a subject."""


class TextRow(NamedTuple):
    """The text behind a commitment: the columns of `Commitment`."""

    event: UUID
    field: str
    salt: bytes
    text: str


def counters_raise(cursor: CursorWrapper, counts: Mapping[Key, int]) -> dict[Key, int]:
    """Raise each subject's counter by its count and return the new values; rows stay locked to the transaction's end.

    Locked in sorted order: two acts that touch the same subjects do not wait for each other in a ring.
    """
    keys = sorted(counts)
    if connection.vendor != "postgresql":
        return {key: _counter_raise(*key, counts[key]) for key in keys}
    cursor.execute(
        "INSERT INTO custody_subjectcounter (last, subject_kind, subject_id) "  # noqa: S608 - placeholders alone
        f"VALUES {_places(len(keys), 3)} ON CONFLICT (subject_kind, subject_id) "
        "DO UPDATE SET last = custody_subjectcounter.last + excluded.last RETURNING subject_kind, subject_id, last",
        [value for key in keys for value in (counts[key], *key)],
    )
    return {(kind, subject): last for kind, subject, last in cursor.fetchall()}


def rows_insert(cursor: CursorWrapper, events: Sequence[Mapping[str, Any]], texts: Sequence[TextRow]) -> None:
    """Insert events (column to value, all with the same columns, at least one) and the texts that belong to them."""
    if connection.vendor != "postgresql":
        Event.objects.bulk_create([Event(**columns) for columns in events])
        Commitment.objects.bulk_create([Commitment(**text._asdict()) for text in texts])
        return
    statement = _insert(Event._meta.db_table, events[0], len(events))
    if texts:
        statement = f"WITH written AS ({statement}) {_insert(Commitment._meta.db_table, TextRow._fields, len(texts))}"
    rows = [columns.values() for columns in events]
    cursor.execute(statement, [value for row in (*rows, *texts) for value in row])


def _insert(table: str, columns: Iterable[str], count: int) -> str:
    names = tuple(columns)
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES {_places(count, len(names))}"  # noqa: S608 - own names


def _places(rows: int, width: int) -> str:
    row = f"({', '.join(['%s'] * width)})"
    return ", ".join([row] * rows)


def _counter_raise(kind: str, subject_id: UUID, by: int) -> int:
    """In two steps, for one writer: SQLite's upsert would meet the trigger that refuses REPLACE."""
    found = SubjectCounter.objects.filter(subject_kind=kind, subject_id=subject_id)
    if not found.update(last=F("last") + by):
        SubjectCounter.objects.create(subject_kind=kind, subject_id=subject_id, last=by)
    return found.get().last
