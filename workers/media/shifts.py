"""What an edit list, or a container's habit, does to stored times: how far players shift them, what they never show.

MP4: its edit lists. WebM: nothing. Others: players start them at zero. Frames and samples that players do not show are
in the file all the same; nobody could have seen or heard them before a copy was made, so no copy may hold them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from workers.media import boxes, streams
from workers.media.boxes import Edits

MICROSECOND = Fraction(1, 1_000_000)
PARTS_OUT_OF_ORDER = (
    "The file's edit list plays parts of it out of order or at another speed, so its frames cannot be named one by "
    "one. Make a plain MP4 of it first, and edit that."
)


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Stored minus shown ticks of the pictures and of the first sound, each in its own time base.

    Players show pictures stored in [``video_start``, ``video_end``), and sound in the half-open ``heard``; None: no
    limit. ``is_plain`` is False where shown time is no plain shift of stored time.
    """

    video: int
    video_start: int | None
    video_end: int | None
    audio: int | None
    audio_time_base: Fraction | None
    heard: tuple[int, int] | None
    is_plain: bool


def shift_of(container: InputContainer, path: Path) -> Shift:
    """How far shown time lies behind stored time, and what is shown."""
    name = container.format.name
    edits = boxes.edits_by_track(path) if name.startswith("mov") else {}
    start = Fraction(container.start_time or 0) * MICROSECOND
    is_shifted_to_zero = not name.startswith(("mov", "matroska"))

    def ticks(edit: Edits | None, time_base: Fraction) -> int:
        if edit is not None:
            return edit.offset
        return round(start / time_base) if is_shifted_to_zero else 0

    video, audio = streams.main_video(container), streams.main_audio(container)
    seen = edits.get(video.id) if video is not None else None
    heard = edits.get(audio.id) if audio is not None else None
    audio_base = audio.time_base if audio is not None else None
    return Shift(
        video=ticks(seen, video.time_base) if video is not None and video.time_base else 0,
        video_start=seen.media_start if seen is not None else None,
        video_end=seen.media_end if seen is not None else None,
        audio=ticks(heard, audio_base) if audio is not None and audio_base else None,
        audio_time_base=audio_base,
        heard=_heard(heard),
        is_plain=all(edit is None or edit.is_plain for edit in (seen, heard)),
    )


def _heard(edit: Edits | None) -> tuple[int, int] | None:
    return (edit.media_start, edit.sound_end) if edit is not None and edit.sound_end is not None else None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The stored times, in order, of the frames that players show; how many are stored before and after them."""

    pts: list[int]
    end: int
    hidden: tuple[int, int]


def shown_of(pts: list[int], end: int, shift: Shift) -> Shown:
    """Which frames of ``pts`` (ascending, the last ending at ``end``) players show: all where no edit list limits them.

    A list whose parts play out of order has no such stretch: its frames stay as they are stored, and are not edited.
    """
    low, high = shift.video_start, shift.video_end
    if not shift.is_plain or low is None:
        return Shown(pts=pts, end=end, hidden=(0, 0))
    before = _count(at < low for at in pts)
    after = _count(at >= high for at in pts) if high is not None else 0
    if after and high is not None:
        end = high
    return Shown(pts=pts[before : len(pts) - after], end=end, hidden=(before, after))


def _count(claims: Iterable[bool]) -> int:
    return sum(1 for claim in claims if claim)
