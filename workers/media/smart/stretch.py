"""Encodes one stretch of a group anew: decode from the group's start, cover, encode, in a thread of its own.

The pictures stay as the camera stored them (size, rotation, colours, profile, level), so that both kinds can follow one
another in one track. The encoder's parameter sets have an id that the recording does not use.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import av
import av.error
import numpy as np
from av.codec.context import CodecContext, Flags
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from workers.media.damage import DamageWatch, Read
from workers.media.decoders import LIMITS
from workers.media.encode import CRF, KEY_EVERY_FRAMES, PRESET, X264_BUILD, x264_params
from workers.media.geometry import SourceCover
from workers.media.mask import cover as cover_patch
from workers.media.picture import AS_THEY_ARE, UNSPECIFIED, Colour, colour_of, plane_view, shown_picture
from workers.media.smart.coding import Coding, NotSmart
from workers.media.smart.h264 import BadUnits, ParameterSets, coded
from workers.media.smart.plan import Piece
from workers.media.smart.reader import CodedReader

THREADS = 2
"""Fixed, for x264's result depends on it; neighbouring groups are encoded beside one another."""
PROFILES = {66: "baseline", 77: "main", 100: "high"}
VideoPacket: TypeAlias = "Packet[VideoStream]"


@dataclass(frozen=True, slots=True)
class StoredForm:
    """The picture as it is stored: size, pixel shape, colours, H.264 profile and level, and the sets' id."""

    width: int
    height: int
    sar: Fraction
    colour: Colour
    profile: str
    level: str
    sps_id: int
    time_base: Fraction
    rate: Fraction
    rotation: int


@dataclass(frozen=True)
class Stretch:
    """One piece to encode, and what of its source it needs."""

    piece: Piece
    coding: Coding
    cover: SourceCover | None
    fill: tuple[int, int, int]


@dataclass(frozen=True)
class Encoded:
    """A stretch's pictures as they go into the file, in the order shown and decoded, with their stored pts."""

    pictures: tuple[tuple[int, bytes, bool], ...]
    covered: int
    damaged: int
    x264_build: str | None


def x264_options(form: StoredForm) -> dict[str, str]:
    """The encoder's settings."""
    return {
        "preset": PRESET,
        "crf": str(CRF),
        "profile": form.profile,
        "level": form.level,
        "bf": "0",
        "g": str(KEY_EVERY_FRAMES),
        "forced-idr": "1",
        "a53cc": "0",
        "x264-params": f"sps-id={form.sps_id}:{x264_params(form.width)}",
    }


def encoder_of(form: StoredForm) -> VideoCodecContext:
    """An open encoder; its parameter sets are in its extradata."""
    context = CodecContext.create("libx264", "w")
    context.width, context.height, context.pix_fmt = form.width, form.height, "yuv420p"
    context.time_base, context.framerate = form.time_base, form.rate
    context.sample_aspect_ratio = form.sar
    context.color_range, context.colorspace = form.colour.range, form.colour.matrix
    context.color_primaries, context.color_trc = form.colour.primaries, form.colour.transfer
    context.thread_count = THREADS
    context.flags |= Flags.global_header
    context.options = x264_options(form)
    context.open()
    return context


def sets_of(form: StoredForm) -> ParameterSets:
    """What the encoder puts into the track's head."""
    return ParameterSets.parse(encoder_of(form).extradata or b"")


def stretch_encode(stretch: Stretch, reader: CodedReader, form: StoredForm) -> Encoded:
    """Do it. Raises NotSmart where a picture is missing or not as the form says."""
    encoder = encoder_of(form)
    made = _Making(stretch, encoder)
    for read in _wanted(stretch, reader):
        made.take(read, form)
    made.mux(encoder.encode(None))
    if len(made.pictures) != stretch.piece.frames:
        raise NotSmart("The encoder did not return every picture.")
    build = X264_BUILD.search(made.first_bytes + (encoder.extradata or b""))
    return Encoded(tuple(made.pictures), made.covered, made.damaged, build.group(1).decode("ascii") if build else None)


