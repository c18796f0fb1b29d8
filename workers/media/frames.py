"""The frames of a stretch of one recording: every frame whose stored pts lies in [start, end), decoded, each once.

Decoding begins at an instantaneous refresh before the stretch (from the index), never at a mere key frame: pictures
after those may lean on what came before. Where a recording is damaged the frames that cannot be decoded are left out
and counted, not made up.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.media.errors import MediaError, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.picture import shown_size
from workers.media.recipe_model import Video
from workers.media.source import open_source
from workers.media.streams import rotation_of

DECODER_THREADS = 2


class OtherPicture(MediaError):
    """The stream is not what the recipe says of it, or the picture changes midway."""

    code = "other_picture"


class NoTimes(MediaError):
    """The container stores no times for frames, so that none can be named exactly."""

    code = "no_times"


@dataclass
class SourceFrames:
    """Reads frames of `path` as the recipe's `video` describes it; `undecodable` counts packets that gave an error."""

    path: Path
    video: Video
    index: FrameIndex
    undecodable: int = 0

    def between(self, start: int, end: int) -> Iterator[VideoFrame]:
        """Frames with start <= pts < end in the order shown. Raises NoVideo, OtherPicture, NoTimes."""
        with open_source(self.path) as container:
            stream = self._stream(container)
            self._seek(container, stream, start)
            last = start - 1
            for frame in self._decode(container, stream):
                if frame.pts is None:
                    raise NoTimes(
                        "This recording stores no times for its frames. Make a plain MP4 of it and edit that."
                    )
                if frame.pts >= end:
                    return
                if frame.pts > last:
                    last = frame.pts
                    self._check(frame)
                    yield frame

    def _stream(self, container: InputContainer) -> VideoStream:
        chosen = next((row for row in container.streams.video if row.index == self.video.stream), None)
        if chosen is None:
            raise NoVideo("The recording has no picture where the recipe looks for it.", stream=self.video.stream)
        base = chosen.time_base
        if base is None or (base.numerator, base.denominator) != self.video.time_base:
            raise OtherPicture("The recording counts time in another way than the recipe says. Make the recipe again.")
        chosen.thread_type = "AUTO"
        chosen.codec_context.thread_count = DECODER_THREADS
        return chosen

    def _seek(self, container: InputContainer, stream: VideoStream, start: int) -> None:
        """To the last refresh at or before `start`, further back if the container's own table lands too late."""
        frame = self.index.frame_of_pts(start)
        refresh = self.index.refresh_before(frame)
        while refresh is not None and refresh > 0:
            wanted = self.index.pts_of(refresh)
            container.seek(wanted, stream=stream, backward=True)
            landed = next((packet.pts for packet in container.demux(stream) if packet.size), None)
            if landed is not None and landed <= wanted:
                container.seek(wanted, stream=stream, backward=True)
                return
            refresh = self.index.refresh_before(refresh - 1)
        self._rewind(container, stream)

    def _rewind(self, container: InputContainer, stream: VideoStream) -> None:
        container.seek(min(self.index.pts_of(0), 0), stream=stream, backward=True)

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
        try:
            for packet in container.demux(stream):
                yield from self._pictures(packet)
        except av.error.FFmpegError:
            self.undecodable += 1

    def _pictures(self, packet: "Packet[VideoStream]") -> Iterator[VideoFrame]:
        try:
            found = packet.decode()
        except av.error.FFmpegError:
            self.undecodable += 1
            return
        yield from found

    def _check(self, frame: VideoFrame) -> None:
        if rotation_of(frame) != self.video.rotation:
            raise OtherPicture("The picture is turned in another way than the recipe says.", pts=frame.pts)
        size = shown_size(frame, self.video.rotation)
        if size != (self.video.width, self.video.height):
            raise OtherPicture(
                f"The picture is {size[0]}x{size[1]} where the recipe says {self.video.width}x{self.video.height}.",
                pts=frame.pts,
            )
