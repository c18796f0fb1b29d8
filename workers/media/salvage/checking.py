"""Decodes all that was salvaged: what the decoder had to mend is told, for no index vouches for these pictures."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from workers.media import streams
from workers.media.damage import DamageWatch, Read
from workers.media.progress import Progress
from workers.media.source import AnyPacket, Packets, open_source

DECODER_THREADS = 2


@dataclass(frozen=True)
class Checked:
    """`shown`: pictures that came out; `damaged`: of those, what was mended or may lean on what was."""

    shown: int
    damaged: int


def checked(path: Path, *, total: int) -> Checked:
    """Decode every picture of a copy."""
    progress = Progress(stage="checking", total=total)
    shown = damaged = 0
    with open_source(path) as container:
        stream = streams.main_video(container)
        if stream is None:
            return Checked(0, 0)
        stream.thread_type, stream.codec_context.thread_count = "AUTO", DECODER_THREADS
        for read in _decoded(container, stream):
            shown, damaged = shown + 1, damaged + read.is_damaged
            progress.step(shown)
    progress.finish(shown)
    return Checked(shown, damaged)


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[Read]:
    watch = DamageWatch()
    packets: Iterator[AnyPacket | None] = chain(Packets(container, stream), (None,))
    for packet in packets:
        watch.sent(packet.pts if packet is not None else None)
        try:
            frames = stream.codec_context.decode(packet)
        except av.error.FFmpegError:
            watch.lost()
            continue
        for frame in frames:
            yield from watch.take(frame)
    yield from watch.rest()
