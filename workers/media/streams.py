"""Stream facts as libav gives them, turned into report rows. No judgement here: that is ``probe`` and ``playable``."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any, Literal, cast

import av
import av.error
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.media.decoders import ALLOWED
from workers.media.reports import AudioReport, OtherReport, Ratio, VideoReport
from workers.media.source import AnyPacket, Packets

MAX_TAGS = 64
MAX_TAG_NAME = 64
MAX_TAG_TEXT = 256
FIRST_PICTURE_PACKETS = 120
INTERLACED_ORDERS = frozenset({2, 3, 4, 5})

MATRIX = struct.Struct("=9i")
_NO_PICTURE = VideoFrame(2, 2, "gray")

Rotation = Literal[0, 90, 180, 270]


def ratio(value: Fraction | None) -> Ratio | None:
    """A rate or time base as ``[n, d]``; None for unknown or nonsense."""
    if value is None or value <= 0:
        return None
    return value.numerator, value.denominator


def is_known(stream: Stream) -> bool:
    """Whether libav knows the stream's codec: the typing says always, damaged files say otherwise."""
    context: CodecContext | None = stream.codec_context
    return context is not None


def has_codec(stream: Stream) -> bool:
    """Whether the stream's codec is known, and read by a decoder that may see hostile bytes."""
    return is_known(stream) and stream.codec_context.codec.name in ALLOWED


def refused(given: Iterable[Stream]) -> Stream | None:
    """The first stream whose codec is known but not opened here."""
    return next((s for s in given if is_known(s) and not has_codec(s) and not is_cover(s)), None)


def is_cover(stream: Stream) -> bool:
    """A still picture attached to a file (cover art), which libav lists as video."""
    return bool(stream.disposition & Disposition.attached_pic)


def main_video(container: InputContainer) -> VideoStream | None:
    """The video that is the recording: the first that is no cover picture and whose codec is opened here."""
    known = (s for s in container.streams.video if has_codec(s) and not is_cover(s))
    return next(known, None)


def main_audio(container: InputContainer) -> AudioStream | None:
    """The first sound whose codec is known and opened here; a second track is never shown or carried into copies."""
    return next((s for s in container.streams.audio if has_codec(s)), None)


def codec_of(stream: Stream) -> str:
    """The codec's own name, whichever decoder happens to read it."""
    return stream.codec_context.codec.canonical_name if is_known(stream) else "unknown"


def first_picture(container: InputContainer, stream: VideoStream) -> VideoFrame | None:
    """Decode until one picture comes out, over at most 120 packets; None when none does."""
    stream.codec_context.thread_count = 1
    for packet in islice(Packets(container, stream), FIRST_PICTURE_PACKETS):
        frames = _decoded(stream, packet)
        if frames:
            return frames[0]
    return next(iter(_decoded(stream, None)), None)


def _decoded(stream: VideoStream, packet: AnyPacket | None) -> list[VideoFrame]:
    """Pictures out of one packet (None: what the decoder still holds); none out of a packet that is damaged."""
    try:
        return stream.codec_context.decode(packet)
    except av.error.FFmpegError:
        return []


@dataclass(frozen=True, slots=True)
class Orientation:
    """How the stored picture is shown: left and right exchanged first if ``is_mirrored``, then turned clockwise."""

    rotation: Rotation
    is_mirrored: bool


def orientation_of(picture: VideoFrame | None) -> Orientation | None:
    """Which of its eight forms the display matrix has (ISO/IEC 14496-12, 8.3.2); None where it is none of them."""
    content = _display_matrix(picture) if picture is not None else None
    if content is None:
        return Orientation(0, is_mirrored=False)
    if len(content) < MATRIX.size:
        return None
    a, b, _, c, d, *_ = MATRIX.unpack_from(content)
    is_upright, is_sideways = a and d and not b and not c, b and c and not a and not d
    if not is_upright and not is_sideways:
        return None
    rotation = (0 if d > 0 else 180) if is_upright else (90 if c < 0 else 270)
    return Orientation(cast(Rotation, rotation), is_mirrored=a * d - b * c < 0)


