"""A box drawn by a person, followed forwards and backwards through the recording; and a correction of a track.

Backwards, the recording is read a chunk at a time and each chunk turned round: memory stays flat. What comes out says
where the thing was lost and where it was taken up again; nothing is covered where it was not seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from av.video.frame import VideoFrame

from workers.media.detect.detectors import Guarded, Picture
from workers.media.detect.follower import Follower
from workers.media.detect.kalman import Vector
from workers.media.detect.motion import Grey, grey_of
from workers.media.detect.report import FollowReport, FoundRun, Lost
from workers.media.detect.resolving import simplified, whole
from workers.media.detect.watching import picture_of
from workers.media.errors import BadRequest, NoFrames
from workers.media.frames import SourceFrames
from workers.media.progress import Progress
from workers.media.recipe_model import Box
from workers.media.reports import Finding

ACROSS_PX, ACROSS_MOST_PX = 640, 1280
THING_PX = 24
"""So long the drawn box's shorter side should be in the picture it is followed in."""
BRIDGED_FRAMES = 6
"""A gap of at most so many frames between two sights is filled in."""
CHUNK_FRAMES = 96
DETECT_EVERY = 5
LOST = "It was lost from sight. Look at that stretch yourself, and draw it again where it comes back."


@dataclass(frozen=True, slots=True)
class _Seen:
    pts: int
    grey: Grey
    picture: Picture | None


@dataclass
class _Path:
    """Where it was, by pts; and where it was not seen."""

    boxes: dict[int, Vector] = field(default_factory=dict)
    lost: list[int] = field(default_factory=list)


