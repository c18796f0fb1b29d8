"""Runs a plan: copies packets, has touched stretches encoded beside one another, and writes one track of both.

Encoding runs ahead of writing by a few stretches and no more, so memory does not grow with length; what is written is
the same however many run at once. Either the whole file is written or none (and ``NotSmart`` says why).
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol, Self

import av.error
from av.video.stream import VideoStream

from workers.media.audio import Sound
from workers.media.encode import PictureForm
from workers.media.geometry import SourceCover, covers_of
from workers.media.inputs import Input
from workers.media.made import Made, Planned, follows
from workers.media.picture import colour_of
from workers.media.progress import Progress
from workers.media.recipe import Recipe
from workers.media.smart.coding import Coding, NotSmart
from workers.media.smart.h264 import BadUnits, ParameterSets
from workers.media.smart.plan import Piece, Plan, coding_or_not, plan_make
from workers.media.smart.proof import Digests, groups_within
from workers.media.smart.reader import CodedReader
from workers.media.smart.sound import CopiedSound, copied_sound
from workers.media.smart.stretch import PROFILES, THREADS, Encoded, StoredForm, Stretch, sets_of, stretch_encode
from workers.media.smart.stretch import x264_options as stretch_options
from workers.media.smart.writer import JoinedWriter
from workers.media.statement import StatedPart, StatedSets, Way
from workers.media.streams import first_picture, orientation_of
from workers.media.timeline import Timeline

BECAUSE = {
    "copy": "copied bit for bit: nothing in it had to change",
    "mixed": "where a group of pictures holds a seam or something covered it is encoded anew; the rest is copied",
    "encode": "encoded anew: it begins and ends inside one group of pictures, or is touched throughout",
}
MOST_AT_ONCE = 4
PIXELS_AT_ONCE = 4_500_000
"""Of all pictures that are being encoded: an encoder holds some 75 bytes a pixel, 150 MB at 1080p."""
USUAL_RATE = Fraction(25)


@dataclass
class Joining:
    """One smart render: what goes in, and, once it has run, what became of it. See rendering.Rendering."""

    recipe: Recipe
    inputs: tuple[Input, ...]
    line: Timeline
    sound: Sound | None
    out: Path
    made: list[Made] = field(default_factory=list)
    form: PictureForm | None = None
    x264_build: str | None = None
    parts: list[StatedPart] = field(default_factory=list)
    sets: tuple[StatedSets, ...] = ()
    copied_sound: CopiedSound | None = None
    settings: dict[str, str] = field(default_factory=dict)
    _readers: dict[int, CodedReader] = field(default_factory=dict)
    _ticks: dict[int, int] = field(default_factory=dict)

    def run(self) -> None:
        """Write the file, or leave none. Raises NotSmart, and what Rendering.run raises."""
        try:
            with ExitStack() as stack:
                self._run(stack)
        except BaseException:
            self.out.unlink(missing_ok=True)
            raise

    def _run(self, stack: ExitStack) -> None:
        ready = self.ready(stack)
        with JoinedWriter(
            self.out, template=ready.template, head=ready.head, time_base=self.line.time_base,
            rotation=ready.stored.rotation, sound=self.copied_sound or self.sound,
        ) as writer:  # fmt: skip
            self._write(writer, ready)

    def ready(self, stack: ExitStack) -> "Ready":
        """All that is to be known before the first picture is written; readers stay open as long as `stack`."""
        if self.recipe.output.kind != "video":
            raise NotSmart("There is no picture.")
        covers = covers_of(self.recipe, [row.index.pts if row.index is not None else None for row in self.inputs])
        plan = plan_make(self.line, self.inputs, covers)
        used = sorted({piece.segment.source for piece in plan.pieces})
        for source in used:
            row = self.inputs[source]
            video = row.pictures.video
            self._ticks[source] = self.line.ticks(Fraction(*video.time_base))
            self._readers[source] = stack.enter_context(CodedReader(row.path, coding_or_not(row), video.stream))
        sets, stored = self._head(used)
        encoded_sets = self._encoder_sets(stored) if any(piece.way == "encoded" for piece in plan.pieces) else None
        self._note(sets, stored, used, has_encoded=encoded_sets is not None)
        if self.sound is not None:
            self.copied_sound = copied_sound(self.recipe, self.inputs, self.line)
        try:
            head = (sets.plus(encoded_sets) if encoded_sets is not None else sets).avcc()
        except BadUnits as error:
            raise NotSmart("Two encoders' parameter sets do not fit one track.", reason=str(error)) from error
        encoder_head = encoded_sets.avcc().hex() if encoded_sets is not None else ""
        return Ready(plan, covers, stored, head, encoder_head, self._readers[used[0]].stream)

    def _head(self, used: list[int]) -> tuple[ParameterSets, StoredForm]:
        """The parameter sets of all sources, which must agree, and the form for what is encoded anew."""
        found = [self._sets(source) for source in used]
        forms = [self._stored(source, found[0]) for source in used]
        if any(each != found[0] for each in found) or any(
            (form.rotation, form.sar, form.colour) != (forms[0].rotation, forms[0].sar, forms[0].colour)
            for form in forms
        ):
            raise NotSmart("The files of this recording were encoded with different settings.")
        return found[0], forms[0]

    def _encoder_sets(self, stored: StoredForm) -> ParameterSets:
        try:
            return sets_of(stored)
        except (av.error.FFmpegError, ValueError) as error:
            raise NotSmart("The encoder cannot continue this kind of picture.", reason=str(error)[:200]) from error

    def _sets(self, source: int) -> ParameterSets:
        coding = self._coding(source)
        try:
            return ParameterSets.parse(coding.extradata, sorted(coding.in_band))
        except BadUnits as error:
            raise NotSmart("The picture settings change within the recording.", reason=str(error)) from error

    def _stored(self, source: int, sets: ParameterSets) -> StoredForm:
        reader, video = self._readers[source], self.inputs[source].pictures.video
        context, picture = reader.stream.codec_context, first_picture(reader.container, reader.stream)
        orientation = orientation_of(picture)
        sps_id = sets.free_id()
        if picture is None or orientation is None or orientation.is_mirrored or orientation.rotation != video.rotation:
            raise NotSmart("The picture is not shown as the recipe says.")
        if not sets.sps or sets.sps[0][1] not in PROFILES or sps_id is None:
            raise NotSmart("The pictures are in a profile that cannot be continued.")
        return StoredForm(
            width=picture.width,
            height=picture.height,
            sar=context.sample_aspect_ratio or Fraction(0),
            colour=colour_of(picture),
            profile=PROFILES[sets.sps[0][1]],
            level=f"{sets.sps[0][3] // 10}.{sets.sps[0][3] % 10}",
            sps_id=sps_id,
            time_base=Fraction(*video.time_base),
            rate=(reader.stream.average_rate or USUAL_RATE).limit_denominator(1001),
            rotation=video.rotation,
        )

    def _note(self, sets: ParameterSets, stored: StoredForm, used: list[int], *, has_encoded: bool) -> None:
        video = self.inputs[used[0]].pictures.video
        self.form = PictureForm(
            width=video.width,
            height=video.height,
            sar=video.sar,
            colour=stored.colour,
            time_base=self.line.time_base,
            rate=stored.rate,
        )
        self.sets = tuple(StatedSets(source=source, sha256=sets.hashes) for source in used)
        if has_encoded:
            options = {**stretch_options(stored), "threads": str(THREADS), "pix_fmt": "yuv420p"}
            self.settings = {f"h264.{name}": value for name, value in options.items()}

    def _coding(self, source: int) -> Coding:
        return coding_or_not(self.inputs[source])

    def _encoded(self, ready: "Ready") -> "EncodedPieces":
        """Where the encoded pieces come from, in the order of the plan."""
        return Ahead(self, ready)

    def _write(self, writer: JoinedWriter, ready: "Ready") -> None:
        plan = ready.plan
        per_hash = groups_within(
            [(self._coding(piece.segment.source), piece) for piece in plan.pieces if piece.way == "copied"]
        )
        is_redaction = any(cover is not None and cover.stretches() for cover in ready.covers)
        progress = Progress(stage="masking" if is_redaction else "encoding", total=plan.frames)
        with self._encoded(ready) as ahead:
            for piece in plan.pieces:
                if piece.way == "copied":
                    self._copy(writer, plan, piece, per_hash)
                else:
                    while not ahead.is_ready() and writer.prepare():
                        pass
                    self._place(writer, plan, piece, ahead.next())
                progress.step(piece.out_first + piece.frames)
        progress.finish(plan.frames)

    def _copy(self, writer: JoinedWriter, plan: Plan, piece: Piece, per_hash: int) -> None:
        source = piece.segment.source
        reader, coding = self._readers[source], self._coding(source)
        known, digests = self._sets(source).all, Digests(coding, piece, per_hash)
        for rank, packet in enumerate(reader.between(piece.first, piece.end), piece.first):
            found = reader.coded(packet)
            if not known.issuperset(found.sets):
                raise NotSmart("The picture settings change within the recording.")
            digests.add(rank, found.picture)
            writer.write(
                found.picture, pts=self._out_pts(piece, coding.pts[rank]), is_key=found.is_refresh,
                dts=plan.dts[piece.out_first + rank - piece.first], duration=self._duration(piece, coding.frames[rank]),
            )  # fmt: skip
        self._made(piece).copied += piece.frames
        self._part(piece, digests)

    def _place(self, writer: JoinedWriter, plan: Plan, piece: Piece, encoded: Encoded) -> None:
        for number, (pts, picture, is_key) in enumerate(encoded.pictures):
            writer.write(
                picture, pts=self._out_pts(piece, pts), is_key=is_key, dts=plan.dts[piece.out_first + number],
                duration=self._duration(piece, piece.first + number),
            )  # fmt: skip
        made = self._made(piece)
        made.encoded += piece.frames
        made.covered += encoded.covered
        made.damaged += encoded.damaged
        self.x264_build = encoded.x264_build or self.x264_build
        self._part(piece, None)

    def _out_pts(self, piece: Piece, pts: int) -> int:
        segment = piece.segment
        return segment.out_start + (pts - segment.start) * self._ticks[segment.source]

    def _duration(self, piece: Piece, frame: int) -> int:
        """How long a frame is shown; the last of a segment until the segment's end."""
        shown = self._coding(piece.segment.source).shown
        here = self._out_pts(piece, shown[frame])
        is_last = frame + 1 >= len(shown) or shown[frame + 1] >= piece.segment.end
        return (piece.segment.out_end if is_last else self._out_pts(piece, shown[frame + 1])) - here

    def _made(self, piece: Piece) -> Made:
        """The segment's tally; its way is settled by what its pieces are."""
        segment = piece.segment
        shown = self._coding(segment.source).shown
        if len(self.made) <= segment.number:
            self.made.append(
                Made(Planned(segment, "copy", ""), self.inputs[segment.source].frames_in(segment.start, segment.end))
            )
            self.made[-1].first_pts = shown[piece.first]
        made = self.made[segment.number]
        made.last_pts = shown[piece.end - 1]
        return made

    def _part(self, piece: Piece, digests: Digests | None) -> None:
        made = self._made(piece)
        way: Way = "mixed" if made.copied and made.encoded else "copy" if made.copied else "encode"
        made.planned = Planned(piece.segment, way, BECAUSE[way])
        last = self.parts[-1] if self.parts and digests is None else None
        if last is not None and last.way == "encoded" and follows(last, piece.segment.source, piece.first):
            self.parts[-1] = replace(last, frames=last.frames + piece.frames)
            return
        self.parts.append(
            StatedPart(
                way=piece.way,
                out_first=piece.out_first,
                frames=piece.frames,
                source=piece.segment.source,
                source_first=piece.first,
                first_pts=self._coding(piece.segment.source).shown[piece.first],
                groups=digests.groups if digests is not None else (),
            )
        )


