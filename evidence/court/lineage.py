"""The line from an exhibit back to its Master, and when what a working copy shows was recorded.

A newcomer's trap: the row of a working copy carries the time at which its parent began. What a clip shows began later;
that is read from its recipe here, through every copy on the way. Recipes count stored ticks, people count shown
seconds, and the frame index of the parent has the shift between them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from evidence.editing.errors import NotEditable
from evidence.editing.footage import Footage, footage_of
from evidence.recordings.joints import begins_of
from evidence.recordings.models import Recording, RecordingFile
from evidence.recordings.queries import parts_of
from workers.media.recipe import Recipe, RecipeError, recipe_parse

Seconds = tuple[Fraction, Fraction]
"""From, up to: in seconds from the start of the whole recording that is spoken of."""
_UNTOLD = "received"
"""`recorded_at_source` of a recording of which nobody said when it was made."""


def line_up(recording: Recording) -> Iterator[Recording]:
    """The recording itself, what it was made from, and so on to the Master."""
    current: Recording | None = recording
    while current is not None:
        yield current
        current = current.parent


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One file that a copy was made from. `ahead_s`: what its own seconds are told with more; 0 where it is the only
    one."""

    source: RecordingFile
    footage: Footage
    ahead_s: Fraction = Fraction(0)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A recipe held against the files it was made for, one piece for each of its sources.

    Seconds are those of the part where there is one, and `offset_s` is where that begins (None where not known); of
    several files they are those of the whole parent, and `offset_s` is 0.
    """

    recipe: Recipe
    pieces: tuple[Piece, ...]
    offset_s: Fraction | None

    @property
    def stretches(self) -> tuple[Seconds, ...]:
        """What was kept, in the order in which it is shown."""
        return tuple(
            (self.shown_s(row.start, row.source), self.shown_s(row.end, row.source)) for row in self.recipe.segments
        )

    @property
    def end_s(self) -> Fraction:
        """Where the last file ends."""
        return self.pieces[-1].ahead_s + self.pieces[-1].footage.end_s

    def shown_s(self, pts: int, source: int) -> Fraction:
        """A stored tick of a source's picture in seconds."""
        piece = self.pieces[source]
        index = piece.footage.index
        return max(Fraction(0), piece.ahead_s + (pts - index.presentation_offset) * index.time_base)

    def heard_s(self, pts: int, source: int) -> Fraction:
        """A stored tick of a source's sound in seconds."""
        piece = self.pieces[source]
        index = piece.footage.index
        base = index.audio_time_base or index.time_base
        return max(Fraction(0), piece.ahead_s + (pts - (index.audio_offset or 0)) * base)


@dataclass(frozen=True)
class Clock:
    """When each moment of a recording was recorded. `stretches`: of its parent's seconds, one after the other."""

    begins: tuple[tuple[float, datetime], ...] = ()
    """Of a Master: from which of its seconds on the clock stood where; a gap between two parts is a step."""
    parent: "Clock | None" = None
    stretches: tuple[tuple[Fraction, Fraction | None], ...] = ()

    def at(self, seconds: Fraction, *, is_end: bool = False) -> datetime | None:
        """The time on the camera's clock; None where nobody knows. `is_end`: the end of what came before."""
        if self.parent is None:
            return self._told(float(seconds), is_end=is_end)
        passed = Fraction(0)
        for start, end in self.stretches:
            length = None if end is None else end - start
            if length is None or seconds - passed < length or (is_end and seconds - passed == length):
                return self.parent.at(start + seconds - passed, is_end=is_end)
            passed += length
        return None

    def _told(self, seconds: float, *, is_end: bool) -> datetime | None:
        begun = [row for row in self.begins if (row[0] < seconds if is_end else row[0] <= seconds)] or self.begins[:1]
        return begun[-1][1] + timedelta(seconds=seconds - begun[-1][0]) if begun else None


def clock_of(recording: Recording) -> Clock:
    """The clock of a recording. Opens the frame indexes of what it was made from.

    Raises:
        VaultUnavailable: an index cannot be read now; try again.
    """
    if recording.parent is None:
        is_told = recording.recorded_at_source != _UNTOLD
        return Clock(tuple(begins_of(recording, parts_of(recording))) if is_told else ())
    stretches = _whole(recording) or _kept(recording)
    return Clock(parent=clock_of(recording.parent), stretches=stretches) if stretches else Clock()


def recorded_from(recording: Recording) -> datetime:
    """When what it shows began to be recorded; where that is not known, what its row says."""
    return clock_of(recording).at(Fraction(0)) or recording.recorded_at


def cut_of(recording: Recording) -> Cut | None:
    """How a working copy was cut from its parent; None where its recipe cannot be put in seconds.

    Raises:
        VaultUnavailable: the parent's frame index cannot be read now.
    """
    try:
        recipe = recipe_parse(recording.recipe)
        pieces = tuple(_pieces(recording, recipe))
    except (RecipeError, NotEditable):
        return None
    if not pieces or len(pieces) != len(recipe.sources):
        return None
    offset_s = offset_of(pieces[0].source) if len(pieces) == 1 else Fraction(0)
    return Cut(recipe=recipe, pieces=pieces, offset_s=offset_s)


def _pieces(recording: Recording, recipe: Recipe) -> Iterator[Piece]:
    """Those of its sources that can be put in seconds."""
    for row in recipe.sources:
        source = _source(recording, row.file)
        ahead_s = offset_of(source) if source is not None and len(recipe.sources) > 1 else Fraction(0)
        if source is not None and row.video is not None and recording.parent is not None and ahead_s is not None:
            yield Piece(source=source, footage=footage_of(recording.parent, source.part), ahead_s=ahead_s)


def is_transcode(recording: Recording) -> bool:
    """True for a copy of the whole recording that was only encoded anew."""
    return (recording.recipe or {}).get("operation") == "transcode"


def is_salvage(recording: Recording) -> bool:
    """True for what was put together from a recording that lost its index."""
    return (recording.recipe or {}).get("operation") == "salvage"


def source_of(recording: Recording) -> RecordingFile | None:
    """The one file of the parent that a working copy was made from, as its recipe says."""
    recipe = recording.recipe or {}
    named = [recipe.get("source"), *(recipe.get("sources") or ())]
    files = {str(each["file"]) for each in named if isinstance(each, dict) and "file" in each}
    return _source(recording, files.pop()) if len(files) == 1 else None


def offset_of(file: RecordingFile) -> Fraction | None:
    """Where a part begins, in seconds from the start of its recording; None where a part's length is unknown."""
    parts = parts_of(file.recording)
    before = [part for part in parts if part.number < file.part]
    if any(not part.original.duration_s for part in before) or len(before) != file.part - 1:
        return None
    return next((Fraction(part.offset_s) for part in parts if part.number == file.part), None)


def _whole(recording: Recording) -> tuple[tuple[Fraction, Fraction | None], ...]:
    source = source_of(recording) if is_transcode(recording) else None
    offset_s = offset_of(source) if source else None
    return () if offset_s is None else ((offset_s, None),)


def _kept(recording: Recording) -> tuple[tuple[Fraction, Fraction | None], ...]:
    cut = cut_of(recording)
    if cut is None or cut.offset_s is None:
        return ()
    return tuple((start + cut.offset_s, end + cut.offset_s) for start, end in cut.stretches)


def _source(recording: Recording, identifier: str) -> RecordingFile | None:
    if recording.parent is None:
        return None
    rows = RecordingFile.objects.select_related("recording", "stored").filter(recording=recording.parent)
    return next((row for row in rows if str(row.id) == identifier), None)
