"""One recording of several files on one time line: frames numbered through, seconds running on, exactly.

Pure. A camera cuts one capture into parts; people see one recording. The time line here is that of the *pictures*: each
part lasts from its first frame to the end of its last, and the next begins there, as in a copy made of both. Nothing is
said of gaps between the parts: what the camera did not keep has no frames. A newcomer's trap: a part's shown seconds
need not begin at zero. Those of the first part are kept, so that a recording of one file counts as its player does.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from workers.media.frame_index import FrameIndex
from workers.media.timeline import TimeBasesDiffer as TimeBasesDiffer
from workers.media.timeline import common_base

Span = tuple[int, int, int]
"""Part, first frame in it, and the first one that is not meant any more."""


class Reel:
    """The parts' frame indexes in order, at least one, as one index: frames are numbered from 0 on."""

    def __init__(self, indexes: Sequence[FrameIndex]) -> None:
        if not indexes:
            raise ValueError("a reel has at least one part")
        self.indexes = tuple(indexes)

    @cached_property
    def firsts(self) -> tuple[int, ...]:
        """The number of each part's first frame; one more than there are parts, the last being the count of all."""
        found = [0]
        for index in self.indexes:
            found.append(found[-1] + index.frame_count)
        return tuple(found)

    @cached_property
    def starts_s(self) -> tuple[Fraction, ...]:
        """The second at which each part begins; one more than there are parts, the last being the end of all."""
        found = [self.indexes[0].seconds_of(0)]
        for index in self.indexes:
            found.append(found[-1] + (index.end_pts - index.pts_of(0)) * index.time_base)
        return tuple(found)

    @property
    def frame_count(self) -> int:
        """Of all parts."""
        return self.firsts[-1]

    @property
    def end_s(self) -> Fraction:
        """Where the last frame ends."""
        return self.starts_s[-1]

    @cached_property
    def tick(self) -> Fraction:
        """Seconds of which all parts' ticks are whole multiples. Raises TimeBasesDiffer."""
        return common_base(index.time_base for index in self.indexes)

    def pts_of(self, frame: int) -> int:
        """When a frame begins, in ticks of the reel from its beginning; IndexError for one that there is not."""
        part, local = self.locate(frame)
        index = self.indexes[part]
        return self._ticks(self.starts_s[part]) + (index.pts_of(local) - index.pts_of(0)) * self.ticks_of(part)

    def end_of(self, frame: int) -> int:
        """When it gives way to the next, or ends."""
        self.locate(frame)
        return self.pts_of(frame + 1) if frame + 1 < self.frame_count else self._ticks(self.end_s)

    def ticks_of(self, part: int) -> int:
        """Ticks of the reel in one of a part."""
        return int(self.indexes[part].time_base / self.tick)

    def ticks_in(self, part: int) -> range:
        """The ticks of the reel that a part fills."""
        return range(self._ticks(self.starts_s[part]), self._ticks(self.starts_s[part + 1]))

    def _ticks(self, seconds: Fraction) -> int:
        return int((seconds - self.starts_s[0]) / self.tick)

    def locate(self, frame: int) -> tuple[int, int]:
        """The part of a frame and its number in it. Raises IndexError for a frame that there is not."""
        if not 0 <= frame < self.frame_count:
            raise IndexError(frame)
        part = bisect_right(self.firsts, frame) - 1
        return part, frame - self.firsts[part]

    def edge_s(self, frame: int) -> Fraction:
        """The second at which a frame begins; `frame_count` gives the end of the last."""
        if frame == self.frame_count:
            return self.end_s
        part, local = self.locate(frame)
        index = self.indexes[part]
        return self.starts_s[part] + (index.pts_of(local) - index.pts_of(0)) * index.time_base

    def frame_at(self, seconds: Fraction) -> int:
        """The frame on show at a second: the last that has begun; the first before all, the last after all."""
        part = max(min(bisect_right(self.starts_s, seconds), len(self.indexes)) - 1, 0)
        index = self.indexes[part]
        local = index.frame_of_pts((seconds - self.starts_s[part]) // index.time_base + index.pts_of(0))
        return self.firsts[part] + local

    def spans(self, first: int, end: int) -> Iterator[Span]:
        """The stretches of the parts that frames [first, end) are made of, in order."""
        for part, (begins, ends) in enumerate(zip(self.firsts, self.firsts[1:], strict=False)):
            low, high = max(first, begins), min(end, ends)
            if low < high:
                yield part, low - begins, high - begins
