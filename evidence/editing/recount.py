"""A drawing on a whole recording, after parts of it came late: every frame keeps its picture, and gets a new number.

Pure but for counting. Parts never go away and never change; a late one moves what comes after it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from evidence.editing.errors import NotEditable
from evidence.editing.footage import film_of
from evidence.recordings.models import Recording

Counted = Sequence[tuple[str, int]]
"""Files in order, each with its number of frames."""


def counted_of(recording: Recording) -> Counted:
    """The files that frames of the whole recording are numbered through; empty where they cannot be."""
    try:
        film = film_of(recording, None)
    except NotEditable:
        return []
    return [(part.source.file, part.frame_count) for part in film.parts]


def recounted(content: dict[str, Any], before: Counted, now: Counted) -> dict[str, Any]:
    """The draft (version 1) with its frames numbered as the files lie now; as it was where they cannot be compared."""
    if list(before) == list(now) or not set(before) <= set(now):
        return content
    moved = _mover(before, now)
    spans = {
        name: [{**row, "start_frame": moved(row["start_frame"]), "end_frame": moved(row["end_frame"] - 1) + 1}
               for row in content.get(name, [])]
        for name in ("mutes", "frames", "segments")
    }  # fmt: skip
    tracks = [
        {**row, **({"samples": [[moved(at), *box] for at, *box in row["samples"]]} if row.get("samples") else {}),
         "keyframes": [{**key, "frame": moved(key["frame"])} for key in row.get("keyframes", [])],
         "end": None if row.get("end") is None else moved(row["end"] - 1) + 1}
        for row in content.get("tracks", [])
    ]  # fmt: skip
    return {**content, **spans, "tracks": tracks}


def _mover(before: Counted, now: Counted) -> Callable[[int], int]:
    """From a frame's old number to its new one."""
    firsts = dict(_firsts(now))
    ranges = [(first, firsts[file]) for file, first in _firsts(before)]

    def moved(frame: int) -> int:
        first, there = next((row for row in reversed(ranges) if frame >= row[0]), ranges[0])
        return frame - first + there

    return moved


def _firsts(counted: Counted) -> list[tuple[str, int]]:
    found, at = [], 0
    for file, frames in counted:
        found.append((file, at))
        at += frames
    return found
