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

from evidence.editing.footage import Film
from evidence.http.errors import Fault
from evidence.http.templatetags.words import timecode
from workers.media.frame_index import PLAYER_TOLERANCE_S

_TOLD_TO_S = Fraction(1, 1000)
"""Times are told and typed to the millisecond: an end this close after a frame's beginning means that beginning."""
Frames = tuple[int, int]
"""First frame, and the first one that is not meant any more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A point in a recording: a frame's number, or seconds from the start of the film."""

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


def frame_of(film: Film, edge: Edge, *, name: str, pointer: str) -> int:
    """The frame on show at a point.

    Raises:
        StretchWrong: the recording has no such point.
    """
    frame = _frame(film, edge)
    if not 0 <= frame < film.frame_count:
        raise StretchWrong(pointer, "out-of-range", _beyond(film, name))
    return frame


def frames_of(film: Film, stretch: Stretch, *, name: str, pointer: str, is_outward: bool = False) -> Frames:
    """The frames of a stretch, which `name` calls it in a sentence ('Stretch 2'); `is_outward`: every frame that is on
    show at any time of it, for what must not be seen.

    Raises:
        StretchWrong: it is empty, backward, or reaches beyond the recording.
    """
    start, end = _frame(film, stretch.start), _frame(film, stretch.end, is_end=True)
    if is_outward and stretch.end.seconds is not None and 0 <= end < film.frame_count:
        end += stretch.end.seconds - film.edge_s(end) > _TOLD_TO_S
    if start < 0 or end > film.frame_count:
        raise StretchWrong(pointer, "out-of-range", _beyond(film, name))
    if start >= end:
        said = "ends before it starts" if start > end else "is shorter than one frame"
        raise StretchWrong(pointer, "empty", f"{name} {said}. Move its end after its start.")
    return start, end


def overlaps(film: Film, stretches: Sequence[Frames], *, pointer: str) -> Iterator[Fault]:
    """A fault for each pair that shares some frames; the very same stretch twice is a repeat, and meant."""
    ordered = sorted(enumerate(stretches), key=lambda row: row[1])
    for (at, one), (other_at, other) in pairwise(ordered):
        if one == other or other[0] >= one[1]:
            continue
        first, second = sorted((at, other_at))
        shared = f"{clock(film.edge_s(other[0]))} to {clock(film.edge_s(min(one[1], other[1])))}"
        yield Fault(
            f"{pointer}/{second}", "overlapping",
            f"Segments {first + 1} and {second + 1} overlap from {shared}. Join them, or move one.",
        )  # fmt: skip


def _frame(film: Film, edge: Edge, *, is_end: bool = False) -> int:
    """The number; -1 before the start, above the last frame beyond the end."""
    if edge.frame is not None:
        return edge.frame
    seconds = edge.seconds or Fraction(0)
    if seconds < 0:
        return -1
    if is_end and seconds >= film.end_s:
        return film.frame_count if seconds <= _end_told_s(film) else film.frame_count + 1
    return film.reel.frame_at(seconds) if seconds < film.end_s else film.frame_count


def _end_told_s(film: Film) -> Fraction:
    """Pages cut times to milliseconds."""
    return film.told_end_s + Fraction(2, 1000)


def _beyond(film: Film, name: str) -> str:
    return (
        f"{name} reaches beyond the recording, which has frames 0 to {film.frame_count - 1:,} and ends at "
        f"{clock(film.end_s)}. Move it inside."
    )
