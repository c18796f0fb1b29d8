"""Where what a recipe names lies: in seconds and frames of what it was made from, and in seconds of the copy.

Recipes count stored ticks; people count what a player shows, and the frame index of each source has the shift between
the two. A newcomer's trap: what was cut away is nowhere in the copy, and what is shown twice is in it twice.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from evidence.court.lineage import offset_of
from evidence.editing.errors import NotEditable
from evidence.editing.footage import footage_of
from evidence.recordings.models import RecordingFile
from workers.media.frame_index import FrameIndex
from workers.media.recipe import Recipe, Source

Stretch = tuple[Fraction, Fraction]
"""Seconds, from and up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """One stretch. `source`: of the recording it was made from, None where its frame index cannot be read; `frames`:
    first and last of that file, None for sound; `copy`: where it is in the copy, empty where all of it was cut away."""

    source: Stretch | None
    frames: tuple[int, int] | None
    copy: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class _SourceTimes:
    """One source. `begins_s`: where its file begins in the whole recording."""

    video_base: Fraction
    audio_base: Fraction | None
    index: FrameIndex | None
    begins_s: Fraction

    def shown_s(self, pts: int) -> Fraction:
        return (pts - (self.index.presentation_offset if self.index else 0)) * self.video_base

    def heard_s(self, pts: int) -> Fraction | None:
        """None where nobody knows how the sound lies beside the picture."""
        if self.index is None or self.audio_base is None:
            return None
        return (pts - (self.index.audio_offset or 0)) * self.audio_base


class Times:
    """The times of one recipe. Opens the frame index of each source.

    Raises:
        VaultUnavailable: an index cannot be read now; try again.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._recipe = recipe
        self._sources = [_times_of(source) for source in recipe.sources]

    def segments(self) -> list[Where]:
        """What was kept, in the order of the copy."""
        found: list[Where] = []
        at = Fraction(0)
        for segment in self._recipe.segments:
            times = self._sources[segment.source]
            start, end = times.shown_s(segment.start), times.shown_s(segment.end)
            frames = _frames(times, segment.start, segment.end)
            place = (at, at + end - start)
            found.append(Where(source=_in_source(times, start, end), frames=frames, copy=(place,)))
            at = place[1]
        return found

    def picture(self, source: int, start: int, end: int) -> Where:
        """A stretch of stored ticks of the picture."""
        times = self._sources[source]
        from_s, to_s = times.shown_s(start), times.shown_s(end)
        return Where(
            source=_in_source(times, from_s, to_s), frames=_frames(times, start, end),
            copy=tuple(self._in_copy(source, from_s, to_s)),
        )  # fmt: skip

    def sound(self, source: int, start: int, end: int) -> Where:
        """A stretch of stored ticks of the sound."""
        times = self._sources[source]
        from_s, to_s = times.heard_s(start), times.heard_s(end)
        if from_s is None or to_s is None:
            return Where(source=None, frames=None, copy=())
        return Where(
            source=_in_source(times, from_s, to_s), frames=None, copy=tuple(self._in_copy(source, from_s, to_s))
        )

    def _in_copy(self, source: int, from_s: Fraction, to_s: Fraction) -> Sequence[Stretch]:
        found: list[Stretch] = []
        at = Fraction(0)
        for segment in self._recipe.segments:
            times = self._sources[segment.source]
            begin, end = times.shown_s(segment.start), times.shown_s(segment.end)
            first, last = max(from_s, begin), min(to_s, end)
            if segment.source == source and first < last:
                found.append((at + first - begin, at + last - begin))
            at += end - begin
        return found


def _times_of(source: Source) -> _SourceTimes:
    file = RecordingFile.objects.select_related("recording", "stored").filter(pk=source.file).first()
    base = source.video or source.audio
    return _SourceTimes(
        video_base=Fraction(*base.time_base) if base else Fraction(1),
        audio_base=Fraction(*source.audio.time_base) if source.audio else None,
        index=_index_of(file) if file else None,
        begins_s=(offset_of(file) if file else None) or Fraction(0),
    )  # fmt: skip


def _index_of(file: RecordingFile) -> FrameIndex | None:
    try:
        return footage_of(file.recording, file.part).index
    except NotEditable:
        return None


def _in_source(times: _SourceTimes, start: Fraction, end: Fraction) -> Stretch | None:
    if times.index is None:
        return None
    return max(start, Fraction(0)) + times.begins_s, max(end, Fraction(0)) + times.begins_s


def _frames(times: _SourceTimes, start: int, end: int) -> tuple[int, int] | None:
    if times.index is None:
        return None
    first, after = bisect_left(times.index.pts, start), bisect_left(times.index.pts, end)
    return (first, after - 1) if first < after else None
