"""The work of a full render: decode, cover in place, encode, frame by frame, in memory that does not grow with length.

Every stretch is encoded, the form that every player is known to take, and the statement says so; where only what must
change is encoded is `smart`. A frame is never made up, repeated or moved here; those that
the decoder mended are counted as damaged.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from av.video.frame import VideoFrame

from workers.media.ahead import ahead
from workers.media.audio import Sound
from workers.media.encode import Mp4Writer, PictureForm
from workers.media.encoders import Encoder
from workers.media.errors import NoFrames
from workers.media.frame_index import FrameIndex
from workers.media.frames import OtherPicture
from workers.media.geometry import SourceCover, covers_of
from workers.media.inputs import Input
from workers.media.made import Made, Planned, follows
from workers.media.mask import cover
from workers.media.picture import UNSPECIFIED, Colour, colour_of, shown_picture
from workers.media.progress import Progress
from workers.media.provenance import picture_settings
from workers.media.recipe import Overlay, Recipe
from workers.media.statement import Kind, StatedPart, StatedSets
from workers.media.timeline import Placed, Timeline

if TYPE_CHECKING:
    from workers.media.overlay import Lettering

DECODED_AHEAD = 2
"""Frames: enough that the encoder never waits for one."""
USUAL_RATE = Fraction(25)
NOTHING = "Not one frame of these segments can be decoded."
COMPATIBLE = "encoded anew throughout, the form that every player is known to take"


class Pictures(Protocol):
    """Where encoded pictures go; see Mp4Writer, whose face this is."""

    frames_written: int
    x264_build: str | None

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, frame: VideoFrame, *, pts: int, duration: int, is_seam: bool) -> None:
        """Encode one frame."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A decoded frame on its way: the stretch it belongs to (and its number), its stored pts, and where it goes."""

    made: Made
    piece: int
    frame: VideoFrame
    pts: int
    out_pts: int
    is_damaged: bool
    duration: int


