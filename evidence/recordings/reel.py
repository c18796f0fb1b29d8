"""What the player is told of a recording in several parts: each one's addresses, and what lies between them.

Under the open session, like everything that shows footage. The page makes one time line of it (`app/reel.mjs`).
"""

import json
from collections.abc import Callable
from typing import Any

from evidence.recordings.joints import Joint, joints_of
from evidence.recordings.media_views import media_path
from evidence.recordings.models import FileRole, PlaybackSession, Recording
from evidence.recordings.queries import Part, files_of, parts_of

_LANES = (FileRole.INDEX, FileRole.PROXY_INDEX, FileRole.STORYBOARD, FileRole.WAVEFORM, FileRole.VOICE)


def part_addresses(recording: Recording, part: Part, base: str) -> dict[str, str]:
    """Addresses of a part's picture, index and lanes under `base`; '' for what it has not."""
    roles = {file.role for file in files_of(recording, *_LANES) if file.part == part.number}
    return _addresses(part, base, roles)


def reel_json(
    recording: Recording, opening: PlaybackSession, *, seen: dict[int, list[list[float]]] | None = None
) -> str:
    """The player's `reel` parameter; '' where the recording is one file, or a part of it has no frame numbers.

    `seen`: stretches watched before, by part, in the part's own seconds.
    """
    told = reel_rows(recording, opening)
    if len(told["parts"]) < 2 or not all(row["index_url"] for row in told["parts"]):
        return ""
    rows = [{**row, "seen": (seen or {}).get(row["number"], [])} for row in told["parts"]]
    return json.dumps({**told, "parts": rows}, separators=(",", ":"))


def reel_outside_json(recording: Recording, address: Callable[[str, int], str]) -> str:
    """The player's `reel` parameter for a recipient outside: pictures, frame numbers and joints; no lanes, no reports.

    `address`: of a part's `video` or `index`. '' where the recording is one file, where a part of it has no frame
    numbers, or where the bytes of one are given to nobody: its parts are then played one by one.
    """
    every = parts_of(recording)
    parts = [part for part in every if part.viewing is not None]
    indexed = {(file.part, file.role) for file in files_of(recording, FileRole.INDEX, FileRole.PROXY_INDEX)}
    if len(parts) < 2 or not all(_is_given(part) and (part.number, _index_role(part)) in indexed for part in parts):
        return ""
    rows = [
        {"number": n, "src": address("video", n), "index_url": address("index", n), "seen": []}
        for n in (part.number for part in parts)
    ]
    told = {"parts": rows, "joints": [_joint(joint) for joint in joints_of(recording, every)]}
    return json.dumps(told, separators=(",", ":"))


def reel_rows(recording: Recording, opening: PlaybackSession) -> dict[str, list[dict[str, Any]]]:
    """`parts`: those that can be played, in order, each with its addresses and `offset_s`, which makes its own shown
    seconds those of the whole recording; `joints`: what lies between them."""
    base = media_path(opening.id)
    files, parts = files_of(recording, *_LANES), parts_of(recording)
    rows = [
        {
            "number": part.number, "offset_s": part.offset_s,
            **_addresses(part, base, {file.role for file in files if file.part == part.number}),
        }
        for part in parts
        if part.viewing is not None
    ]  # fmt: skip
    return {"parts": rows, "joints": [_joint(joint) for joint in joints_of(recording, parts)]}


def _addresses(part: Part, base: str, roles: set[str]) -> dict[str, str]:
    number = part.number
    has_board = FileRole.STORYBOARD in roles
    return {
        "src": f"{base}video/{number}",
        "index_url": f"{base}index/{number}" if _index_role(part) in roles else "",
        "storyboard_url": f"{base}storyboard-map/{number}" if has_board else "",
        "storyboard_image_url": f"{base}storyboard/{number}" if has_board else "",
        "waveform_url": f"{base}waveform/{number}" if FileRole.WAVEFORM in roles else "",
        "voice_url": f"{base}voice/{number}" if FileRole.VOICE in roles else "",
        "watched_url": f"{base}watched/{number}",
    }


def _index_role(part: Part) -> FileRole:
    return FileRole.PROXY_INDEX if part.proxy else FileRole.INDEX


def _is_given(part: Part) -> bool:
    stored = part.viewing.stored if part.viewing else None
    return stored is not None and stored.quarantined_at is None and stored.destroyed_at is None


def _joint(joint: Joint) -> dict[str, Any]:
    return {"kind": joint.kind.value, "before": joint.before, "after": joint.after, "said": joint.said}