def _display_matrix(picture: VideoFrame) -> bytes | None:
    """The bytes of a frame's display matrix, if it has one; the frame's own side data reads as empty afterwards.

    In PyAV 18 a frame and its side data hold one another, so that every frame asked would stay in memory, picture and
    all, until the collector comes by. Setting the side data up again over a frame without any parts the two.
    """
    held: Any = picture.side_data  # PyAV's typing says that it is one item, and not that an item is a buffer
    found = held.get("DISPLAYMATRIX")
    content = bytes(found) if found is not None else None
    held.__init__(_NO_PICTURE)
    return content


def video_report(stream: VideoStream, picture: VideoFrame | None) -> VideoReport:
    """Report row of a video stream; ``picture`` is its first decoded frame, if any."""
    context = stream.codec_context
    orientation = orientation_of(picture)
    rotation = orientation.rotation if orientation is not None else 0
    width, height = (picture.width, picture.height) if picture else (context.width, context.height)
    is_turned = rotation in {90, 270}
    pixel_format = context.format
    return VideoReport(
        index=stream.index,
        codec=codec_of(stream),
        profile=context.profile,
        pix_fmt=pixel_format.name if pixel_format else None,
        bit_depth=max((part.bits for part in pixel_format.components), default=None) if pixel_format else None,
        width=height if is_turned else width,
        height=width if is_turned else height,
        coded_width=width,
        coded_height=height,
        rotation=rotation,
        is_mirrored=orientation is None or orientation.is_mirrored,
        sar=_shown_sar(stream, is_turned=is_turned),
        time_base=ratio(stream.time_base) or (1, 1),
        average_rate=ratio(stream.average_rate),
        real_rate=ratio(stream.base_rate),
        is_variable_rate=varies(stream),
        is_interlaced=context.field_order in INTERLACED_ORDERS or bool(picture and picture.interlaced_frame),
        declared_frames=stream.frames or None,
    )


def _shown_sar(stream: VideoStream, *, is_turned: bool) -> Ratio:
    """The shape of a pixel as it is shown: wide ones are tall in a picture that lies on its side."""
    wide, high = ratio(stream.sample_aspect_ratio) or (1, 1)
    return (high, wide) if is_turned else (wide, high)


def varies(stream: VideoStream) -> bool | None:
    """Whether frame times are uneven by more than rounding, from the container's own table; None if it has none."""
    entries = stream.index_entries
    if not stream.frames or len(entries) != stream.frames or len(entries) < 3:
        return None
    times = [entry.timestamp for entry in entries]
    return is_uneven(b - a for a, b in pairwise(times))


def is_uneven(deltas: Iterable[int]) -> bool:
    """More than one tick between the shortest and the longest frame."""
    seen = set(deltas)
    return bool(seen) and max(seen) - min(seen) > 1


def audio_report(stream: AudioStream) -> AudioReport:
    """Report row of a sound stream."""
    context = stream.codec_context
    return AudioReport(
        index=stream.index,
        codec=codec_of(stream),
        profile=context.profile,
        rate=context.sample_rate or 0,
        channels=context.channels or 0,
        time_base=ratio(stream.time_base) or (1, 1),
    )


def other_reports(container: InputContainer) -> tuple[OtherReport, ...]:
    """Rows for what is neither picture nor sound, cover pictures and undecodable streams included."""
    rows = []
    for stream in container.streams:
        if stream.type in {"video", "audio"} and has_codec(stream) and not is_cover(stream):
            continue
        kind = "picture" if is_cover(stream) else str(stream.type)
        codec = codec_of(stream) if is_known(stream) else None
        rows.append(OtherReport(index=stream.index, kind=kind, codec=codec))
    return tuple(rows)


def untrusted_tags(container: InputContainer) -> tuple[tuple[str, str], ...]:
    """At most 64 tags of the file and its streams, names and texts cut short; stream tags as ``stream0.NAME``."""
    found = list(container.metadata.items())
    for stream in container.streams:
        found += [(f"stream{stream.index}.{name}", text) for name, text in stream.metadata.items()]
    return tuple((_plain(name)[:MAX_TAG_NAME], _plain(text)[:MAX_TAG_TEXT]) for name, text in found[:MAX_TAGS])


def _plain(text: str) -> str:
    """Without control characters: databases refuse some of them and terminals obey others."""
    return "".join(letter for letter in str(text) if letter.isprintable())
