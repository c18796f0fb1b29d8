"""A person's correction of a track: the box becomes a key frame, is followed from there, and replaces what was there.

The followed stretch ends where the thing was lost or another key frame lies; beyond it the track stays what it was.
Pure but for `corrected`, which reads the recording.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workers.media.detect.hand import Hand
from workers.media.detect.report import FoundRun, FoundTrack
from workers.media.geometry import box_at
from workers.media.recipe_model import Box

HAND = "hand"


def corrected(hand: Hand, track: FoundTrack, key: Box, *, keys: Sequence[int], limits: tuple[int, int]) -> FoundTrack:
    """The track with `key` in it, followed to the neighbouring of the person's `keys` (pts), else to `limits`.

    What a person has touched is theirs: `found_by` says so. Raises as `Hand.follow`.
    """
    start = max((pts + 1 for pts in keys if pts < key.pts), default=limits[0])
    end = min((pts for pts in keys if pts > key.pts), default=limits[1])
    report = hand.follow(key, start=start, end=end)
    run = next(run for run in report.runs if run.start <= key.pts < run.end)
    runs = spliced(track.runs, run)
    return replace(track, runs=runs, found_by=HAND, is_doubtful=False, score=1.0, thumbnail=report.key)


def spliced(runs: Sequence[FoundRun], new: FoundRun) -> tuple[FoundRun, ...]:
    """The runs with `new` in place of whatever they had in its stretch; neighbours that touch stay apart."""
    kept = [part for run in runs for part in _outside(run, new.start, new.end)]
    return tuple(sorted([*kept, new], key=lambda run: run.start))


def _outside(run: FoundRun, start: int, end: int) -> Iterator[FoundRun]:
    if run.start < start:
        yield cut(run, run.start, min(run.end, start))
    if run.end > end:
        yield cut(run, max(run.start, end), run.end)


def cut(run: FoundRun, start: int, end: int) -> FoundRun:
    """The run within [start, end), which must lie in it; where it is cut through, the box is as it was there."""
    boxes = {box[0]: box for box in run.boxes if start <= box[0] < end}
    given = [Box(*box) for box in run.boxes]
    for pts in (start, end - 1):
        if run.boxes[0][0] < pts < run.boxes[-1][0] or not boxes:
            rect = box_at(given, pts)
            boxes[pts] = (pts, rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top)
    bridged = tuple((max(one, start), min(other, end)) for one, other in run.bridged if one < end and other > start)
    return FoundRun(start=start, end=end, boxes=tuple(boxes[pts] for pts in sorted(boxes)), bridged=bridged)
