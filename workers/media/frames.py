"""The frames of a stretch of one recording: every frame whose stored pts lies in [start, end), decoded, each once.

Decoding begins at an instantaneous refresh before the stretch (from the index), never at a mere key frame: pictures
after those may lean on what came before. Where a recording is damaged the frames that cannot be decoded are left out
and counted, and those whose gaps the decoder filled are marked (``damage``): it makes things up, and says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from workers.media.damage import DamageWatch, Read
from workers.media.errors import MediaError, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.picture import shown_size
from workers.media.playable import MIRRORED
from workers.media.recipe_model import Video
from workers.media.source import open_source
from workers.media.streams import orientation_of

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
        return (read.frame for read in self.read(start, end))

    def read(self, start: int, end: int) -> Iterator[Read]:
        """The same frames, each with whether it is damaged."""
        with open_source(self.path) as container:
            stream = self._stream(container)
            self._seek(container, stream, start)
            last = start - 1
            for read in self._decode(container, stream):
                pts = read.frame.pts
                if pts is None:
                    raise NoTimes(
                        "This recording stores no times for its frames. Make a plain MP4 of it and edit that."
                    )
                if pts >= end:
                    return
                if pts > last:
                    last = pts
                    self._check(read.frame)
                    yield read

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
        """To the first picture that is stored, which may lie before the first that is shown."""
        container.seek(min(self.index.pts_of(0), stream.start_time or 0, 0), stream=stream, backward=True)

    def _decode(self, container: InputContainer, stream: VideoStream) -> Iterator[Read]:
        """What comes out of the decoder, to the end or to where the file cannot be read further."""
        watch = DamageWatch()
        try:
            for packet in container.demux(stream):
                watch.sent(packet.pts)
                yield from self._pictures(watch, lambda packet=packet: packet.decode())  # type: ignore[misc]
        except av.error.FFmpegError:
            self.undecodable += 1
            # the decoder still holds pictures back to put them in order: those were read and are whole
            yield from self._pictures(watch, lambda: stream.decode(None))
        yield from watch.rest()

    def _pictures(self, watch: DamageWatch, decode: Callable[[], list[VideoFrame]]) -> Iterator[Read]:
        try:
            found = decode()
        except av.error.FFmpegError:
            self.undecodable += 1
            watch.lost()
            return
        for frame in found:
            yield from watch.take(frame)

    def _check(self, frame: VideoFrame) -> None:
        orientation = orientation_of(frame)
        if orientation is None or orientation.is_mirrored:
            raise OtherPicture(MIRRORED, pts=frame.pts)
        if orientation.rotation != self.video.rotation:
            raise OtherPicture("The picture is turned in another way than the recipe says.", pts=frame.pts)
        size = shown_size(frame, self.video.rotation)
        if size != (self.video.width, self.video.height):
            raise OtherPicture(
                f"The picture is {size[0]}x{size[1]} where the recipe says {self.video.width}x{self.video.height}.",
                pts=frame.pts,
            )
