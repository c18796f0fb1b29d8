"""From what was followed to what is written: boxes in whole shown pixels, run by run.

The path between two finds is straight where the world stands still, so the camera's shaking is put back in for every
frame; of the frames, only those are written that a straight line between their neighbours would miss.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, floor

import numpy as np
import numpy.typing as npt

from workers.media.detect.linking import Linked
from workers.media.detect.motion import Offset
from workers.media.detect.report import FoundRun, FoundTrack
from workers.media.detect.tracking import MISSED_S, Tracklet
from workers.media.recipe_model import TrackKind

Path = npt.NDArray[np.float64]

TOLERANCE = 0.03
"""How far a written path may be off a box, in its size; at least half a pixel."""
SURE_LOOKS, SURE_LENGTH_S, SURE_BEST = 3, 0.3, 0.5
"""A track is sure when it was seen so often, over so long, with this score at its best; or longer, with less:"""
LONG_LOOKS, LONG_BEST = 10, 0.35
BEST_LOOKS = 3


@dataclass
class Timeline:
    """The frames of the stretch: pts, where the last ends, the camera's offset on each; which were looked at."""

    end: int
    pts: list[int] = field(default_factory=list)
    offsets: list[Offset] = field(default_factory=list)
    looks: list[int] = field(default_factory=list)

    def end_of(self, frame: int) -> int:
        """Where a frame gives way to the next."""
        return self.pts[frame + 1] if frame + 1 < len(self.pts) else self.end

    def unseen_around(self, first: int, last: int) -> range:
        """From the frame after the look before `first` to the frame before the look after `last`."""
        before, after = bisect_left(self.looks, first), bisect_right(self.looks, last)
        start = self.looks[before - 1] + 1 if before else 0
        return range(start, self.looks[after] if after < len(self.looks) else len(self.pts))


@dataclass(frozen=True)
class Resolver:
    """Turns what one detector found into tracks of a picture of this size."""

    timeline: Timeline
    size: tuple[int, int]
    kind: TrackKind
    found_by: str

    def track(self, linked: Linked, name: str) -> FoundTrack | None:
        """The track; None where all of it lies outside the picture."""
        runs = [run for run in map(self._run, linked.pieces) if run is not None]
        if not runs:
            return None
        scores = sorted(linked.scores, reverse=True)
        return FoundTrack(
            id=name,
            kind=self.kind,
            found_by=self.found_by,
            score=round(_mean(scores[: max(BEST_LOOKS, len(scores) // 2)]), 3),
            is_doubtful=not _is_sure(linked, scores),
            looks=len(scores),
            thumbnail=self._thumbnail(linked),
            runs=tuple(runs),
        )

    def _run(self, piece: Tracklet) -> FoundRun | None:
        frames, path = self._path(piece)
        rows = [(frame, box) for frame, box in zip(frames, path, strict=True) if self._is_inside(box)]
        if not rows:
            return None
        first, last = rows[0][0], rows[-1][0]
        kept = simplified([frame for frame, _ in rows], np.array([box for _, box in rows]), self.timeline.pts)
        return FoundRun(
            start=self.timeline.pts[first],
            end=self.timeline.end_of(last),
            boxes=tuple(whole(self.timeline.pts[rows[at][0]], rows[at][1]) for at in kept),
            bridged=tuple(self._bridged(piece)),
        )

    def _path(self, piece: Tracklet) -> tuple[list[int], Path]:
        """The box on every frame on which it may have been there, the camera's motion put back.

        It came some time after the look before its first find, and went some time before the look after its last.
        """
        frames = list(self.timeline.unseen_around(piece.frames[0], piece.frames[-1]))
        at = np.array([self.timeline.pts[frame] for frame in frames], dtype=np.float64)
        seen = np.array([self.timeline.pts[frame] for frame in piece.frames], dtype=np.float64)
        boxes = np.array(piece.boxes)
        path = np.stack([np.interp(at, seen, boxes[:, side]) for side in range(4)], axis=1)
        path[:, 0] += [self.timeline.offsets[frame].x for frame in frames]
        path[:, 1] += [self.timeline.offsets[frame].y for frame in frames]
        return frames, path

    def _is_inside(self, box: Path) -> bool:
        return bool(
            box[0] < self.size[0] - 1 and box[1] < self.size[1] - 1 and box[0] + box[2] > 1 and box[1] + box[3] > 1
        )

    def _bridged(self, piece: Tracklet) -> list[tuple[int, int]]:
        gaps = zip(range(len(piece.frames) - 1), piece.times, piece.times[1:], strict=False)
        return [
            (self.timeline.end_of(piece.frames[at]), self.timeline.pts[piece.frames[at + 1]])
            for at, before, after in gaps
            if after - before > MISSED_S / 2
        ]

    def _thumbnail(self, linked: Linked) -> tuple[int, int, int, int, int]:
        """The find that is large and sure."""
        best = max(
            (row for piece in linked.pieces for row in zip(piece.frames, piece.boxes, piece.scores, strict=True)),
            key=lambda row: row[2] * float(np.sqrt(row[1][2] * row[1][3])),
        )
        offset = self.timeline.offsets[best[0]]
        return whole(self.timeline.pts[best[0]], best[1] + np.array([offset.x, offset.y, 0.0, 0.0]))


def whole(pts: int, box: Path) -> tuple[int, int, int, int, int]:
    """The smallest box of whole pixels around one."""
    left, top = floor(box[0]), floor(box[1])
    return pts, left, top, max(ceil(box[0] + box[2]) - left, 1), max(ceil(box[1] + box[3]) - top, 1)


def simplified(frames: Sequence[int], path: Path, pts: Sequence[int]) -> list[int]:
    """Which rows to keep so that straight lines between them stay near all of the path (Douglas and Peucker)."""
    at = np.array([pts[frame] for frame in frames], dtype=np.float64)
    corners = np.concatenate([path[:, :2], path[:, :2] + path[:, 2:]], axis=1)
    near = np.maximum(TOLERANCE * np.sqrt(np.abs(path[:, 2] * path[:, 3])), 0.5)
    kept = {0, len(frames) - 1}
    stretches = [(0, len(frames) - 1)]
    while stretches:
        first, last = stretches.pop()
        if last - first < 2:
            continue
        weight = ((at[first : last + 1] - at[first]) / (at[last] - at[first]))[:, None]
        line = corners[first] * (1 - weight) + corners[last] * weight
        off = np.abs(corners[first : last + 1] - line).max(axis=1) / near[first : last + 1]
        worst = int(off.argmax())
        if off[worst] > 1:
            kept.add(first + worst)
            stretches += [(first, first + worst), (first + worst, last)]
    return sorted(kept)


def _is_sure(linked: Linked, scores: Sequence[float]) -> bool:
    length_s = sum(piece.times[-1] - piece.times[0] for piece in linked.pieces)
    best = _mean(scores[:BEST_LOOKS])
    is_clear = len(scores) >= SURE_LOOKS and length_s >= SURE_LENGTH_S and best >= SURE_BEST
    return is_clear or (len(scores) >= LONG_LOOKS and best >= LONG_BEST)


def _mean(values: Sequence[float]) -> float:
    return float(sum(values) / len(values)) if values else 0.0
