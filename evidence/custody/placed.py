"""Events in the order of the tree, as raw as the database gives them, for whoever computes the record anew.

Each comes with its indexed columns as one text, put together by the database, so that a column is compared with the
hashed body without making objects of a million rows. PostgreSQL sends bodies as they are, not in hexadecimal.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg
from django.db import connection

_UUIDS = ("uuid", "act", "follows", "actor_id", "subject_id", "request")
COLUMNS = ("uuid", "act", "follows", "verb", "category", "outcome", "at", "actor_kind", "actor_id", "subject_kind",
           "subject_id", "subject_seq", "request")  # fmt: skip
"""Each is kept a second time in the body."""
NULLABLE = frozenset({"follows", "category", "actor_id"})


Placed = tuple[int, int, bytes | None, str | None, str | None, bytes | None, str | None]
"""A place in the tree, the position of its event, the event's body and its columns as `columns_text`; then field, salt
and text of one of its texts. A place comes once for each text, and once where there is none. Body and columns are None
where the event is missing. A bare tuple: there are millions."""


def placed(first: int, end: int) -> list[Placed]:
    """Those of places `first` to `end`, in their order; a place that has no row is left out."""
    statement = _statement()
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(statement, [first, end])
            return list(cursor.fetchall())
    connection.ensure_connection()
    with psycopg.Cursor(connection.connection) as cursor:
        return cursor.execute(statement, [first, end], binary=True).fetchall()


def columns_text(body: Mapping[str, Any]) -> str:
    """What `Placed.columns` has to be for this body. Raises KeyError, TypeError: it is none of version 1."""
    actor, subject, follows, category = body["actor"], body["subject"], body["follows"], body["category"]
    return "|".join((
        body["id"], body["act"], "" if follows is None else f"={follows}", body["verb"],
        "" if category is None else f"={category}", body["outcome"], body["at"], actor["kind"],
        "" if actor["id"] is None else f"={actor['id']}", subject["kind"], subject["id"], str(body["subject_seq"]),
        body["request"],
    ))  # fmt: skip


@cache
def _statement() -> str:
    text = "||'|'||".join(_column(name) for name in COLUMNS)
    return (
        f'SELECT l."index", l.position, e.body, {text}, c.field, c.salt, c.text '  # noqa: S608 - our own names
        "FROM custody_leaf l LEFT JOIN custody_event e ON e.position = l.position "
        'LEFT JOIN custody_commitment c ON c.event = e.uuid WHERE l."index" >= %s AND l."index" < %s '
        'ORDER BY l."index"'
    )


def _column(name: str) -> str:
    """The column as the body writes it; what may be null begins with '=' where it is not."""
    text = f"e.{name}"
    if connection.vendor == "postgresql":
        if name in _UUIDS or name == "subject_seq":
            text += "::text"
        elif name == "at":
            text = """to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
    elif name in _UUIDS:
        parts = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
        text = "||'-'||".join(f"substr({text}, {start}, {length})" for start, length in parts)
    elif name == "at":
        text = "replace(e.at, ' ', 'T')||CASE length(e.at) WHEN 19 THEN '.000000Z' ELSE 'Z' END"
    return f"coalesce('='||{text}, '')" if name in NULLABLE else f"({text})"
