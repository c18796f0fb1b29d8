"""Writes what was found: an MP4 with the pictures and sound as they are, or the bare H.264 stream.

Slices are copied bit for bit. Delimiters and SEI, where cameras put clocks, places and captions, go into no working
copy; parameter sets go into the head of an MP4, and before the pictures of a bare stream.
"""

import io
import os
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import av
import av.error
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.video.frame import VideoFrame

from workers.media.progress import Progress
from workers.media.salvage.order import delay_of
from workers.media.salvage.profile_model import SoundProfile
from workers.media.salvage.walk import Pictures, Sounds
from workers.media.smart.h264 import ParameterSets, coded
from workers.media.source import AnyPacket

START_CODE = b"\x00\x00\x00\x01"
CHECKED = 12
"""Pictures decoded to see whether the settings fit: some seconds' worth would say no more."""
GROUPS_TRIED = 8
ADTS_BYTES = 7


class Stored:
    """The pictures and sounds of a damaged file, by number. `first`: the first picture that is taken."""

    def __init__(self, file: BinaryIO, pictures: Pictures, sounds: Sounds, *, first: int, prefix: int) -> None:
        self._fd, self._pictures, self._sounds = file.fileno(), pictures, sounds
        self.first, self._prefix = first, prefix

    @property
    def count(self) -> int:
        """Pictures that are taken."""
        return len(self._pictures) - self.first

    def raw(self, number: int) -> bytes:
        """All units of a picture, as they are stored."""
        at = self.first + number
        return os.pread(self._fd, self._pictures.size[at], self._pictures.at[at])

    def slices(self, number: int) -> bytes:
        """The slices of a picture, each behind four bytes of length."""
        return coded(memoryview(self.raw(number)), self._prefix).picture

    def is_refresh(self, number: int) -> bool:
        """Whether decoding can start at it."""
        return bool(self._pictures.is_refresh[self.first + number])

    def stream(self, number: int) -> bytes:
        """Parameter sets and slices of a picture, between start codes."""
        found = coded(memoryview(self.raw(number)), self._prefix)
        return b"".join(START_CODE + unit for unit in found.sets) + between_start_codes(found.picture)

    def sound(self, number: int) -> bytes:
        """One AAC frame."""
        return os.pread(self._fd, self._sounds.size[number], self._sounds.at[number])

    @property
    def sound_count(self) -> int:
        """AAC frames."""
        return len(self._sounds.at)


def between_start_codes(picture: bytes) -> bytes:
    """Slices behind lengths of four bytes, behind start codes instead."""
    out, at = [], 0
    while at < len(picture):
        length = int.from_bytes(picture[at : at + 4], "big")
        out.append(START_CODE + picture[at + 4 : at + 4 + length])
        at += 4 + length
    return b"".join(out)


def opening_of(stored: Stored, sets: ParameterSets, *, first: int = 0, count: int = CHECKED) -> bytes:
    """Some pictures as a bare stream: what a decoder is shown to see whether the settings fit."""
    head = b"".join(START_CODE + unit for unit in (*sets.sps, *sets.pps))
    return head + b"".join(stored.stream(number) for number in range(first, min(first + count, stored.count)))


def fitting(stored: Stored, sets: ParameterSets) -> VideoFrame | None:
    """A picture that was decoded whole; None where the settings fit no group of pictures that was tried.

    Some pictures of one of the first groups, else one that decoding can begin with: damage is no wrong setting.
    """
    refreshes = islice((number for number in range(stored.count) if stored.is_refresh(number)), GROUPS_TRIED)
    for first in refreshes:
        for count in (CHECKED, 1):
            picture = decoded(opening_of(stored, sets, first=first, count=count))
            if picture is not None:
                return picture
    return None


def decoded(opening: bytes) -> VideoFrame | None:
    """The first picture of a bare stream, if all of it decodes without a gap; None where it does not."""
    shown: list[VideoFrame] = []
    try:
        with _opened(opening, "h264") as container:
            stream = container.streams.video[0]
            stream.codec_context.options = {"err_detect": "explode"}
            shown = list(container.decode(stream))
    except (av.error.FFmpegError, IndexError, ValueError):
        return None
    return None if not shown or any(frame.is_corrupt for frame in shown) else shown[0]


def _opened(content: bytes, form: str) -> InputContainer:
    options = {"probesize": str(max(len(content), 32)), "analyzeduration": "0"}
    return av.open(io.BytesIO(content), "r", format=form, options=options)