@dataclass
class Rendering:
    """One render: what goes in, and, once it has run, what became of it."""

    recipe: Recipe
    inputs: tuple[Input, ...]
    line: Timeline
    sound: Sound | None
    out: Path
    because: str = COMPATIBLE
    encoder: Encoder = "software"
    made: list[Made] = field(default_factory=list)
    form: PictureForm | None = None
    x264_build: str | None = None
    peak_bits_s: int = 0
    parts: list[StatedPart] = field(default_factory=list)
    sets: tuple[StatedSets, ...] = ()
    copied_sound: None = None
    _lettering: "Lettering | None" = None

    @property
    def settings(self) -> dict[str, str]:
        """What the encoder was told."""
        return picture_settings(self.form, self.encoder)

    def run(self) -> None:
        """Write the file, or leave none. Raises NoFrames, NoVideo, OtherPicture, OtherSound, NoTimes."""
        try:
            self._run()
        except BaseException:
            self.out.unlink(missing_ok=True)
            raise

    def _run(self) -> None:
        if self.recipe.output.kind == "audio":
            with Mp4Writer(self.out, None, self.sound):
                return
        with closing(ahead(self._shown(), most=DECODED_AHEAD)) as frames:
            self._encode(frames)

    def _encode(self, frames: Iterator[Shown]) -> None:
        first = next(frames, None)
        if first is None:
            raise NoFrames(NOTHING)
        self.form = self._form(first)
        total = sum(self.inputs[row.source].frames_in(row.start, row.end) for row in self._stretches)
        progress = Progress(stage="masking" if recipe_kind(self.recipe) == "redaction" else "encoding", total=total)
        with Mp4Writer(self.out, self.form, self.sound, self.encoder) as writer:
            for shown in chain([first], frames):
                self._write(writer, shown, self.form)
                progress.step(writer.frames_written)
        progress.finish(writer.frames_written)
        self.x264_build, self.peak_bits_s = writer.x264_build, writer.peak.most_bits_s

    @property
    def _stretches(self) -> Sequence[Placed]:
        """What is rendered here, in the order of the output."""
        return self.line.segments

    def whole_form(self) -> PictureForm:
        """The output's picture, by its first frame, whatever is rendered here. Raises NoFrames."""
        whole = Rendering(self.recipe, self.inputs, self.line, None, self.out)
        first = next(whole._shown(), None)
        if first is None:
            raise NoFrames(NOTHING)
        return self._form(first)

    def _shown(self) -> Generator[Shown, None, None]:
        for segment in self._stretches:
            planned = Planned(segment, "encode", self.because)
            made = Made(planned, self.inputs[segment.source].frames_in(segment.start, segment.end))
            self.made.append(made)
            yield from self._segment(made, len(self.made) - 1, segment)

    def _segment(self, made: Made, piece: int, segment: Placed) -> Iterator[Shown]:
        """Its frames; each lasts until the next one, the last until the segment's end."""
        pictures = self.inputs[segment.source].pictures
        base = Fraction(*pictures.video.time_base)
        waiting: tuple[VideoFrame, int, int, bool] | None = None
        for read in pictures.read(segment.start, segment.end):
            pts = read.frame.pts or 0
            at = self.line.out_pts(segment, pts, base)
            if waiting is not None:
                yield Shown(made, piece, *waiting, at - waiting[2])
            waiting = read.frame, pts, at, read.is_damaged
        if waiting is not None:
            yield Shown(made, piece, *waiting, segment.out_end - waiting[2])

    def _write(self, writer: Pictures, shown: Shown, form: PictureForm) -> None:
        made = shown.made
        source = made.planned.segment.source
        video = self.inputs[source].pictures.video
        _check_colour(colour_of(shown.frame), form.colour)
        picture, planes = shown_picture(shown.frame, video.rotation)
        patches = self._covers[source].patches(shown.pts)
        for patch in patches:
            cover(planes, patch, fill=self.recipe.params.fill)
        if self.recipe.overlay is not None:
            index = self.inputs[source].pictures.index
            seconds = index.seconds_of(index.frame_of_pts(shown.pts))
            self._letters(self.recipe.overlay, form).draw(planes, source=source, shown_s=seconds)
        self._part(source, shown, writer.frames_written)
        writer.write(picture, pts=shown.out_pts, duration=shown.duration, is_seam=made.encoded == 0)
        made.encoded += 1
        made.covered += bool(patches)
        made.damaged += shown.is_damaged
        made.first_pts = shown.pts if made.first_pts is None else made.first_pts
        made.last_pts = shown.pts

    def _part(self, source: int, shown: Shown, number: int) -> None:
        """Output frame `number` is this one; frames that follow one another in the source too are told together."""
        frame = self.inputs[source].pictures.index.frame_of_pts(shown.pts)
        last = self.parts[-1] if self.parts and shown.made.encoded else None
        if last is not None and follows(last, source, frame):
            self.parts[-1] = replace(last, frames=last.frames + 1)
        else:
            self.parts.append(encoded_part(out_first=number, source=source, source_first=frame, first_pts=shown.pts))

    @cached_property
    def _covers(self) -> dict[int, SourceCover]:
        times = [row.index.pts if row.index is not None else None for row in self.inputs]
        return {found.source: found for found in covers_of(self.recipe, times) if found is not None}

    def _letters(self, overlay: Overlay, form: PictureForm) -> "Lettering":
        if self._lettering is None:
            from workers.media.overlay import Lettering  # noqa: PLC0415 - PIL loads only where something is written

            is_full = form.colour.is_full_range
            self._lettering = Lettering(overlay, width=form.width, height=form.height, is_full_range=is_full)
        return self._lettering

    def _form(self, first: Shown) -> PictureForm:
        reader = self.inputs[first.made.planned.segment.source].pictures
        video = reader.video
        return PictureForm(
            width=video.width + video.width % 2,
            height=video.height + video.height % 2,
            sar=video.sar,
            colour=colour_of(first.frame),
            time_base=self.line.time_base,
            rate=_usual_rate(reader.index),
        )


def encoded_part(*, out_first: int, source: int, source_first: int, first_pts: int) -> StatedPart:
    """One frame that was encoded anew."""
    return StatedPart(
        way="encoded",
        out_first=out_first,
        frames=1,
        source=source,
        source_first=source_first,
        first_pts=first_pts,
        groups=(),
    )


def recipe_kind(recipe: Recipe) -> Kind:
    """What the output is called: sound alone, a redaction where anything is covered or hidden, else a clip."""
    if recipe.output.kind == "audio":
        return "sound"
    is_covered = bool(recipe.frames) or any(track.effect != "none" for track in recipe.tracks)
    return "redaction" if is_covered or recipe.audio else "clip"


def _usual_rate(index: FrameIndex) -> Fraction:
    """Frames a second on average: a hint for the encoder's budget, never a time of any frame."""
    span = (index.end_pts - index.pts_of(0)) * index.time_base
    rate = Fraction(index.frame_count) / span if span > 0 else USUAL_RATE
    return min(max(rate, Fraction(1)), Fraction(240)).limit_denominator(1001)


def _check_colour(found: Colour, wanted: Colour) -> None:
    """Colours that change midway would be shown wrongly: the output describes them once."""
    known = {found.matrix, wanted.matrix} - {UNSPECIFIED}
    if found.is_full_range != wanted.is_full_range or len(known) > 1:
        raise OtherPicture("The meaning of the colours changes within the picture. Make one working copy of each part.")
