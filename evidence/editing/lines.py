"""Stretches and boxes typed as plain lines: the way to edit without a mouse and without script.

`0:12.5 to 0:20` is a stretch by times, `f300 to f499` one by frames with both included, as the page shows them; a
box is a stretch, then left, top, width and height in pixels, then perhaps its effect. Times that a page shows are cut
to the millisecond, so a typed time names the frame that appears within its millisecond.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from evidence.editing.stretches import Edge, Stretch

_EDGE = r"(?:f(?:rame)?\s*(\d{1,9})|(?:(?:(\d{1,3}):)?(\d{1,3}):)?(\d{1,6}(?:\.\d{1,6})?))"
_STRETCH = re.compile(rf"{_EDGE}\s*(?:to|-|\u2013)\s*{_EDGE}", re.IGNORECASE)
_MOMENT = re.compile(_EDGE, re.IGNORECASE)
_EFFECTS = {"solid", "pixelate"}
_SOUND_EFFECTS = {"mute", "bleep"}
_WITHIN_S = Fraction(999, 1_000_000)
LINES_MAX = 500
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class BoxLine:
    """A box that stands still for a stretch; pixels from the upper left corner."""

    stretch: Stretch
    box: tuple[int, int, int, int]
    effect: str


class LineWrong(ValueError):
    """A line that cannot be read; the message says which and how to write it."""


def moment_read(text: str) -> Edge:
    """One point: `f312` or `0:12.480`.

    Raises:
        LineWrong: it is neither.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise LineWrong("Write a frame such as f312, or a time such as 0:12.480.")
    return _edge(match.groups())


def stretches_read(text: str) -> list[Stretch]:
    """A stretch a line.

    Raises:
        LineWrong: a line is no stretch.
    """
    return list(_each(text, _stretch, "0:12.5 to 0:20, or f300 to f499"))


def mutes_read(text: str) -> list[tuple[Stretch, str]]:
    """A stretch a line, with its effect after a comma; mute where none is written.

    Raises:
        LineWrong: a line is neither.
    """
    return list(_each(text, _mute, "0:12.5 to 0:20, bleep"))


def covers_read(text: str) -> list[tuple[Stretch, str]]:
    """A stretch a line, with its effect after a comma; solid where none is written.

    Raises:
        LineWrong: a line is neither.
    """
    return list(_each(text, _cover, "0:12.5 to 0:20, solid"))


def boxes_read(text: str) -> list[BoxLine]:
    """A box a line.

    Raises:
        LineWrong: a line is no box.
    """
    return list(_each(text, _box, "0:12.5 to 0:20, 100, 80, 60, 40, solid"))


def _each(text: str, read: Callable[[str], T | None], example: str) -> Iterator[T]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > LINES_MAX:
        raise LineWrong(f"Write at most {LINES_MAX} lines.")
    for number, line in enumerate(lines, start=1):
        found = read(line)
        if found is None:
            raise LineWrong(f"Line {number}, '{line[:60]}', cannot be read. Write it like this: {example}.")
        yield found


def _cover(line: str) -> tuple[Stretch, str] | None:
    return _with_effect(line, _EFFECTS, usual="solid")


def _mute(line: str) -> tuple[Stretch, str] | None:
    return _with_effect(line, _SOUND_EFFECTS, usual="mute")


def _with_effect(line: str, effects: set[str], *, usual: str) -> tuple[Stretch, str] | None:
    text, _, effect = (part.strip() for part in line.partition(","))
    stretch = _stretch(text)
    chosen = effect.lower() or usual
    return (stretch, chosen) if stretch is not None and chosen in effects else None


def _box(line: str) -> BoxLine | None:
    text, *parts = (part.strip() for part in line.split(","))
    stretch = _stretch(text)
    effect = parts.pop().lower() if len(parts) == 5 else "solid"
    is_box = stretch is not None and len(parts) == 4 and all(re.fullmatch(r"\d{1,5}", part) for part in parts)
    if stretch is None or not is_box or effect not in _EFFECTS:
        return None
    x, y, w, h = (int(part) for part in parts)
    return BoxLine(stretch=stretch, box=(x, y, w, h), effect=effect)


def _stretch(line: str) -> Stretch | None:
    match = _STRETCH.fullmatch(line.strip())
    if match is None:
        return None
    groups = match.groups()
    start, end = _edge(groups[:4]), _edge(groups[4:])
    # both frames are meant when frames are written
    return Stretch(start, Edge(frame=end.frame + 1) if end.frame is not None else end)


def _edge(groups: tuple[str | None, ...]) -> Edge:
    frame, hours, minutes, seconds = groups
    if frame is not None:
        return Edge(frame=int(frame))
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60
    return Edge(seconds=whole + Fraction(seconds or 0) + _WITHIN_S)