class Hand:
    """Follows drawn boxes in `frames`; a detector, where one is given, helps to find the thing again."""

    def __init__(self, frames: SourceFrames, detector: Guarded | None = None) -> None:
        self._frames, self._detector = frames, detector
        video = frames.video
        self._longest = max(video.width, video.height)
        self._across = ACROSS_PX
        self._size = detector.size(video.width, video.height) if detector is not None else (0, 0)

    def follow(self, box: Box, *, start: int, end: int) -> FollowReport:
        """The box on every frame of [start, end) on which it is seen. Raises BadRequest, NoFrames, as SourceFrames."""
        self._check(box, start, end)
        wanted = THING_PX * self._longest // min(box.w, box.h)
        self._across = min(max(wanted, ACROSS_PX), ACROSS_MOST_PX, self._longest)
        progress = Progress(stage="following", total=len(self._times(start, end)))
        path = _Path()
        first = next(self._read(box.pts, box.pts + 1), None)
        if first is None:
            raise NoFrames("The frame that the box is drawn on is damaged. Draw it on another.", pts=box.pts)
        self._go(first, box, self._read(box.pts + 1, end), path, progress)
        self._go(first, box, self._backwards(start, box.pts), path, progress)
        progress.finish(len(path.boxes) + len(path.lost))
        bridged = _bridged(path)
        lost = tuple(self._lost(path, start, end))
        return FollowReport(
            v=1,
            key=(box.pts, box.x, box.y, box.w, box.h),
            range=(start, end),
            frames=len(path.boxes) + len(path.lost),
            runs=tuple(self._runs(path, box, bridged)),
            lost=lost,
            findings=(Finding(code="lost", sentence=LOST),) if lost else (),
        )

    def _check(self, box: Box, start: int, end: int) -> None:
        index, video = self._frames.index, self._frames.video
        number = index.frame_of_pts(box.pts)
        if index.pts_of(number) != box.pts:
            raise BadRequest(f"No frame begins at {box.pts}. Draw the box on a frame of the recording.")
        if not start <= box.pts < end:
            raise BadRequest(f"The box is drawn at {box.pts}, outside {start} to {end}.")
        is_outside = box.x >= video.width or box.y >= video.height or box.x + box.w <= 0 or box.y + box.h <= 0
        if is_outside or min(box.w, box.h) < 4:
            raise BadRequest("The box is too small or outside the picture. Draw it around what is to be followed.")

    def _go(self, first: _Seen, box: Box, rest: Iterator[_Seen], path: _Path, progress: Progress) -> None:
        drawn = np.array([box.x, box.y, box.w, box.h], dtype=np.float64) * (self._across / self._longest)
        follower = Follower(first.grey, drawn)
        path.boxes[box.pts] = drawn
        for seen in rest:
            found = self._found(seen) if follower.is_lost else None
            where = follower.take(seen.grey, found)
            if where is None:
                path.lost.append(seen.pts)
            else:
                path.boxes[seen.pts] = where
            progress.step(len(path.boxes) + len(path.lost))

    def _found(self, seen: _Seen) -> list[Vector] | None:
        if self._detector is None or seen.picture is None:
            return None
        boxes = self._detector.detect(seen.picture).boxes[:, :4].astype(np.float64)
        return list(boxes * (seen.grey.shape[1] / seen.picture.shape[1]))

    def _times(self, start: int, end: int) -> Sequence[int]:
        index = self._frames.index
        first = index.frame_of_pts(start)
        first += index.pts_of(first) < start
        last = index.frame_of_pts(end - 1)
        return index.pts[first : last + 1]

    def _read(self, start: int, end: int) -> Iterator[_Seen]:
        if start >= end:
            return
        for number, frame in enumerate(self._frames.between(start, end)):
            yield self._seen(frame, is_asked=number % DETECT_EVERY == 0)

    def _backwards(self, start: int, end: int) -> Iterator[_Seen]:
        times = self._times(start, end) if start < end else ()
        for last in range(len(times), 0, -CHUNK_FRAMES):
            chunk = times[max(last - CHUNK_FRAMES, 0) : last]
            yield from reversed(list(self._read(chunk[0], chunk[-1] + 1)))

    def _seen(self, frame: VideoFrame, *, is_asked: bool) -> _Seen:
        rotation = self._frames.video.rotation
        picture = picture_of(frame, rotation, self._size) if is_asked and self._detector is not None else None
        return _Seen(int(frame.pts or 0), grey_of(frame, rotation, across_px=self._across), picture)

    def _runs(self, path: _Path, key: Box, bridged: Sequence[list[int]]) -> Iterator[FoundRun]:
        """A run for each unbroken stretch; the drawn box itself is always one of its boxes."""
        index = self._frames.index
        for stretch in _unbroken(sorted(path.boxes), path.lost):
            boxes = np.array([path.boxes[pts] for pts in stretch]) * (self._longest / self._across)
            kept = set(simplified(range(len(stretch)), boxes, stretch))
            rows = {stretch[at]: whole(stretch[at], boxes[at]) for at in kept}
            if key.pts in stretch:
                rows[key.pts] = (key.pts, key.x, key.y, key.w, key.h)
            end = index.end_of(index.frame_of_pts(stretch[-1]))
            filled = tuple(
                (gap[0], index.end_of(index.frame_of_pts(gap[-1]))) for gap in bridged if stretch[0] < gap[0] < end
            )
            yield FoundRun(start=stretch[0], end=end, boxes=tuple(rows[pts] for pts in sorted(rows)), bridged=filled)

    def _lost(self, path: _Path, start: int, end: int) -> Iterator[Lost]:
        index = self._frames.index
        for stretch in _unbroken(sorted(path.lost), list(path.boxes)):
            after = index.end_of(index.frame_of_pts(stretch[-1]))
            is_before_key = any(pts > stretch[-1] for pts in path.boxes)
            is_after_key = any(pts < stretch[0] for pts in path.boxes)
            yield Lost(start=stretch[0], end=after, is_found_again=is_before_key and is_after_key)


def _bridged(path: _Path) -> list[list[int]]:
    """Fills short gaps between two sights; gives the times filled."""
    seen = sorted(path.boxes)
    found = []
    for gap in list(_unbroken(sorted(path.lost), seen)):
        if len(gap) <= BRIDGED_FRAMES and seen[0] < gap[0] and gap[-1] < seen[-1]:
            before = max(pts for pts in seen if pts < gap[0])
            after = min(pts for pts in seen if pts > gap[-1])
            for pts in gap:
                part = (pts - before) / (after - before)
                path.boxes[pts] = path.boxes[before] * (1 - part) + path.boxes[after] * part
            found.append(gap)
    filled = {pts for gap in found for pts in gap}
    path.lost = [pts for pts in path.lost if pts not in filled]
    return found


def _unbroken(times: Sequence[int], between: Sequence[int]) -> Iterator[list[int]]:
    """The times in stretches that none of `between` parts."""
    breaks = sorted(between)
    stretch: list[int] = []
    at = 0
    for pts in times:
        is_parted = False
        while at < len(breaks) and breaks[at] < pts:
            is_parted, at = True, at + 1
        if is_parted and stretch:
            yield stretch
            stretch = []
        stretch.append(pts)
    if stretch:
        yield stretch
