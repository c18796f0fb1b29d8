"""Writes pictures that are already coded into an MP4 beside one sound: no encoder, no metadata, fast start.

The track keeps the recording's time scale. An edit list only says by how much pictures are decoded ahead of being shown
(and hides the priming of the sound's encoder); it never hides a picture.
"""

from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.packet import Packet
from av.video.stream import VideoStream

from workers.media.audio import Sound
from workers.media.smart.sound import CopiedSound, CopiedTrack
from workers.media.sound_track import EncodedTrack, Track
from workers.media.source import AnyPacket, open_source

SOUND_EVERY_S = Fraction(1, 4)
"""Between pulls of the sound: pictures of so long wait in the muxer's memory."""


class JoinedWriter:
    """Takes pictures in decoding order and pulls the sound along. Use as a context manager.

    `head`: the track's avcC; `template`: a stream of the source, open, for size, pixel shape and colours.
    """

    def __init__(
        self, path: Path, *, template: VideoStream, head: bytes, time_base: Fraction, rotation: int,
        sound: Sound | CopiedSound | None,
    ) -> None:  # fmt: skip
        self._path, self._template, self._head = path, template, head
        self._base, self._rotation, self._sound = time_base, rotation, sound
        self._stack = ExitStack()
        self._track: Track | None = None
        self._last: AnyPacket | None = None
        self._first_dts = self._end = 0
        self._sound_due, self._step = 0, int(SOUND_EVERY_S / time_base)

    def __enter__(self) -> Self:
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        if self._base.numerator == 1:
            options["video_track_timescale"] = str(self._base.denominator)
        self._out = av.open(f"file:{self._path}", "w", format="mp4", options=options)
        self._stream = self._out.add_stream_from_template(self._template)
        self._stream.codec_context.extradata = self._head
        self._stream.time_base = self._base
        if self._rotation:
            self._stream.set_display_rotation(-self._rotation)
        if isinstance(self._sound, CopiedSound):
            source = self._stack.enter_context(open_source(self._sound.path))
            self._track = CopiedTrack(self._out, source, self._sound)
        elif self._sound is not None:
            self._track = EncodedTrack(self._out, self._sound)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            if self._track is not None:
                self._track.close()
            self._out.close()
            self._stack.close()

    def write(self, picture: bytes, *, pts: int, dts: int, duration: int, is_key: bool) -> None:
        """One picture; times in ticks of the output."""
        packet: AnyPacket = Packet(picture)
        packet.stream, packet.time_base = self._stream, self._base
        packet.pts, packet.dts, packet.duration, packet.is_keyframe = pts, dts, duration, is_key
        if self._last is None:
            self._first_dts = dts
        self._flush()
        self._last, self._end = packet, max(self._end, pts + duration)

    def prepare(self) -> bool:
        """Get more of the sound ready while the next picture is waited for; see Track."""
        return self._track is not None and self._track.prepare()

    def _flush(self) -> None:
        if self._last is not None:
            self._out.mux(self._last)
            pts = self._last.pts or 0
            if self._track is not None and pts >= self._sound_due:
                self._track.until(pts * self._base)
                self._sound_due = pts + self._step

    def _finish(self) -> None:
        """A packet that is decoded last without being shown last ends the track where the pictures end."""
        if self._last is not None:
            if (self._last.pts or 0) + (self._last.duration or 0) < self._end:
                self._last.duration = max(self._end - ((self._last.dts or 0) - self._first_dts), 1)
            self._flush()
        if self._track is not None:
            self._track.until(None)
