"""Which decoded pictures are damaged: those the decoder mended itself, and those that may lean on them.

Decoders fill what is missing from neighbouring pictures and go on. What comes of that is not what the camera saw, and
everything up to the next key picture may be built on it, so all of it is called damaged: better too much than too
little.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from av.video.frame import PictureType, VideoFrame

MOST_HELD = 16
"""As many pictures as H.264 lets lean on one that is shown later (ITU-T H.264, max_num_reorder_frames)."""


@dataclass(frozen=True, slots=True)
class Read:
    """A decoded picture, and whether it is damaged or may lean on one that is."""

    frame: VideoFrame
    is_damaged: bool


class DamageWatch:
    """Takes pictures in the order shown and gives them back marked.

    B pictures lean on one that is shown after them, so they wait for the next that is none.
    """

    def __init__(self) -> None:
        self._is_tainted = False
        self._sent: int | None = None
        self._lost_at: int | None = None
        self._waiting: list[Read] = []

    def sent(self, pts: int | None) -> None:
        """A packet goes to the decoder."""
        if pts is not None:
            self._sent = pts if self._sent is None else max(self._sent, pts)

    def lost(self) -> None:
        """A packet gave no picture. The decoder runs ahead of what is shown: no key picture up to here ends it."""
        self._is_tainted, self._lost_at = True, self._sent

    def take(self, frame: VideoFrame) -> Iterator[Read]:
        """Take the next picture; gives those whose state is settled."""
        if frame.is_corrupt:
            self._is_tainted = True
        elif frame.key_frame and self._is_behind_loss(frame):
            self._is_tainted, self._lost_at = False, None
        self._waiting.append(Read(frame, self._is_tainted))
        if frame.pict_type != PictureType.B or len(self._waiting) > MOST_HELD:
            yield from self._settled(is_damaged=self._is_tainted)

    def rest(self) -> Iterator[Read]:
        """What still waits at the end."""
        yield from self._settled(is_damaged=self._is_tainted)

    def _is_behind_loss(self, frame: VideoFrame) -> bool:
        return self._lost_at is None or (frame.pts is not None and frame.pts > self._lost_at)

    def _settled(self, *, is_damaged: bool) -> Iterator[Read]:
        waiting, self._waiting = self._waiting, []
        yield from (Read(read.frame, read.is_damaged or is_damaged) for read in waiting)
