"""Writes the output MP4: H.264 High and at most one AAC sound, fast start, and no word about anything else.

What players are known to take decides the settings. They are constants and go into the statement, so that two renders
can be compared; the number of threads is one of them, because x264's result depends on it.
"""

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

import av
import av.codec
from av.container import OutputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream

from workers.media.audio import Sound
from workers.media.encoders import CODECS, Encoder, EncoderMissing, has_steady_tree, library_format, library_options
from workers.media.picture import Colour
from workers.media.sound_track import EncodedTrack, Track

PRESET = "superfast"
"""A third less work than veryfast, for an officer waits for this."""
CRF = 17
"""Visually without loss: a working copy must show what the recording shows. As like it as veryfast's 18."""
HARDWARE_QUALITY = 18
"""On hardware's own scales, which search as they search."""
LOOKAHEAD = 5
"""Frames. By itself the preset looks no frame ahead and spreads its bits evenly: for the same likeness a fifth more."""
THREADS = 4
KEY_EVERY_FRAMES = 60
"""Two seconds at the usual 30 frames a second: the page steps and seeks in copies, too."""
LEVEL = "4.1"
LEVEL_MACROBLOCKS, LEVEL_MACROBLOCKS_S = 8_192, 245_760
"""H.264 table A-1, level 4.1: macroblocks a frame and a second."""
PEAK_BITS_S = 62_500_000
"""Level 4.1, High profile. x264 is not held to it, for then threads that race decide what it gives; see `Peak`."""
HARDWARE_PEAK_BITS_S = 50_000_000
X264_BUILD = re.compile(rb"x264 - core ([0-9]+(?: r[0-9]+M?(?: [0-9a-f]{7})?)?)")


