"""Opening a recording: the one door through which libav sees hostile bytes.

Only containers on the list are opened, so that playlists and concatenation texts, which name *other* files, are refused
by design; only decoders on the list of ``decoders`` see what is in them. Edit lists are ignored here: pts are those
stored in the container, as recipes count them; what a player shifts them by is the frame index's
``presentation_offset``, one per stream.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import av
import av.error
import av.logging
from av.codec.context import CodecContext
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Stream

from workers.media.decoders import LIMITS
from workers.media.errors import NotMedia, SourceMissing

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,h264,hevc"
PROTOCOLS = "file"
MAX_STREAMS = 64

AnyPacket: TypeAlias = "Packet[Stream]"


def source_size(path: Path) -> int:
    """Bytes of a regular file; raises SourceMissing."""
    if not path.is_file():
        raise SourceMissing("There is no file to read here.", name=path.name[:100])
    return path.stat().st_size


def file_sha256(path: Path) -> str:
    """Lower-case hex SHA-256 of a file's bytes. Other threads run meanwhile."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_source(path: Path) -> Iterator[InputContainer]:
    """Open ``path`` for reading with stored pts (edit lists ignored); raises SourceMissing, NotMedia."""
    source_size(path)
    av.logging.set_level(None)
    options = {
        "format_whitelist": FORMATS,
        "protocol_whitelist": PROTOCOLS,
        "ignore_editlist": "1",
        "max_streams": str(MAX_STREAMS),
        "codec_whitelist": LIMITS["codec_whitelist"],
    }
    try:
        container = av.open(f"file:{path}", options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OSError) as error:
        raise NotMedia("This file is not in a container that can be opened.", reason=str(error)[:200]) from error
    with container:
        _limit(container)
        yield container


def read_only(container: InputContainer, *chosen: Stream) -> None:
    """Leave the packets of all other streams where they lie: sound alone is read in a fraction of a film's bytes.

    MP4 and QuickTime only: where Matroska lands after a seek depends on the streams that are read.
    """
    for stream in container.streams if container.format.name.startswith("mov") else ():
        if stream not in chosen:
            stream.discard = Discard.all


def _limit(container: InputContainer) -> None:
    """The container's own options reach no decoder that is opened later: each stream's gets its limits here."""
    for stream in container.streams:
        context: CodecContext | None = stream.codec_context
        if context is not None:
            context.options = {**context.options, **LIMITS}


def ffmpeg_input_options() -> dict[str, str]:
    """The same whitelists as arguments of the ffmpeg program (edit lists applied: it makes what a player shows)."""
    formats = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS, "max_streams": str(MAX_STREAMS)}
    return formats | LIMITS


class Packets:
    """The packets of some streams in file order, up to the end or to where the file cannot be read further.

    ``broken`` then holds libav's word for it: a damaged recording still gives everything before the damage.
    """

    def __init__(self, container: InputContainer, *chosen: Stream) -> None:
        self._container = container
        self._chosen = chosen
        self.broken: str | None = None

    def __iter__(self) -> Iterator[AnyPacket]:
        try:
            for packet in self._container.demux(*self._chosen):
                if packet.size:
                    yield packet
        except av.error.FFmpegError as error:
            self.broken = str(error)[:200]
