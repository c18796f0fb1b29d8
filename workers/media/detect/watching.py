"""Goes through a stretch of a recording once: every frame decoded and its camera motion measured, some looked at.

A look is due every LOOK_EVERY_S. Pictures are scaled straight from the decoder's planes, once a size, and looked at
side by side by a few threads while decoding goes on. Where nothing has moved since the last look, the detectors are
spared and what was found still holds.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation

from workers.media.detect.detectors import Answer, Boxes, Guarded, Picture
from workers.media.detect.motion import CameraMotion, Grey, Offset, grey_of, is_still
from workers.media.frames import SourceFrames
from workers.media.picture import UNSPECIFIED, colour_of, default_matrix

LOOK_EVERY_S = Fraction(15, 100)
"""Every fifth frame of 30 a second, every fourth of 25."""
SPARED_AT_MOST_S = Fraction(1)
THREADS = 2
AHEAD = 2 * THREADS


@dataclass(frozen=True, slots=True)
class Look:
    """What each detector found on a frame, in shown pixels; `is_spared`: taken over from the look before."""

    answers: tuple[Answer, ...]
    is_spared: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One frame of the stretch: its number in it, pts, the camera's offset since the first, a look where due."""

    number: int
    pts: int
    offset: Offset
    look: Look | None


@dataclass(frozen=True, slots=True)
class _Waiting:
    step: Step
    coming: Future[Look] | None


class Watch:
    """Reads `frames` and shows pictures to `detectors`, which share them by the size that they want."""

    def __init__(self, frames: SourceFrames, detectors: Sequence[Guarded], *, every_s: Fraction = LOOK_EVERY_S) -> None:
        self._frames, self._detectors, self._every_s = frames, detectors, every_s
        self._video = frames.video
        self._base = Fraction(*frames.video.time_base)
        self._sizes = [detector.size(self._video.width, self._video.height) for detector in detectors]

    def steps(self, start: int, end: int) -> Iterator[Step]:
        """All frames with start <= pts < end in the order shown; raises DetectorFailed and as SourceFrames."""
        waiting: deque[_Waiting] = deque()
        with ThreadPoolExecutor(THREADS) as pool, closing(self._asked(pool, start, end)) as asked:
            coming = 0
            for row in asked:
                waiting.append(row)
                coming += row.coming is not None
                while coming > AHEAD:
                    step = waiting.popleft()
                    coming -= step.coming is not None
                    yield _come(step)
                while waiting and (waiting[0].coming is None or waiting[0].coming.done()):
                    step = waiting.popleft()
                    coming -= step.coming is not None
                    yield _come(step)
            yield from map(_come, waiting)

    def _asked(self, pool: ThreadPoolExecutor, start: int, end: int) -> Generator[_Waiting, None, None]:
        motion = CameraMotion(shown_width=self._video.width)
        last: tuple[Fraction, Grey, Future[Look]] | None = None
        due: Fraction | None = None
        for number, read in enumerate(self._frames.read(start, end)):
            frame = read.frame
            grey = grey_of(frame, self._video.rotation)
            step = Step(number=number, pts=int(frame.pts or 0), offset=motion.take(grey), look=None)
            at_s = step.pts * self._base
            if due is not None and at_s < due:
                yield _Waiting(step, None)
                continue
            due = at_s + self._every_s
            if last is not None and at_s - last[0] < SPARED_AT_MOST_S and is_still(last[1], grey):
                yield _Waiting(step, _spared(last[2]))
                continue
            seen = pool.submit(self._look, self._pictures(frame))
            last = at_s, grey, seen
            yield _Waiting(step, seen)

    def _pictures(self, frame: VideoFrame) -> dict[tuple[int, int], Picture]:
        return {size: picture_of(frame, self._video.rotation, size) for size in set(self._sizes)}

    def _look(self, pictures: dict[tuple[int, int], Picture]) -> Look:
        answers = []
        for detector, size in zip(self._detectors, self._sizes, strict=True):
            answer = detector.detect(pictures[size])
            scale = self._video.width / size[0], self._video.height / size[1]
            answers.append(replace(answer, boxes=_scaled(answer.boxes, *scale)))
        return Look(answers=tuple(answers))


def picture_of(frame: VideoFrame, rotation: int, size: tuple[int, int]) -> Picture:
    """The frame as RGB, upright, of this width and height."""
    width, height = size if rotation % 180 == 0 else size[::-1]
    colour = colour_of(frame)
    small = frame.reformat(
        width=width,
        height=height,
        format="rgb24",
        src_colorspace=default_matrix(frame.height) if colour.matrix == UNSPECIFIED else colour.matrix,
        src_color_range=ColorRange.JPEG if colour.is_full_range else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=Interpolation.AREA,
        threads=1,
    )
    return np.ascontiguousarray(np.rot90(small.to_ndarray(), -(rotation // 90))).astype(np.uint8, copy=False)


def _scaled(boxes: Boxes, across: float, down: float) -> Boxes:
    return (boxes * np.array([across, down, across, down, 1.0], dtype=np.float32)).astype(np.float32)


def _spared(seen: Future[Look]) -> Future[Look]:
    """What was found before, once it is known."""
    again: Future[Look] = Future()

    def hand_on(done: Future[Look]) -> None:
        error = done.exception()
        if error is not None:
            again.set_exception(error)
        else:
            again.set_result(Look(answers=tuple(Answer(row.boxes) for row in done.result().answers), is_spared=True))

    seen.add_done_callback(hand_on)
    return again


def _come(row: _Waiting) -> Step:
    return row.step if row.coming is None else replace(row.step, look=row.coming.result())
