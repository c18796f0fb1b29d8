"""Names and free texts held against the commitments in hashed bodies: each is there, or was erased and that is said."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from evidence.custody.erased import erasures_of
from evidence.custody.verified import Verified


def texts_check(
    found: Verified, body: Mapping[str, Any], texts: Sequence[tuple[str, bytes, str]]
) -> Iterator[tuple[UUID, str]]:
    """Tell of each text (field, salt, text) that is not what the event was written with; yields event and field where
    there is none any more."""
    given = {field: hashlib.sha256(salt + text.encode()).hexdigest() for field, salt, text in texts}
    for field, committed in _committed(body):
        if field not in given:
            yield UUID(body["id"]), field
        elif given.pop(field) != committed:
            found.tell(f"Event {body['id']}: the text of '{field}' is not the one that it was written with.")
    for field in given:
        found.tell(f"Event {body['id']} was written without a text '{field}', and has one.")


def gone_check(found: Verified, gone: Sequence[tuple[UUID, str]]) -> None:
    """Tell of each text that is gone and was not erased under an authority."""
    erasures = erasures_of([event for event, _ in gone])
    for event, field in gone:
        if field not in erasures.get(event, {}):
            found.tell(f"Event {event}: the text of '{field}' is gone, and no erasure says why.")


def _committed(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    named = [("actor.name", body["actor"]["name"]), ("reason.text", body["reason"]["text"])]
    named += [(f"recipients.{place}.name", each["name"]) for place, each in enumerate(body["recipients"])]
    return ((field, committed) for field, committed in named if committed is not None)
