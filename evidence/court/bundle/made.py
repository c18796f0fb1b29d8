"""How a working copy was made, in words: what was kept, covered and muted, in its parent's time and on the clock.

Read from the recipe, whose hash stands in the custody record. A newcomer's trap: what is written here is what the
recipe says; boxes and mutes reach a little further, by the margins that the last line tells.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from evidence.court.lineage import Clock, Cut, clock_of, cut_of, is_salvage, is_transcode, source_of
from evidence.editing.drawing import NAMES
from evidence.editing.reasons import COVER_REASONS
from evidence.http.templatetags.words import timecode
from evidence.recordings.models import Kind, Recording
from evidence.recordings.queries import parts_of
from workers.media.recipe import AudioRange, Track

_REASONS = dict(COVER_REASONS)
_COVERS = {"solid": "covered with a solid {shape}", "pixelate": "pixelated in a {shape}"}
UNTOLD = "not known"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done. `where` in the parent's time, `when` it was recorded; '' where that says nothing."""

    what: str
    where: str = ""
    when: str = ""


def made_from(recording: Recording) -> str:
    """From which file it was made: 'part 2 of the Master 0b1c..., SHA-256 ...'; '' for a Master."""
    parent, source = recording.parent, source_of(recording)
    if parent is None:
        return ""
    what = "Master" if parent.is_master else parent.get_kind_display()
    part = f"part {source.part} of the " if source and len(parts_of(parent)) > 1 else "the "
    if len(recording.parents_sha256) > 1:
        part = f"{len(recording.parents_sha256)} parts, one after the other, of the "
    return f"{part}{what} {parent.id}, SHA-256 {', '.join(recording.parents_sha256)}"


def deeds_of(recording: Recording) -> tuple[Deed, ...]:
    """What was done to make it, in order; empty for a Master.

    Raises:
        VaultUnavailable: the parent's frame index cannot be read now.
    """
    if recording.parent is None:
        return ()
    if is_transcode(recording):
        return (Deed("Encoded anew as a whole, as a plain MP4; nothing was cut out, covered or muted."),)
    if is_salvage(recording):
        return tuple(_salvaged(recording))
    cut = cut_of(recording)
    if cut is None:
        return (Deed("What was done stands in its recipe on this disc; it cannot be put in times here."),)
    told = _Told(recording, cut, clock_of(recording.parent))
    return tuple(told.deeds())


def _salvaged(recording: Recording) -> Iterator[Deed]:
    yield Deed("Put together from a recording that lost its index; pictures and sound are as they were coded.")
    yield from (Deed(f"Assumed: {row['sentence']}") for row in (recording.statement or {}).get("assumed", ()))


def summary_of(deeds: tuple[Deed, ...]) -> str:
    """The same in one line, for pages with many exhibits: the first deeds, and how many more."""
    said = [" ".join(part for part in (deed.what, deed.where) if part) for deed in deeds[:3]]
    more = f" And {len(deeds) - 3} more in the continuity report." if len(deeds) > 3 else ""
    return "; ".join(said).rstrip(".") + "." + more if said else ""


def moment_words(at: datetime | None) -> str:
    """'22 Nov 2026 19:04:31.480 UTC'."""
    return f"{at.astimezone(UTC):%d %b %Y %H:%M:%S}.{at.microsecond // 1000:03d} UTC" if at else UNTOLD


