"""Reads a source's packets by decoding rank, from a group's start on; one file handle, kept between stretches."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from workers.media import nal
from workers.media.smart.coding import Coding, NotSmart
from workers.media.smart.h264 import BadUnits, Coded, coded
from workers.media.source import open_source, read_only

OTHERWISE = "The recording cannot be read the same way twice."


class CodedReader:
    """Use as a context manager. Raises NotSmart where packets are not those that were indexed."""

    def __init__(self, path: Path, coding: Coding, stream: int) -> None:
        self._path, self._coding, self._number = path, coding, stream
        self._prefix = nal.length_size(coding.extradata, "h264")
        self._stack = ExitStack()
        self._packets: Iterator[Packet[VideoStream]] = iter(())
        self._next: int | None = None

    def __enter__(self) -> Self:
        self.container: InputContainer = self._stack.enter_context(open_source(self._path))
        self.stream: VideoStream = next(row for row in self.container.streams.video if row.index == self._number)
        read_only(self.container, self.stream)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def between(self, first: int, end: int) -> Iterator["Packet[VideoStream]"]:
        """The packets of ranks [first, end); `first` begins a group, or is where the last reading ended."""
        if self._next != first:
            self._seek(first)
        self._next = None
        for rank in range(first, end):
            packet = self._take()
            if packet is None or packet.pts != self._coding.pts[rank]:
                raise NotSmart(OTHERWISE, rank=rank)
            yield packet
        self._next = end

    def coded(self, packet: "Packet[VideoStream]") -> Coded:
        """What goes into the output of a packet."""
        try:
            found = coded(memoryview(packet), self._prefix)
        except BadUnits as error:
            raise NotSmart("A picture of the recording is not stored as H.264 asks.", reason=str(error)) from error
        return found

    def _take(self) -> "Packet[VideoStream] | None":
        try:
            return next(self._packets, None)
        except av.error.FFmpegError:
            return None

    def _seek(self, first: int) -> None:
        """So that the next packet is the one of rank `first`, from further back where the container lands late."""
        wanted = self._coding.pts[first]
        groups = [group for group in self._coding.groups if group <= first]
        for group in reversed(groups[-3:]):
            if self._lands(self._coding.pts[group], wanted):
                return
        if not self._lands(min(self._coding.pts[0], self.stream.start_time or 0, 0), wanted):
            raise NotSmart(OTHERWISE)

    def _lands(self, at: int, wanted: int) -> bool:
        """Seek to `at` and read on up to the packet of pts `wanted`; False where that was passed."""
        try:
            self.container.seek(at, stream=self.stream, backward=True)
        except av.error.FFmpegError:
            return False
        self._packets = (packet for packet in self.container.demux(self.stream) if packet.size)
        while (packet := self._take()) is not None:
            if packet.pts == wanted:
                self._packets = _with(packet, self._packets)
                return True
            if packet.pts is not None and packet.is_keyframe and packet.pts > wanted:
                return False
        return False


def _with(packet: "Packet[VideoStream]", rest: Iterator["Packet[VideoStream]"]) -> Iterator["Packet[VideoStream]"]:
    yield packet
    yield from rest