def stream_write(out: Path, stored: Stored, sets: ParameterSets) -> str:
    """The bare stream; returns the hash over its slices."""
    digest, progress = sha256(), Progress(stage="writing", total=stored.count)
    with out.open("wb") as file:
        for unit in (*sets.sps, *sets.pps):
            file.write(START_CODE + unit)
        for number in range(stored.count):
            file.write(stored.stream(number))
            digest.update(stored.slices(number))
            progress.step(number + 1)
    progress.finish(stored.count)
    return digest.hexdigest()


@dataclass(frozen=True)
class Timing:
    """`base`: seconds a tick; `frame`: ticks a picture lasts; `places`: where each picture comes in the order shown."""

    base: Fraction
    frame: int
    places: "array[int]"


@dataclass(frozen=True)
class Track:
    """A sound beside the pictures."""

    profile: SoundProfile
    count: int


class Mp4:
    """Writes an MP4 whose pictures are already coded."""

    def __init__(self, out: Path, stored: Stored, sets: ParameterSets, *, rotation: int) -> None:
        self._out, self._stored, self._sets, self._rotation = out, stored, sets, rotation

    def write(self, timing: Timing, sound: Track | None) -> str:
        """All of it; returns the hash over its slices."""
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        if timing.base.numerator == 1:
            options["video_track_timescale"] = str(timing.base.denominator)
        digest, progress = sha256(), Progress(stage="writing", total=self._stored.count)
        with av.open(f"file:{self._out}", "w", format="mp4", options=options) as container:
            pictures = self._pictures(container, timing)
            sounds = _sounds(container, self._stored, sound) if sound is not None else iter(())
            waiting = next(sounds, None)
            for number, packet in enumerate(pictures):
                digest.update(memoryview(packet))
                end_s = (packet.dts or 0) * timing.base
                container.mux(packet)
                while waiting is not None and _at_s(waiting) <= end_s:
                    container.mux(waiting)
                    waiting = next(sounds, None)
                progress.step(number + 1)
            while waiting is not None:
                container.mux(waiting)
                waiting = next(sounds, None)
        progress.finish(self._stored.count)
        return digest.hexdigest()

    def _pictures(self, container: OutputContainer, timing: Timing) -> "Iterator[AnyPacket]":
        with _opened(opening_of(self._stored, self._sets), "h264") as template:
            stream = container.add_stream_from_template(template.streams.video[0])
            stream.codec_context.extradata = self._sets.avcc()
            stream.time_base = timing.base
            if self._rotation:
                stream.set_display_rotation(-self._rotation)
        return self._packets(stream, timing)

    def _packets(self, stream: av.VideoStream, timing: Timing) -> "Iterator[AnyPacket]":
        delay = delay_of(timing.places)
        for number in range(self._stored.count):
            packet: AnyPacket = Packet(self._stored.slices(number))
            packet.stream, packet.time_base = stream, timing.base
            packet.pts, packet.dts = timing.places[number] * timing.frame, (number - delay) * timing.frame
            packet.duration, packet.is_keyframe = timing.frame, self._stored.is_refresh(number)
            yield packet


def _at_s(packet: AnyPacket) -> Fraction:
    return (packet.dts or 0) * (packet.time_base or Fraction(0))


def _sounds(container: OutputContainer, stored: Stored, track: Track) -> "Iterator[AnyPacket]":
    profile = track.profile
    config = bytes.fromhex(profile.config)
    with _opened(_adts(config, stored.sound(0)), "aac") as template:
        stream = container.add_stream_from_template(template.streams.audio[0])
        stream.codec_context.extradata = config
    base = Fraction(1, profile.rate)
    stream.time_base = base

    def packets() -> "Iterator[AnyPacket]":
        for number in range(track.count):
            packet: AnyPacket = Packet(stored.sound(number))
            packet.stream, packet.time_base = stream, base
            packet.pts = packet.dts = profile.start + number * profile.frame
            packet.duration = profile.frame
            yield packet

    return packets()


def _adts(config: bytes, frame: bytes) -> bytes:
    """A frame behind an ADTS header (ISO/IEC 14496-3, 1.A.2.2), as a stream that libav opens."""
    bits = int.from_bytes(config[:2], "big")
    rate, channels, length = bits >> 7 & 15, bits >> 3 & 15, len(frame) + ADTS_BYTES
    head = 0xFFF1 << 40 | 1 << 38 | rate << 34 | (channels & 7) << 30 | length << 13 | 0x7FF << 2
    return (head.to_bytes(ADTS_BYTES, "big") + frame) * 2
