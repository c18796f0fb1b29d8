"""Drawn tracks of a recording in several files: followed through its joints, then told file by file, as recipes are.

A track is resolved on the reel's one time line, so that a box moves over a joint as it moves anywhere; each file then
gets its piece, with the box that it has at the joint, rounded outwards (inwards for what an inverse track keeps). Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workers.media.geometry import box_at
from workers.media.recipe_draft import DraftTrack, resolve_draft
from workers.media.recipe_model import Box, Run, Track
from workers.media.reel import Reel


def resolve_on_reel(tracks: Sequence[DraftTrack], reel: Reel) -> tuple[Track, ...]:
    """The tracks, whose frames are numbered through the reel, with runs; `source` is the part.

    The piece of a track in a further part is called `t1.2`: ids are told once. Raises RecipeError with all problems.
    """
    if len(reel.indexes) == 1:
        return resolve_draft(tracks, reel.indexes[0])
    return tuple(piece for track in resolve_draft(tracks, reel) for piece in _pieces(track, reel))


def _pieces(track: Track, reel: Reel) -> Iterator[Track]:
    count = 0
    for part in range(len(reel.indexes)):
        runs = tuple(run for run in (_run_in(run, part, reel, track) for run in track.runs) if run is not None)
        if runs:
            count += 1
            yield replace(track, id=track.id if count == 1 else f"{track.id}.{count}", source=part, runs=runs)


def _run_in(run: Run, part: int, reel: Reel, track: Track) -> Run | None:
    """What of a run lies in a part, in the part's own ticks; None where nothing does."""
    index, ticks = reel.indexes[part], reel.ticks_in(part)
    start, end = max(run.start, ticks.start), min(run.end, ticks.stop)
    if start >= end:
        return None
    edges = [start] if start > run.start else []
    if end < run.end:
        edges.append(reel.pts_of(reel.firsts[part + 1] - 1))
    boxes = {at: _still(run, at, is_kept=track.inverse) for at in edges}
    boxes |= {box.pts: box for box in run.boxes if start <= box.pts < end}

    def local(tick: int) -> int:
        return (tick - ticks.start) // reel.ticks_of(part) + index.pts_of(0)

    placed = tuple(replace(boxes[at], pts=local(at)) for at in sorted(boxes))
    return Run(start=local(start), end=local(end), boxes=placed)


def _still(run: Run, at: int, *, is_kept: bool) -> Box:
    rect = box_at(run.boxes, at, is_kept=is_kept)
    return Box(at, rect.left, rect.top, max(rect.right - rect.left, 1), max(rect.bottom - rect.top, 1))
