"""Names and free texts held against the commitments in hashed bodies: each is there, or was erased and that is said."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from evidence.custody.erased import erasures_of
from evidence.custody.placed import Placed
from evidence.custody.verified import Verified


def texts_check(found: Verified, body: Mapping[str, Any], rows: Sequence[Placed]) -> list[tuple[UUID, str]]:
    """Tell of each text of `rows`, which are of one event, that is not what the event was written with; returns event
    and field of those that are gone."""
    given = {
        field: hashlib.sha256(salt + text.encode()).hexdigest()
        for _, _, _, _, field, salt, text in rows
        if field is not None and salt is not None and text is not None
    }
    gone: list[tuple[UUID, str]] = []
    try:
        committed = _committed(body)
    except (KeyError, TypeError):
        found.tell(f"The body of event {body['id']} does not say what texts it was written with.")
        return gone
    for field, hashed in committed:
        kept = given.pop(field, None)
        if kept is None:
            gone.append((UUID(body["id"]), field))
        elif kept != hashed:
            found.tell(f"Event {body['id']}: the text of '{field}' is not the one that it was written with.")
    for field in given:
        found.tell(f"Event {body['id']} was written without a text '{field}', and has one.")
    return gone


def gone_check(found: Verified, gone: Sequence[tuple[UUID, str]]) -> None:
    """Tell of each text that is gone and was not erased under an authority."""
    erasures = erasures_of([event for event, _ in gone])
    for event, field in gone:
        if field not in erasures.get(event, {}):
            found.tell(f"Event {event}: the text of '{field}' is gone, and no erasure says why.")


def _committed(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    named = [("actor.name", body["actor"]["name"]), ("reason.text", body["reason"]["text"])]
    if body["recipients"]:
        named += [(f"recipients.{place}.name", each["name"]) for place, each in enumerate(body["recipients"])]
    return [(field, hashed) for field, hashed in named if hashed is not None]