@dataclass(frozen=True)
class Ready:
    """What a smart render knows before it writes. `encoder_head`: the encoder's own sets as avcC, hex."""

    plan: Plan
    covers: list[SourceCover | None]
    stored: StoredForm
    head: bytes
    encoder_head: str
    template: VideoStream


class EncodedPieces(Protocol):
    """Gives the encoded pieces of a plan one after the other."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def is_ready(self) -> bool:
        """Whether the next encoded piece need not be waited for."""

    def next(self) -> Encoded:
        """The next encoded piece of the plan; waits for it."""


class Ahead:
    """Has the encoded pieces of a plan made in threads, a few ahead of what is asked for; each has a reader of its own.

    Use as a context manager. `at_once`: how many, instead of what cores and memory allow.
    """

    def __init__(self, joining: Joining, ready: Ready, at_once: int | None = None) -> None:
        self._joining, self._stored, self._covers = joining, ready.stored, ready.covers
        self._pieces: Iterator[Piece] = (piece for piece in ready.plan.pieces if piece.way == "encoded")
        self._waiting: deque[Future[Encoded]] = deque()
        self._idle: dict[int, list[CodedReader]] = {}
        self._stack = ExitStack()
        fitting = max(PIXELS_AT_ONCE // (ready.stored.width * ready.stored.height), 1)
        self._workers = at_once or min(len(os.sched_getaffinity(0)), MOST_AT_ONCE, fitting)

    def __enter__(self) -> Self:
        self._pool = self._stack.enter_context(ThreadPoolExecutor(self._workers))
        for _ in range(self._workers):
            self._submit()
        return self

    def __exit__(self, *error: object) -> None:
        for future in self._waiting:
            future.cancel()
        self._stack.close()
        for readers in self._idle.values():
            for reader in readers:
                reader.__exit__(None, None, None)

    def is_ready(self) -> bool:
        """See EncodedPieces."""
        return self._waiting[0].done()

    def next(self) -> Encoded:
        """See EncodedPieces."""
        found = self._waiting.popleft().result()
        self._submit()
        return found

    def _submit(self) -> None:
        piece = next(self._pieces, None)
        if piece is not None:
            self._waiting.append(self._pool.submit(self._encode, piece))

    def _encode(self, piece: Piece) -> Encoded:
        source = piece.segment.source
        row = self._joining.inputs[source]
        coding = coding_or_not(row)
        idle = self._idle.setdefault(source, [])
        try:
            reader = idle.pop()
        except IndexError:
            reader = CodedReader(row.path, coding, row.pictures.video.stream).__enter__()
        try:
            stretch = Stretch(piece, coding, self._covers[source], self._joining.recipe.params.fill)
            return stretch_encode(stretch, reader, self._stored)
        finally:
            idle.append(reader)
