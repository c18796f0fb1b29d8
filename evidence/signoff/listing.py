"""The list that is signed, as canonical JSON: the copy, a look at it, its places and what was decided of each.

Version 1: `{v, copy, look, places}` as below; whole numbers only, times as text. A newcomer's trap: people are named by
id, for a name can change or be erased and the hash may not; and every word of a decision is part of what is signed.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from evidence.custody.canonical import canonical_bytes, time_text
from evidence.recordings.models import RecordingFile
from evidence.signoff.models import Look, Place

VERSION = 1


def list_of(look: Look, places: Sequence[Place], file: RecordingFile) -> dict[str, Any]:
    """The list as plain values. `places` in their order; `file` is the sealed copy's."""
    copy = look.copy
    return {
        "v": VERSION,
        "copy": {
            "recording": str(copy.id), "file": str(file.id), "sha256": file.sha256,
            "recipe_sha256": copy.recipe_sha256, "made_by": str(copy.made_by_id),
        },
        "look": {
            "id": str(look.id), "number": look.number, "state": look.state, "because": look.because,
            "detectors": [
                {name: detector[name] for name in ("name", "version", "sha256", "licence", "kind")}
                for detector in look.detectors
            ],
            "findings": list(look.findings), "frames": look.frames, "covered": look.covered,
            "finished_at": time_text(look.finished_at) if look.finished_at else None,
        },
        "places": [_place(place) for place in places],
    }  # fmt: skip


def list_sha256(look: Look, places: Sequence[Place], file: RecordingFile) -> str:
    """Lower-case hex SHA-256 of the list's canonical bytes."""
    return sha256(canonical_bytes(list_of(look, places, file))).hexdigest()


def _place(place: Place) -> dict[str, Any]:
    return {
        "number": place.number, "track": place.track, "kind": place.kind, "found_by": place.found_by,
        "score_permille": place.score_permille, "is_doubtful": place.is_doubtful,
        "frames": [place.first_frame, place.end_frame], "ms": [place.start_ms, place.end_ms],
        "box": list(place.box), "box_frame": place.box_frame, "picture_sha256": place.picture_sha256 or None,
        "decision": place.decision or None, "reason": place.reason or None,
        "decided_by": str(place.decided_by_id) if place.decided_by_id else None,
        "decided_at": time_text(place.decided_at) if place.decided_at else None,
    }  # fmt: skip
