"""Events in the order of the tree, as raw as the database gives them, for whoever computes the record anew.

Each comes with its indexed columns as one text, put together by the database, so that a column is compared with the
hashed body without making objects of a million rows. While one batch is worked on, the next is fetched.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from django.db import connection, connections

BATCH = 4_096
_UUIDS = ("uuid", "act", "follows", "actor_id", "subject_id", "request")
COLUMNS = ("uuid", "act", "follows", "verb", "category", "outcome", "at", "actor_kind", "actor_id", "subject_kind",
           "subject_id", "subject_seq", "request")  # fmt: skip
"""Each is kept a second time in the body."""
NULLABLE = frozenset({"follows", "category", "actor_id"})


_TEXTS = """
    SELECT e.position, c.field, c.salt, c.text FROM custody_leaf l JOIN custody_event e ON e.position = l.position
    JOIN custody_commitment c ON c.event = e.uuid WHERE l."index" BETWEEN %s AND %s
"""


class Placed(NamedTuple):
    """`place`: in the tree. `body` and `columns` are None where its event is missing; `columns`: as `columns_text`.
    `texts`: field, salt and text of each commitment that is there."""

    place: int
    position: int
    body: bytes | None
    columns: str | None
    texts: Sequence[tuple[str, bytes, str]]


def placed() -> Iterator[list[Placed]]:
    """All of them, by place, in batches; the next batch is on its way meanwhile."""
    statement = _statement()
    with ThreadPoolExecutor(1) as ahead:
        try:
            coming = ahead.submit(_fetch, statement, 0)
            while rows := coming.result():
                coming = ahead.submit(_fetch, statement, rows[-1].place + 1)
                yield rows
        finally:
            ahead.submit(connections.close_all)


def columns_text(body: Mapping[str, Any]) -> str:
    """What `Placed.columns` has to be for this body. Raises KeyError, TypeError: it is none of version 1."""
    actor, subject, follows, category = body["actor"], body["subject"], body["follows"], body["category"]
    return "|".join((
        body["id"], body["act"], "" if follows is None else f"={follows}", body["verb"],
        "" if category is None else f"={category}", body["outcome"], body["at"], actor["kind"],
        "" if actor["id"] is None else f"={actor['id']}", subject["kind"], subject["id"], str(body["subject_seq"]),
        body["request"],
    ))  # fmt: skip


def _fetch(statement: str, first: int) -> list[Placed]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [first, BATCH])
        rows = cursor.fetchall()
        if not rows:
            return []
        cursor.execute(_TEXTS, [first, rows[-1][0]])
        texts: dict[int, list[tuple[str, bytes, str]]] = {}
        for position, field, salt, text in cursor:
            texts.setdefault(position, []).append((field, bytes(salt), text))
    return [
        Placed(place, position, body and bytes(body), text, texts.get(position, ()))
        for place, position, body, text in rows
    ]


def _statement() -> str:
    text = "||'|'||".join(_column(name) for name in COLUMNS)
    return (
        f'SELECT l."index", l.position, e.body, {text} FROM custody_leaf l '  # noqa: S608 - names of our own columns
        'LEFT JOIN custody_event e ON e.position = l.position WHERE l."index" >= %s ORDER BY l."index" LIMIT %s'
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
