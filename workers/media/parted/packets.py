"""The file in which a part travels from the worker that made it to the one that joins: coded pictures and a tally.

Behind a first line come the pictures in the order decoded, each behind its piece, times, size and whether it is a key;
then the tally as JSON and its length. It is read strictly: it was written in a sandbox that hostile bytes may own, and
what does not hold is refused. No container: nothing would be gained by a muxer's opinion of times.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from struct import Struct
from typing import BinaryIO, Literal

from workers.media.errors import MediaError
from workers.media.statement import StatedPart
from workers.media.wire import from_obj, to_obj

FIRST = b"continuity part 1\n"
HEAD = Struct(">IqqIB")
LENGTH = Struct(">Q")
MOST_PICTURE_BYTES = 64 * 1024**2
MOST_TALLY_BYTES = 64 * 1024**2
PartWay = Literal["full", "smart"]


class PartDamaged(MediaError):
    """A part is not what its tally says, or no part of this render."""

    code = "part_damaged"


@dataclass(frozen=True, kw_only=True)
class PieceTally:
    """What became of a part's stretch or piece `number`."""

    number: int
    encoded: int
    covered: int
    damaged: int
    first_pts: int | None
    last_pts: int | None


@dataclass(frozen=True, kw_only=True)
class PartTally:
    """What a part holds, beside its pictures.

    `pictures_sha256`: over the slices of all pictures as `StatedGroup` hashes them. `sets`: the encoder's parameter
    sets, hex. `runs`: frames that follow one another in their source, numbered from the part's first.
    """

    v: Literal[1]
    way: PartWay
    recipe_sha256: str
    number: int
    of: int
    part_frames: int
    frames: int
    pictures_sha256: str
    sets: str
    x264_build: str | None
    pieces: tuple[PieceTally, ...]
    runs: tuple[StatedPart, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture on its way: the piece it belongs to, and its times in ticks of who wrote it."""

    piece: int
    pts: int
    duration: int
    is_key: bool
    content: bytes


class PartFile:
    """A part being written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("xb")
        self._file.write(FIRST)
        self._sha256 = sha256()
        self.frames = 0

    def add(self, picture: Picture, slices: bytes) -> None:
        """One picture; `slices` are what is hashed of it."""
        head = HEAD.pack(picture.piece, picture.pts, picture.duration, len(picture.content), picture.is_key)
        self._file.write(head)
        self._file.write(picture.content)
        self._sha256.update(slices)
        self.frames += 1

    @property
    def pictures_sha256(self) -> str:
        """Over the slices so far, lower-case hex."""
        return self._sha256.hexdigest()

    def finish(self, tally: PartTally) -> None:
        """Write the tally; the part is whole."""
        content = json.dumps(to_obj(tally), separators=(",", ":")).encode("ascii")
        self._file.write(content)
        self._file.write(LENGTH.pack(len(content)))
        self.close()

    def close(self) -> None:
        """Close the file, whole or not."""
        self._file.close()


def tally_read(path: Path) -> PartTally:
    """The tally of a part. Raises PartDamaged, DamagedReport."""
    with path.open("rb") as file:
        content, _ = _tally_bytes(file)
    try:
        return from_obj(PartTally, json.loads(content))
    except ValueError as error:
        raise _damaged(path) from error


def pictures_read(path: Path) -> Iterator[Picture]:
    """The pictures of a part, one at a time. Raises PartDamaged."""
    with path.open("rb") as file:
        _, end = _tally_bytes(file)
        file.seek(0)
        if file.read(len(FIRST)) != FIRST:
            raise _damaged(path)
        while file.tell() < end:
            head = file.read(HEAD.size)
            if len(head) < HEAD.size:
                raise _damaged(path)
            piece, pts, duration, size, key = HEAD.unpack(head)
            if not 0 < size <= MOST_PICTURE_BYTES or file.tell() + size > end:
                raise _damaged(path)
            yield Picture(piece, pts, duration, bool(key), file.read(size))


def _tally_bytes(file: BinaryIO) -> tuple[bytes, int]:
    """The tally, and where the pictures end."""
    size = file.seek(0, 2)
    if size < len(FIRST) + LENGTH.size:
        raise _damaged(Path(file.name))
    file.seek(size - LENGTH.size)
    (length,) = LENGTH.unpack(file.read(LENGTH.size))
    end = size - LENGTH.size - length
    if length > MOST_TALLY_BYTES or end < len(FIRST):
        raise _damaged(Path(file.name))
    file.seek(end)
    return file.read(length), end


def _damaged(path: Path) -> PartDamaged:
    return PartDamaged("A part of this copy is damaged, so nothing was put together.", name=path.name[:100])
