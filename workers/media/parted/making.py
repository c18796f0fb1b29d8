"""Makes one part: the same work as a render of the whole, on its share of it, into a part file instead of a film.

Whatever the encoder is told does not depend on who else is at work: in a full render each part has one encoder with
`THREADS` threads, so that as many workers as there are cores fill them; in a smart render each group has its own, as
ever, so its parts come out as those of an unparted one.
"""

from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from av.codec.context import CodecContext, Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from workers.media.ahead import ahead
from workers.media.encode import X264_BUILD, PictureForm, encoder_set, x264_options
from workers.media.parted.packets import PartFile, PartTally, Picture, PieceTally
from workers.media.parted.plan import Share, shares_smart
from workers.media.progress import Progress
from workers.media.recipe import Recipe, recipe_sha256
from workers.media.rendering import DECODED_AHEAD, Rendering, recipe_kind
from workers.media.smart.h264 import coded
from workers.media.smart.joining import Ahead, Joining
from workers.media.timeline import Placed

THREADS = 1
"""Of the encoder of a part of a full render; fixed, for x264's result depends on it."""
ALL = Share(number=0, of=1, frames=0)


def stage_of(recipe: Recipe) -> str:
    """What progress says is done to frames."""
    return "masking" if recipe_kind(recipe) == "redaction" else "encoding"


@dataclass
class FullPart(Rendering):
    """One part of a render that encodes every frame."""

    share: Share = ALL
    part_frames: int = 0
    tally: PartTally | None = None

    @property
    def _stretches(self) -> tuple[Placed, ...]:
        return self.share.stretches

    def _run(self) -> None:
        self.form = self.whole_form()
        progress = Progress(stage=stage_of(self.recipe), total=self.share.frames)
        with closing(ahead(self._shown(), most=DECODED_AHEAD)) as frames, PartWriter(self.out, self.form) as writer:
            for shown in frames:
                writer.piece = shown.piece
                self._write(writer, shown, self.form)
                progress.step(writer.frames_written)
        progress.finish(writer.frames_written)
        self.tally = PartTally(
            v=1,
            way="full",
            recipe_sha256=recipe_sha256(self.recipe),
            number=self.share.number,
            of=self.share.of,
            part_frames=self.part_frames,
            frames=writer.file.frames,
            pictures_sha256=writer.file.pictures_sha256,
            sets=writer.sets.hex(),
            x264_build=writer.x264_build,
            pieces=tuple(
                PieceTally(
                    number=number, encoded=made.encoded, covered=made.covered, damaged=made.damaged,
                    first_pts=made.first_pts, last_pts=made.last_pts,
                )
                for number, made in enumerate(self.made)
            ),
            runs=tuple(self.parts),
        )  # fmt: skip
        writer.file.finish(self.tally)


@dataclass
class SmartPart(Joining):
    """One part of what a smart render encodes; `number` of those of `part_frames`."""

    number: int = 0
    part_frames: int = 0
    tally: PartTally | None = None
    _pieces: list[PieceTally] = field(default_factory=list)

    def _run(self, stack: ExitStack) -> None:
        ready = self.ready(stack)
        share = shares_smart(ready.plan, self.part_frames)[self.number]
        progress = Progress(stage=stage_of(self.recipe), total=share.frames)
        file = PartFile(self.out)
        stack.callback(file.close)
        own = replace(ready, plan=replace(ready.plan, pieces=share.pieces))
        with Ahead(self, own, at_once=1) as ahead:
            for number in range(len(share.pieces)):
                encoded = ahead.next()
                for pts, picture, is_key in encoded.pictures:
                    file.add(Picture(number, pts, 0, is_key, picture), picture)
                self.x264_build = encoded.x264_build or self.x264_build
                self._pieces.append(
                    PieceTally(
                        number=number, encoded=len(encoded.pictures), covered=encoded.covered, damaged=encoded.damaged,
                        first_pts=None, last_pts=None,
                    )
                )  # fmt: skip
                progress.step(file.frames)
        progress.finish(file.frames)
        self.tally = PartTally(
            v=1,
            way="smart",
            recipe_sha256=recipe_sha256(self.recipe),
            number=share.number,
            of=share.of,
            part_frames=self.part_frames,
            frames=file.frames,
            pictures_sha256=file.pictures_sha256,
            sets=ready.encoder_head,
            x264_build=self.x264_build,
            pieces=tuple(self._pieces),
            runs=(),
        )
        file.finish(self.tally)


class PartWriter:
    """Encodes frames into a part file; its face is `rendering.Pictures`. `piece`: the stretch that frames are of."""

    def __init__(self, path: Path, form: PictureForm) -> None:
        self._form, self._encoder = form, _encoder(form)
        self._durations: dict[int, int] = {}
        self.piece = 0
        self._pieces: dict[int, int] = {}
        self.file = PartFile(path)
        self.frames_written = 0
        self.x264_build: str | None = None

    @property
    def sets(self) -> bytes:
        """The encoder's parameter sets."""
        return self._encoder.extradata or b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._keep(self._encoder.encode(None))
        else:
            self.file.close()

    def write(self, frame: VideoFrame, *, pts: int, duration: int, is_seam: bool) -> None:
        """Encode one frame, as Mp4Writer does."""
        frame.pts, frame.time_base = pts, self._form.time_base
        frame.pict_type = PictureType.I if is_seam else PictureType.NONE
        self._durations[pts], self._pieces[pts] = duration, self.piece
        self._keep(self._encoder.encode(frame))
        self.frames_written += 1

    def _keep(self, packets: list["Packet[VideoStream]"]) -> None:
        for packet in packets:
            content = bytes(packet)
            if self.x264_build is None:
                said = X264_BUILD.search(content)
                self.x264_build = said.group(1).decode("ascii") if said else "unknown"
            pts = packet.pts or 0
            found = coded(memoryview(content), None)
            picture = Picture(self._pieces.pop(pts), pts, self._durations.pop(pts), packet.is_keyframe, content)
            self.file.add(picture, found.picture)


def _encoder(form: PictureForm) -> VideoCodecContext:
    context = CodecContext.create("libx264", "w")
    context.framerate = form.rate
    encoder_set(context, form, threads=THREADS)
    context.flags |= Flags.global_header
    context.options = x264_options(form)
    context.open()
    return context
