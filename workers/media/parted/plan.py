"""Where a render is parted. Pure: it knows the recipe's segments and the frame index, and nothing of workers.

Where every frame is encoded, parts begin at a segment's start or where decoding can begin (a refresh), so that
no picture is decoded twice. In a smart render what is shared out are the pieces that are encoded; the copied
rest is read when the parts are joined. A recording with one refresh in an hour is one part.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from workers.media.inputs import Input
from workers.media.smart.plan import Piece, Plan
from workers.media.timeline import Placed, Timeline, segment_base

MOST = 24
"""Parts of one render: each reads the recording's packets once to find its place, and has an encoder to warm up."""
FEWEST_FRAMES = 1_500
"""Of a part, as is usual: a minute at 25 a second, beside which what a part costs by itself is little."""


@dataclass(frozen=True, slots=True)
class Share:
    """Part `number` of `of`: its stretches in the order of the output, and how many frames those are."""

    number: int
    of: int
    frames: int
    stretches: tuple[Placed, ...] = ()
    pieces: tuple[Piece, ...] = ()


def shares_full(line: Timeline, inputs: Sequence[Input], part_frames: int) -> tuple[Share, ...]:
    """The parts of a render that encodes every frame; one where it is too short for two."""
    total = sum(inputs[row.source].frames_in(row.start, row.end) for row in line.segments)
    wanted = _wanted(total, part_frames)
    found: list[Share] = []
    taken: list[Placed] = []
    frames = 0
    for stretch, count in _stretches(line, inputs):
        if frames >= wanted and total - sum(share.frames for share in found) - frames >= wanted // 2:
            found.append(Share(len(found), 0, frames, stretches=_merged(taken)))
            taken, frames = [], 0
        taken.append(stretch)
        frames += count
    found.append(Share(len(found), 0, frames, stretches=_merged(taken)))
    return tuple(replace(share, of=len(found)) for share in found)


def shares_smart(plan: Plan, part_frames: int) -> tuple[Share, ...]:
    """The parts of what a smart render encodes; one where that is too little for two."""
    pieces = [piece for piece in plan.pieces if piece.way == "encoded"]
    total = sum(piece.frames for piece in pieces)
    wanted = _wanted(total, part_frames)
    found: list[Share] = []
    taken: list[Piece] = []
    frames = done = 0
    for piece in pieces:
        if frames >= wanted and total - done >= wanted // 2:
            found.append(Share(len(found), 0, frames, pieces=tuple(taken)))
            taken, frames = [], 0
        taken.append(piece)
        frames += piece.frames
        done += piece.frames
    found.append(Share(len(found), 0, frames, pieces=tuple(taken)))
    return tuple(replace(share, of=len(found)) for share in found)


def _wanted(total: int, part_frames: int) -> int:
    return max(part_frames, -(-total // MOST))


def _stretches(line: Timeline, inputs: Sequence[Input]) -> Iterator[tuple[Placed, int]]:
    """The segments, each cut at every refresh within it, with how many frames each stretch has."""
    for segment in line.segments:
        row = inputs[segment.source]
        if row.index is None:
            continue
        base = segment_base(row.source)
        pts = row.pts_in(segment.start, segment.end)
        first = row.index.frame_of_pts(pts[0]) if pts else 0
        refreshes = row.index.refreshes
        cuts = [
            row.index.pts_of(frame)
            for frame in refreshes[bisect_left(refreshes, first + 1) :]
            if frame < first + len(pts)
        ]
        bounds = [segment.start, *cuts, segment.end]
        for start, end in pairwise(bounds):
            out_end = segment.out_end if end == segment.end else line.out_pts(segment, end, base)
            out_start = line.out_pts(segment, start, base)
            yield (
                replace(segment, start=start, end=end, out_start=out_start, out_end=out_end),
                row.frames_in(start, end),
            )


def _merged(stretches: Sequence[Placed]) -> tuple[Placed, ...]:
    """Neighbours of one segment as one stretch, so that nothing begins anew between them."""
    found: list[Placed] = []
    for row in stretches:
        if found and found[-1].number == row.number:
            found[-1] = replace(found[-1], end=row.end, out_end=row.out_end)
        else:
            found.append(row)
    return tuple(found)
