"""Which frames of the output are copied and which are encoded anew, and when each is decoded. Pure.

A group of pictures is copied up to the last place before the first touched frame at which it can be parted; from there
to the group's end (or the segment's) it is encoded, beginning with a refresh of its own. A segment that begins inside a
group begins encoded, up to the next group.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from workers.media.geometry import SourceCover
from workers.media.inputs import Input
from workers.media.made import MOST_PARTS
from workers.media.smart.coding import Coding, NotSmart
from workers.media.timeline import Placed, Timeline, segment_base

PartWay = Literal["copied", "encoded"]
FEWEST_COPIED = Fraction(1, 20)
"""With less than this to copy, seams and two encoders' pictures side by side would buy nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames [first, end) of a segment's source, one way; `out_first` counts the output's frames.

    An encoded piece lies in one group, which begins at frame `group`.
    """

    segment: Placed
    way: PartWay
    first: int
    end: int
    group: int
    out_first: int = 0

    @property
    def frames(self) -> int:
        """How many."""
        return self.end - self.first


@dataclass(frozen=True)
class Plan:
    """The pieces in order, and the output's decoding times, ascending, in its own ticks."""

    pieces: tuple[Piece, ...]
    dts: Sequence[int]

    @property
    def frames(self) -> int:
        """Of the output."""
        return len(self.dts)


def plan_make(line: Timeline, inputs: Sequence[Input], covers: Sequence[SourceCover | None]) -> Plan:
    """The plan; `covers` are by source. Raises NotSmart where nothing, or too little, can be copied."""
    pieces: list[Piece] = []
    dts: list[int] = []
    is_whole = len(line.segments) == 1
    for segment in line.segments:
        row = inputs[segment.source]
        coding = coding_or_not(row)
        ticks = line.ticks(segment_base(row.source))
        first = bisect_left(coding.shown, segment.start)
        end = bisect_left(coding.shown, segment.end)
        cover = covers[segment.source]
        touched = _touched(coding, cover.stretches() if cover is not None else ())
        slots = coding.slots(is_whole=is_whole and end - first == len(coding.shown))
        for piece in _merged(_pieces(segment, coding, first, end, touched)):
            pieces.append(replace(piece, out_first=len(dts)))
            dts.extend(segment.out_start + (slot - segment.start) * ticks for slot in slots[piece.first : piece.end])
    copied = sum(piece.frames for piece in pieces if piece.way == "copied")
    if 2 * sum(piece.way == "copied" for piece in pieces) >= MOST_PARTS:
        raise NotSmart("So many places are touched that a statement could not name what lies between them.")
    if not copied or copied < FEWEST_COPIED * len(dts):
        raise NotSmart("Nearly every group of pictures is touched, so nothing would be gained by copying the rest.")
    return Plan(tuple(pieces), _rising(dts))


def coding_or_not(row: Input) -> Coding:
    """How a source's pictures are stored. Raises NotSmart where nothing can be copied from it."""
    if row.coding is None:
        raise NotSmart("There is no picture.")
    if row.coding.why_not:
        raise NotSmart(row.coding.why_not)
    return row.coding


def _touched(coding: Coding, stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Frames [first, end) that something may be drawn on, ascending and apart, from pts [start, end)."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(stretches):
        first, stop = bisect_left(coding.shown, start), bisect_left(coding.shown, end)
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], stop)
        elif first < stop:
            found.append((first, stop))
    return found


def _pieces(
    segment: Placed, coding: Coding, first: int, end: int, touched: Sequence[tuple[int, int]]
) -> Iterator[Piece]:
    at = first
    while at < end:
        group, group_end = coding.group_of(at)
        stop = min(end, group_end)
        kept = at
        if at == group:
            untouched = min(_next_touched(touched, at), stop)
            kept = stop if untouched == group_end else max(coding.parting_before(untouched), at)
        if kept > at:
            yield Piece(segment, "copied", at, kept, group)
        if kept < stop:
            yield Piece(segment, "encoded", kept, stop, group)
        at = stop


def _next_touched(touched: Sequence[tuple[int, int]], frame: int) -> int:
    """The first touched frame from `frame` on; beyond all where there is none."""
    at = bisect_left(touched, frame, key=lambda row: row[1] - 1)
    return max(touched[at][0], frame) if at < len(touched) else 2**62


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Copied neighbours as one: they are read in one go."""
    waiting: Piece | None = None
    for piece in pieces:
        if waiting is not None and waiting.way == piece.way == "copied":
            waiting = replace(waiting, end=piece.end)
            continue
        if waiting is not None:
            yield waiting
        waiting = piece
    if waiting is not None:
        yield waiting


def _rising(dts: list[int]) -> list[int]:
    """Earlier where a joint of two segments would let them fall: a packet may always be decoded sooner."""
    for at in range(len(dts) - 2, -1, -1):
        dts[at] = min(dts[at], dts[at + 1] - 1)
    return dts
