"""What was typed as lines, joined with what was drawn: one draft of version 1 either way.

Lines may name times, so this needs the film they are lines about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evidence.editing.drawing import EMPTY, drawing_read
from evidence.editing.errors import EditRefused
from evidence.editing.footage import Film
from evidence.editing.lines import BoxLine
from evidence.editing.stretches import Stretch, StretchWrong, frames_of
from evidence.http.errors import Fault


@dataclass(frozen=True, slots=True)
class Typed:
    """Lines of a redaction, read but not held against a recording yet. `reason`: why what they cover is covered."""

    boxes: Sequence[BoxLine] = ()
    mutes: Sequence[tuple[Stretch, str]] = ()
    covers: Sequence[tuple[Stretch, str]] = ()
    keeps: Sequence[Stretch] = ()
    reason: str = "other"


def joined(film: Film, drawn: Mapping[str, Any], typed: Typed) -> dict[str, Any]:
    """The drawn draft with what was typed added to it.

    Raises:
        EditRefused: what was drawn is no draft, or a line names no stretch of this recording.
    """
    drawing_read(drawn)
    reader = _Reader(film)
    more: dict[str, list[dict[str, Any]]] = {
        "tracks": [reader.track(at, line, typed.reason) for at, line in enumerate(typed.boxes, start=1)],
        "mutes": [
            {**reader.span("mutes", f"Muted line {at}", each), "reason": typed.reason, "effect": effect}
            for at, (each, effect) in enumerate(typed.mutes, start=1)
        ],
        "frames": [
            {**reader.span("frames", f"Covered line {at}", each), "effect": effect}
            for at, (each, effect) in enumerate(typed.covers, start=1)
        ],
        "segments": [
            reader.span("segments", f"Kept line {at}", each, is_outward=False)
            for at, each in enumerate(typed.keeps, start=1)
        ],
    }
    if reader.faults:
        raise EditRefused(reader.faults)
    return {**EMPTY, **drawn, **{name: [*drawn.get(name, []), *rows] for name, rows in more.items()}}


class _Reader:
    """Turns lines into frames, collecting what does not fit."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self.faults: list[Fault] = []

    def span(self, part: str, name: str, stretch: Stretch, *, is_outward: bool = True) -> dict[str, Any]:
        try:
            first, end = frames_of(self.film, stretch, name=name, pointer=f"/{part}", is_outward=is_outward)
        except StretchWrong as wrong:
            self.faults.append(wrong.fault)
            return {}
        return {"start_frame": first, "end_frame": end}

    def track(self, at: int, line: BoxLine, reason: str) -> dict[str, Any]:
        span = self.span("tracks", f"Box line {at}", line.stretch)
        x, y, w, h = line.box
        key = {"frame": span.get("start_frame", 0), "x": x, "y": y, "w": w, "h": h, "outside": False}
        return {
            "id": f"typed{at}", "kind": "other", "effect": line.effect, "reason": reason, "keyframes": [key],
            "end": span.get("end_frame"),
        }  # fmt: skip