class _Making:
    """What has come of a stretch so far."""

    def __init__(self, stretch: Stretch, encoder: VideoCodecContext) -> None:
        self._stretch, self._encoder = stretch, encoder
        self.pictures: list[tuple[int, bytes, bool]] = []
        self.covered = self.damaged = 0
        self.first_bytes = b""

    def take(self, read: Read, form: StoredForm) -> None:
        """Cover and encode the next frame."""
        _check(read.frame, form)
        pts = read.frame.pts or 0
        frame, planes = shown_picture(read.frame, form.rotation)
        cover = self._stretch.cover
        patches = cover.patches(pts) if cover is not None else []
        for patch in patches:
            cover_patch(planes, patch, fill=self._stretch.fill)
        frame = _as_stored(frame, form.rotation)
        frame.pts, frame.time_base, frame.pict_type = pts, form.time_base, PictureType.NONE
        self.covered += bool(patches)
        self.damaged += read.is_damaged
        self.mux(self._encoder.encode(frame))

    def mux(self, packets: list[VideoPacket]) -> None:
        """Keep what the encoder gives."""
        for packet in packets:
            self.first_bytes = self.first_bytes or bytes(packet)
            try:
                found = coded(memoryview(packet), None)
            except BadUnits as error:
                raise NotSmart("The encoder's pictures cannot be read.", reason=str(error)) from error
            self.pictures.append((packet.pts or 0, found.picture, found.is_refresh))


def _as_stored(frame: VideoFrame, rotation: int) -> VideoFrame:
    """Turned back to how the camera stored it."""
    if not rotation:
        return frame
    width, height = (frame.height, frame.width) if rotation % 180 else (frame.width, frame.height)
    stored = av.VideoFrame(width, height, "yuv420p")
    for into, plane in zip(stored.planes, frame.planes, strict=True):
        plane_view(into)[...] = np.rot90(plane_view(plane), rotation // 90)
    return stored


def _check(frame: VideoFrame, form: StoredForm) -> None:
    found = colour_of(frame)
    matrices = {found.matrix, form.colour.matrix} - {UNSPECIFIED}
    is_same_colour = found.is_full_range == form.colour.is_full_range and len(matrices) < 2
    is_same = (frame.width, frame.height) == (form.width, form.height) and frame.format.name in AS_THEY_ARE
    if frame.interlaced_frame or not is_same or not is_same_colour:
        raise NotSmart("The picture changes within the recording, or is interlaced.")


def _wanted(stretch: Stretch, reader: CodedReader) -> Iterator[Read]:
    """Exactly the frames of the piece, in the order shown. Raises NotSmart where one is missing."""
    piece, shown = stretch.piece, stretch.coding.shown
    at = piece.first
    for read in _decoded(stretch, reader):
        pts = read.frame.pts
        if pts is None or pts < shown[piece.first]:
            continue
        if at >= piece.end:
            return
        if pts != shown[at]:
            break
        yield read
        at += 1
    if at < piece.end:
        raise NotSmart("A part that must be encoded anew is damaged.", frame=at)


def _decoded(stretch: Stretch, reader: CodedReader) -> Iterator[Read]:
    decoder = CodecContext.create("h264", "r")
    decoder.extradata = stretch.coding.extradata
    decoder.thread_count = 1
    # strict: as many pictures are held back as the level allows where the stream does not say how many are needed
    decoder.options = {**LIMITS, "strict": "1"}
    watch, piece = DamageWatch(), stretch.piece
    try:
        for packet in reader.between(piece.group, stretch.coding.ranks_for(piece.first, piece.end)):
            watch.sent(packet.pts)
            for frame in decoder.decode(packet):
                yield from watch.take(frame)
        for frame in decoder.decode(None):
            yield from watch.take(frame)
    except av.error.FFmpegError as error:
        raise NotSmart("A part that must be encoded anew is damaged.", reason=str(error)[:200]) from error
    yield from watch.rest()