class _Told:
    """One recipe as it is put in words."""

    def __init__(self, recording: Recording, cut: Cut, clock: Clock) -> None:
        self._recording, self._cut, self._clock = recording, cut, clock

    def deeds(self) -> Iterator[Deed]:
        if self._recording.kind == Kind.STILL:
            yield self._still()
        else:
            yield from self._segments()
        yield from self._tracks()
        for cover in self._cut.recipe.frames:
            verb = "pixelated" if cover.effect == "pixelate" else "covered solid"
            yield self._deed(
                f"Whole picture {verb}", self._shown(cover.start, cover.source), self._shown(cover.end, cover.source)
            )
        for mute in self._cut.recipe.audio:
            yield self._muted(mute)
        if self._cut.recipe.output.audio == "drop" and self._recording.kind != Kind.STILL:
            yield Deed("Sound left out entirely")
        yield from self._written()
        yield from self._margins()

    def _still(self) -> Deed:
        start = self._cut.recipe.segments[0].start
        seconds = self._shown(start, 0)
        frame = self._cut.pieces[0].footage.index.frame_of_pts(start)
        return Deed(f"Frame {frame} (counted from 0)", f"at {timecode(seconds)}", moment_words(self._at(seconds)))

    def _segments(self) -> Iterator[Deed]:
        count = len(self._cut.stretches)
        for number, (start, end) in enumerate(self._cut.stretches, 1):
            yield self._deed("Kept" if count == 1 else f"Kept, stretch {number} of {count}", start, end)

    def _tracks(self) -> Iterator[Deed]:
        covered = [track for track in self._cut.recipe.tracks if track.effect != "none"]
        if covered:
            yield Deed(f"{len(covered)} covered track{'s' if len(covered) > 1 else ''}")
        for number, track in enumerate(covered, 1):
            for run in track.runs:
                what = f"Track {number}: {_cover_words(track)}"
                yield self._deed(what, self._shown(run.start, track.source), self._shown(run.end, track.source))

    def _muted(self, mute: AudioRange) -> Deed:
        what = "Sound replaced by a tone" if mute.effect == "bleep" else "Sound muted"
        start, end = (self._cut.heard_s(at, mute.source) for at in (mute.start, mute.end))
        return self._deed(f"{what}{_why(mute.reason)}", start, end)

    def _written(self) -> Iterator[Deed]:
        overlay = self._cut.recipe.overlay
        if overlay is None:
            return
        said = [f"the caption '{overlay.caption}'"] if overlay.caption else []
        said += ["the time"] if overlay.time != "none" else []
        said += [f"the name '{overlay.viewer}'"] if overlay.viewer else []
        yield Deed(f"Written on every picture: {', '.join(said)}")

    def _margins(self) -> Iterator[Deed]:
        params = self._cut.recipe.params
        if self._cut.recipe.tracks:
            held = f"held {params.hold_frames} frames longer at both ends"
            yield Deed(f"Margins: boxes are {params.pad_pct} % larger than drawn and {held}")
        if self._cut.recipe.audio:
            yield Deed(f"Margins: mutes reach {params.mute_widen_ms} ms further at both ends")

    def _deed(self, what: str, start: Fraction, end: Fraction) -> Deed:
        from_at, to_at = self._at(start), self._at(end, is_end=True)
        when = f"{moment_words(from_at)} to {moment_words(to_at)}" if from_at and to_at else UNTOLD
        return Deed(what, f"{timecode(self._whole(start))} to {timecode(self._whole(end))}", when)

    def _at(self, seconds: Fraction, *, is_end: bool = False) -> datetime | None:
        offset_s = self._cut.offset_s
        return None if offset_s is None else self._clock.at(seconds + offset_s, is_end=is_end)

    def _shown(self, pts: int, source: int) -> Fraction:
        return self._cut.shown_s(pts, source)

    def _whole(self, seconds: Fraction) -> Fraction:
        """As a player of the whole recording counts; of its part alone where nobody knows where that begins."""
        return seconds + (self._cut.offset_s or 0)


def _cover_words(track: Track) -> str:
    shape = {"box": "box", "ellipse": "ellipse"}.get(track.shape, track.shape)
    cover = _COVERS.get(track.effect, track.effect).format(shape=shape)
    outside = "everything outside of it, " if track.inverse else ""
    return f"{NAMES.get(track.kind, track.kind)}, {outside}{cover}{_why(track.reason)}"


def _why(reason: str) -> str:
    return f" ({_REASONS.get(reason, reason)})" if reason else ""
