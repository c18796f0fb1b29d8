"""Stretches of a recording as people and programs name them, turned into frame numbers, with a sentence for each fault.

A stretch is half-open: it ends where the frame named as its end begins. A time names the frame on show then, the last
one that had appeared. A newcomer's trap: that keeps nothing too much in a clip, and would leave a frame bare in a
redaction, so what covers and mutes takes the frame on show at its end along. Neither pts nor recipes are known here.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from evidence.editing.footage import Footage
from evidence.http.errors import Fault
from evidence.http.templatetags.words import timecode
from workers.media.frame_index import PLAYER_TOLERANCE_S

_TOLD_TO_S = Fraction(1, 1000)
"""Times are told and typed to the millisecond: an end this close after a frame's beginning means that beginning."""
Frames = tuple[int, int]
"""First frame, and the first one that is not meant any more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A point in a recording: a frame's number, or shown seconds from the start of its part."""

    frame: int | None = None
    seconds: Fraction | None = None

    @classmethod
    def at_s(cls, seconds: float) -> "Edge":
        """A time as programs and browsers give it; ValueError for what is no number."""
        if not math.isfinite(seconds):
            raise ValueError(seconds)
        return cls(seconds=Fraction(seconds) + PLAYER_TOLERANCE_S)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one point up to another, the second not included."""

    start: Edge
    end: Edge


class StretchWrong(Exception):
    """One stretch that names nothing in this recording; `fault` says why."""

    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(pointer, code, detail)


def clock(seconds: Fraction) -> str:
    """`0:12.480` for a sentence; hours only where there are any."""
    text = timecode(seconds)
    return text[4:] if text.startswith("00:0") else text.removeprefix("00:")


def frame_of(footage: Footage, edge: Edge, *, name: str, pointer: str) -> int:
    """The frame on show at a point.

    Raises:
        StretchWrong: the recording has no such point.
    """
    frame = _frame(footage, edge)
    if not 0 <= frame < footage.frame_count:
        raise StretchWrong(pointer, "out-of-range", _beyond(footage, name))
    return frame


def frames_of(footage: Footage, stretch: Stretch, *, name: str, pointer: str, is_outward: bool = False) -> Frames:
    """The frames of a stretch, which `name` calls it in a sentence ('Stretch 2'); `is_outward`: every frame that is on
    show at any time of it, for what must not be seen.

    Raises:
        StretchWrong: it is empty, backward, or reaches beyond the recording.
    """
    start, end = _frame(footage, stretch.start), _frame(footage, stretch.end, is_end=True)
    if is_outward and stretch.end.seconds is not None and 0 <= end < footage.frame_count:
        end += stretch.end.seconds - footage.edge_s(end) > _TOLD_TO_S
    if start < 0 or end > footage.frame_count:
        raise StretchWrong(pointer, "out-of-range", _beyond(footage, name))
    if start >= end:
        said = "ends before it starts" if start > end else "is shorter than one frame"
        raise StretchWrong(pointer, "empty", f"{name} {said}. Move its end after its start.")
    return start, end


def overlaps(footage: Footage, stretches: Sequence[Frames], *, pointer: str) -> Iterator[Fault]:
    """A fault for each pair that shares some frames; the very same stretch twice is a repeat, and meant."""
    ordered = sorted(enumerate(stretches), key=lambda row: row[1])
    for (at, one), (other_at, other) in pairwise(ordered):
        if one == other or other[0] >= one[1]:
            continue
        first, second = sorted((at, other_at))
        shared = f"{clock(footage.edge_s(other[0]))} to {clock(footage.edge_s(min(one[1], other[1])))}"
        yield Fault(
            f"{pointer}/{second}", "overlapping",
            f"Segments {first + 1} and {second + 1} overlap from {shared}. Join them, or move one.",
        )  # fmt: skip


def _frame(footage: Footage, edge: Edge, *, is_end: bool = False) -> int:
    """The number; -1 before the start, above the last frame beyond the end."""
    if edge.frame is not None:
        return edge.frame
    seconds = edge.seconds or Fraction(0)
    if seconds < 0:
        return -1
    if is_end and seconds >= footage.end_s:
        return footage.frame_count if seconds <= _end_told_s(footage) else footage.frame_count + 1
    return footage.index.frame_at(seconds) if seconds < footage.end_s else footage.frame_count


def _end_told_s(footage: Footage) -> Fraction:
    """The latest end anybody was told: sound often outlasts the last picture, and pages cut times to milliseconds."""
    return max(footage.end_s, Fraction(footage.file.duration_s or 0.0)) + Fraction(2, 1000)


def _beyond(footage: Footage, name: str) -> str:
    return (
        f"{name} reaches beyond the recording, which has frames 0 to {footage.frame_count - 1:,} and ends at "
        f"{clock(footage.end_s)}. Move it inside."
    )
