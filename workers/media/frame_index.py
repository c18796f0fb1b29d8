"""The frame index as the rest of the product reads it: frame numbers and the pts they name, one to one.

Light: no av, no cv2. **Times.** ``pts`` are stored ticks before edit lists, as recipes count; *shown* seconds are what
a browser's ``video.currentTime`` says for the same file: ``shown = (pts - presentation_offset) * time_base``, exactly.
A remux or proxy has an index of its own; frame numbers, not seconds, carry over between them.

Only frames that players show are in an index: frame 0 is the first that anybody can see. Those that an edit list hides
are counted in ``hidden`` (before, after) and have no number, so that nothing can be cut from them or be kept of them.

**File** (JSON): ``pts`` is run-length coded as ``[first, delta, count, delta, count, ...]`` in display order, ``keys``
and ``refreshes`` the same over frame numbers; each ascends strictly. Constant rate costs a few bytes however long the
recording is.
"""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

from workers.media.errors import DamagedIndex

VERSION = 1
MAX_FRAMES = 20_000_000
MAX_FILE_BYTES = 256 * 1024 * 1024
PLAYER_TOLERANCE_S = Fraction(1, 100_000)


@dataclass(frozen=True, kw_only=True)
class FrameIndex:
    """All frames of one video stream in display order.

    ``keys`` are frames that decode alone, ``refreshes`` those after which nothing refers back (H.264 IDR, HEVC IDR):
    only there may a stream be cut without touching neighbours. ``end_pts`` is where the last frame ends.
    ``audio_offset`` and ``audio_time_base`` are those of the first audio stream, or None: its shift is its own.
    ``audio_range`` is what is heard of it, in stored ticks; None where that is not known.
    """

    stream: int
    time_base: Fraction
    presentation_offset: int
    pts: Sequence[int]
    end_pts: int
    keys: Sequence[int]
    refreshes: Sequence[int]
    audio_time_base: Fraction | None = None
    audio_offset: int | None = None
    audio_range: tuple[int, int] | None = None
    hidden: tuple[int, int] = (0, 0)

    @property
    def frame_count(self) -> int:
        """Number of frames; frames are numbered from 0."""
        return len(self.pts)

    def pts_of(self, frame: int) -> int:
        """Stored pts of a frame; raises IndexError outside ``0 <= frame < frame_count``."""
        if not 0 <= frame < len(self.pts):
            raise IndexError(frame)
        return self.pts[frame]

    def frame_of_pts(self, pts: int) -> int:
        """The frame on show at a stored pts: the last whose pts is not later; the first frame before that."""
        return max(bisect_right(self.pts, pts) - 1, 0)

    def frame_at(self, shown: Fraction) -> int:
        """The frame on show at a shown time in seconds (``video.currentTime``): last pts <= t."""
        return self.frame_of_pts(shown // self.time_base + self.presentation_offset)

    def frame_of_player_time(self, current_time_s: float) -> int:
        """``frame_at`` for a float from a browser, whose clock cuts times to microseconds and so falls just short."""
        return self.frame_at(Fraction(current_time_s) + PLAYER_TOLERANCE_S)

    def seconds_of(self, frame: int) -> Fraction:
        """Shown time in seconds at which a frame appears, exactly."""
        return (self.pts_of(frame) - self.presentation_offset) * self.time_base

    def end_of(self, frame: int) -> int:
        """Stored pts at which a frame gives way to the next (or ends, for the last): a half-open end."""
        self.pts_of(frame)
        return self.pts[frame + 1] if frame + 1 < len(self.pts) else self.end_pts

    def refresh_before(self, frame: int) -> int | None:
        """The last refresh at or before a frame; None where the stream has none there."""
        at = bisect_right(self.refreshes, frame)
        return self.refreshes[at - 1] if at else None

    def refresh_after(self, frame: int) -> int | None:
        """The first refresh at or after a frame; None behind the last."""
        at = bisect_left(self.refreshes, frame)
        return self.refreshes[at] if at < len(self.refreshes) else None

    def write(self, path: Path) -> int:
        """Write the file described above; returns its bytes."""
        text = json.dumps(
            {
                "v": VERSION,
                "stream": self.stream,
                "time_base": [self.time_base.numerator, self.time_base.denominator],
                "presentation_offset": self.presentation_offset,
                "pts": _pack(self.pts),
                "end_pts": self.end_pts,
                "keys": _pack(self.keys),
                "refreshes": _pack(self.refreshes),
                "audio": self._audio_obj(),
                "hidden": list(self.hidden),
            },
            separators=(",", ":"),
        )
        return path.write_text(text, encoding="ascii")

    def _audio_obj(self) -> dict[str, object] | None:
        if self.audio_time_base is None:
            return None
        base = self.audio_time_base
        heard = list(self.audio_range) if self.audio_range is not None else None
        return {
            "time_base": [base.numerator, base.denominator],
            "presentation_offset": self.audio_offset or 0,
            "range": heard,
        }

    @classmethod
    def read(cls, path: Path) -> "FrameIndex":
        """Read a file made by ``write``; raises DamagedIndex when it is not one (it may come from hostile bytes)."""
        if path.stat().st_size > MAX_FILE_BYTES:
            raise DamagedIndex("The frame index is larger than any recording needs. Prepare the recording again.")
        return cls.parse(path.read_bytes())

    @classmethod
    def parse(cls, content: bytes) -> "FrameIndex":
        """The index from the bytes of its file; raises DamagedIndex."""
        try:
            return cls._from_obj(json.loads(content))
        except (ValueError, KeyError, TypeError, ZeroDivisionError, OverflowError) as error:
            raise DamagedIndex("The frame index cannot be read. Prepare the recording again.") from error

    @classmethod
    def _from_obj(cls, obj: Any) -> "FrameIndex":
        if obj["v"] != VERSION:
            raise ValueError(obj["v"])
        audio = obj["audio"]
        return cls(
            stream=_whole(obj["stream"]),
            time_base=_ratio(obj["time_base"]),
            presentation_offset=_whole(obj["presentation_offset"]),
            pts=_unpack(obj["pts"]),
            end_pts=_whole(obj["end_pts"]),
            keys=_unpack(obj["keys"]),
            refreshes=_unpack(obj["refreshes"]),
            audio_time_base=_ratio(audio["time_base"]) if audio else None,
            audio_offset=_whole(audio["presentation_offset"]) if audio else None,
            # neither was written before frames could be hidden
            audio_range=_pair(audio["range"]) if audio and audio.get("range") else None,
            hidden=_pair(obj.get("hidden", [0, 0])),
        )


def _whole(value: object) -> int:
    if type(value) is not int:
        raise TypeError(value)
    return value


def _pair(value: Any) -> tuple[int, int]:
    first, second = value
    return _whole(first), _whole(second)


def _ratio(value: Any) -> Fraction:
    numerator, denominator = value
    ratio = Fraction(_whole(numerator), _whole(denominator))
    if ratio <= 0:
        raise ValueError(value)
    return ratio


def _pack(values: Sequence[int]) -> list[int]:
    """``[first, delta, count, ...]``; the empty sequence is the empty list."""
    if not values:
        return []
    packed = [values[0]]
    for earlier, later in pairwise(values):
        delta = later - earlier
        if len(packed) > 1 and packed[-2] == delta:
            packed[-1] += 1
        else:
            packed += [delta, 1]
    return packed


def _unpack(packed: Any) -> tuple[int, ...]:
    if not packed:
        return ()
    runs = [_whole(number) for number in packed]
    values = [runs[0]]
    for delta, count in zip(runs[1::2], runs[2::2], strict=True):
        if delta <= 0 or not 0 < count <= MAX_FRAMES - len(values):
            raise ValueError(delta, count)
        values.extend(range(values[-1] + delta, values[-1] + delta * count + 1, delta))
    return tuple(values)