@dataclass(frozen=True, slots=True)
class PictureForm:
    """The output's picture: pixels (even), SAR, colours, ticks, and about how many frames a second."""

    width: int
    height: int
    sar: tuple[int, int]
    colour: Colour
    time_base: Fraction
    rate: Fraction

    @property
    def fits_level(self) -> bool:
        """Whether size and rate are within level 4.1."""
        blocks = -(-self.width // 16) * -(-self.height // 16)
        return blocks <= LEVEL_MACROBLOCKS and blocks * self.rate <= LEVEL_MACROBLOCKS_S


@dataclass
class Peak:
    """The most bits of any second of the output, taken in the order shown."""

    most_bits_s: int = 0
    _second: int = -1
    _bits: int = 0

    def take(self, at_s: Fraction, size_bytes: int) -> None:
        """One picture more."""
        second = int(at_s)
        self._bits = (self._bits if second == self._second else 0) + 8 * size_bytes
        self._second, self.most_bits_s = second, max(self.most_bits_s, self._bits)


@dataclass
class Mp4Writer:
    """Takes frames in order and pulls the sound along, so that neither stream waits in memory for the other.

    Use as a context manager. `x264_build` is what the encoder said of itself once the first packet came out. Pictures
    that were encoded elsewhere with `encoder_set` and as many threads go in by `put`, never both kinds in one file.
    """

    path: Path
    form: PictureForm | None
    sound: Sound | None
    encoder: Encoder = "software"
    x264_build: str | None = None
    frames_written: int = 0
    threads: int = THREADS
    peak: Peak = field(default_factory=Peak)
    _out: OutputContainer = field(init=False)
    _video: VideoStream | None = field(init=False, default=None)
    _audio: Track | None = field(init=False, default=None)
    _durations: dict[int, int] = field(init=False, default_factory=dict)

    def __enter__(self) -> Self:
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._out = av.open(f"file:{self.path}", "w", format="mp4", options=options)
        if self.form is not None:
            self._video = self._add_video(self.form)
        if self.sound is not None:
            self._audio = EncodedTrack(self._out, self.sound)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self._audio is not None:
                self._audio.close()
            self._out.close()

    def write(self, frame: VideoFrame, *, pts: int, duration: int, is_seam: bool) -> None:
        """Encode one frame; pts and duration in ticks of the form's time base. A seam starts a group of its own."""
        if self._video is None or self.form is None:
            raise ValueError("this output has no picture")
        frame.pts, frame.time_base = pts, self.form.time_base
        frame.pict_type = PictureType.I if is_seam else PictureType.NONE
        self._durations[pts] = duration
        self._mux(self._video.encode(frame))
        self.frames_written += 1
        self._sound_until(pts * self.form.time_base)

    def begin(self) -> bytes:
        """Write the head; returns the parameter sets in it, which pictures that are `put` must have been coded with."""
        if self._video is None:
            raise ValueError("this output has no picture")
        self._out.start_encoding()
        return self._video.codec_context.extradata or b""

    def put(self, coded: bytes, *, pts: int, duration: int, is_key: bool) -> None:
        """One picture that is coded already, units between start codes; times as those of `write`."""
        if self._video is None or self.form is None:
            raise ValueError("this output has no picture")
        packet: Packet[Any] = Packet(coded)
        packet.stream, packet.time_base = self._video, self.form.time_base
        packet.pts = packet.dts = pts
        packet.duration, packet.is_keyframe = duration, is_key
        self.peak.take(pts * self.form.time_base, len(coded))
        self._out.mux(packet)
        self.frames_written += 1
        self._sound_until(pts * self.form.time_base)

    def _finish(self) -> None:
        if self._video is not None:
            self._mux(self._video.encode(None))
        self._sound_until(None)

    def _sound_until(self, time_s: Fraction | None) -> None:
        if self._audio is not None:
            self._audio.until(time_s)

    def _mux(self, packets: list["Packet[VideoStream]"]) -> None:
        for packet in packets:
            if self.x264_build is None and self.encoder == "software":
                said = X264_BUILD.search(bytes(packet))
                self.x264_build = said.group(1).decode("ascii") if said else "unknown"
            if packet.pts is not None and self.form is not None:
                packet.duration = self._durations.pop(packet.pts)
                self.peak.take(packet.pts * self.form.time_base, packet.size)
            self._out.mux(packet)

    def _add_video(self, form: PictureForm) -> VideoStream:
        codec, options = CODECS[self.encoder], encoder_options(self.encoder, form)
        if codec not in av.codec.codecs_available:
            raise EncoderMissing(f"{codec} is not in this build of libav. Set CONTINUITY_VIDEO_ENCODER to software.")
        stream = cast(VideoStream, self._out.add_stream(codec, rate=form.rate, options=options))
        encoder_set(stream.codec_context, form, threads=self.threads, encoder=self.encoder)
        return stream


def encoder_set(context: VideoCodecContext, form: PictureForm, *, threads: int, encoder: Encoder = "software") -> None:
    """What the encoder is told of the picture, but for `encoder_options`."""
    context.width, context.height, context.pix_fmt = form.width, form.height, library_format(encoder)
    context.time_base = form.time_base
    context.sample_aspect_ratio = Fraction(*form.sar)
    # not slices of one frame, as PyAV has it: between frames all but one thread would wait
    context.thread_count, context.thread_type = threads, "FRAME"
    context.color_range, context.colorspace = form.colour.range, form.colour.matrix
    context.color_primaries, context.color_trc = form.colour.primaries, form.colour.transfer


def encoder_options(encoder: Encoder, form: PictureForm) -> dict[str, str]:
    """What the chosen encoder is told; all of it goes into the statement. Raises EncoderMissing."""
    if encoder == "software":
        return x264_options(form)
    return library_options(
        encoder, quality=HARDWARE_QUALITY, level=LEVEL if form.fits_level else None, peak=HARDWARE_PEAK_BITS_S,
        key_every=KEY_EVERY_FRAMES,
    )  # fmt: skip


def x264_options(form: PictureForm) -> dict[str, str]:
    """The encoder's settings. Without B-frames stored and shown order agree: the picture needs no edit list."""
    level = {"level": LEVEL} if form.fits_level else {}
    return {
        "preset": PRESET,
        "crf": str(CRF),
        "profile": "high",
        "bf": "0",
        "g": str(KEY_EVERY_FRAMES),
        "forced-idr": "1",
        "a53cc": "0",
        "x264-params": x264_params(form.width),
        **level,
    }


def x264_params(width: int) -> str:
    """How far x264 looks ahead in a picture of this width (pixels as stored): only where its result stays the same."""
    return f"mbtree=1:rc-lookahead={LOOKAHEAD}" if has_steady_tree(width) else "mbtree=0:rc-lookahead=0"
