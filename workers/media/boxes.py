"""The few MP4 facts libav does not tell: which top-level boxes lie where, and what the edit lists say.

Reads the box structure only (ISO/IEC 14496-12), never samples. Sizes in boxes are claims by hostile bytes: each is
held against the file's length and nothing larger than ``MAX_MOOV_BYTES`` is read.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, NamedTuple

MAX_BOXES = 100_000
MAX_MOOV_BYTES = 64 * 1024 * 1024
MAX_EDITS = 1000
NORMAL_SPEED = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Box:
    """A top-level box; ``is_whole`` is False where its declared end lies behind the end of the file."""

    kind: bytes
    start: int
    size: int
    header: int
    is_whole: bool


class Edit(NamedTuple):
    """One row of an edit list.

    Duration in movie ticks, media time in track ticks (-1: an empty stretch), speed in 1/65536.
    """

    duration: int
    media: int
    speed: int


@dataclass(frozen=True, kw_only=True)
class Edits:
    """One track's edit list in its own time scale.

    ``media_start`` is the stored pts at which the first shown stretch begins, ``empty`` the ticks nothing is shown
    before it, and ``offset`` so stored minus shown time. Pictures from ``media_end`` on are stored but not shown, sound
    from ``sound_end`` on (later by one tick of the movie's clock, for its length was rounded to those); both are None
    where nothing ends the stretch. ``segments`` counts the shown stretches: with more than one, or ``is_plain`` False,
    shown time is no plain shift of stored time.
    """

    media_start: int
    empty: int
    segments: int
    media_end: int | None = None
    sound_end: int | None = None
    is_plain: bool = True

    @property
    def offset(self) -> int:
        """Stored minus shown ticks."""
        return self.media_start - self.empty


def top_level(path: Path) -> list[Box]:
    """The boxes of the file in order; an empty list where the first is none."""
    size = path.stat().st_size
    found: list[Box] = []
    with path.open("rb") as file:
        at = 0
        while at + 8 <= size and len(found) < MAX_BOXES:
            box = _box_at(file, at, size)
            if box is None:
                break
            found.append(box)
            at += box.size
    return found


def _box_at(file: BinaryIO, at: int, end: int) -> Box | None:
    file.seek(at)
    head = file.read(16)
    size, kind = struct.unpack(">I4s", head[:8])
    header = 8
    if size == 1 and len(head) == 16:
        size, header = struct.unpack(">Q", head[8:])[0], 16
    elif size == 0:
        size = end - at
    if size < header or not all(32 <= byte < 127 or byte == 0xA9 for byte in kind):
        return None
    return Box(kind=kind, start=at, size=size, header=header, is_whole=at + size <= end)


def edits_by_track(path: Path) -> dict[int, Edits]:
    """Edit lists of all tracks by track id; tracks without one are left out (nothing shifts them)."""
    moov = next((box for box in top_level(path) if box.kind == b"moov" and box.is_whole), None)
    if moov is None or moov.size > MAX_MOOV_BYTES:
        return {}
    with path.open("rb") as file:
        file.seek(moov.start + moov.header)
        body = file.read(moov.size - moov.header)
    movie_scale = _time_scale(_first(body, b"mvhd"))
    found: dict[int, Edits] = {}
    for kind, trak in _children(body):
        if kind != b"trak":
            continue
        track = _track_id(_first(trak, b"tkhd"))
        scale = _time_scale(_first(_first(trak, b"mdia"), b"mdhd"))
        entries = _edit_entries(_first(_first(trak, b"edts"), b"elst"))
        if track and scale and movie_scale and entries:
            found[track] = _edits(entries, scale, movie_scale, is_fragmented=_first(body, b"mvex") != b"")
    return found


def _edits(entries: list[Edit], scale: int, movie_scale: int, *, is_fragmented: bool) -> Edits:
    """Players show what starts in [media time, media time + duration), as libav does.

    In a fragmented file a duration of 0 means 'to the end' (ISO/IEC 14496-12, 8.6.6); elsewhere it shows nothing.
    """
    shown = [edit for edit in entries if edit.media >= 0]
    empty = sum(edit.duration for edit in takewhile(lambda edit: edit.media < 0, entries))
    first = shown[0] if shown else Edit(0, -1, NORMAL_SPEED)
    start = max(first.media, 0)
    is_endless = not shown or first.duration == 0
    return Edits(
        media_start=start,
        empty=_rescaled(empty, scale, movie_scale),
        segments=len(shown),
        media_end=None if is_endless else start + _rescaled(first.duration, scale, movie_scale),
        sound_end=None if is_endless else start + -(-(first.duration + 1) * scale // movie_scale),
        is_plain=len(shown) == 1 and first.speed == NORMAL_SPEED and (first.duration > 0 or is_fragmented),
    )


def _rescaled(ticks: int, scale: int, movie_scale: int) -> int:
    """Rounded to the nearest, halves up."""
    return (ticks * scale + movie_scale // 2) // movie_scale


def _children(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        header = 8
        if size == 1 and at + 16 <= len(body):
            size, header = struct.unpack_from(">Q", body, at + 8)[0], 16
        elif size == 0:
            size = len(body) - at
        if size < header or at + size > len(body):
            return
        yield kind, body[at + header : at + size]
        at += size


def _first(body: bytes, wanted: bytes) -> bytes:
    return next((child for kind, child in _children(body) if kind == wanted), b"")


def _time_scale(header: bytes) -> int:
    """``mvhd`` and ``mdhd`` hold it at the same place: after version, flags and two times."""
    at = 20 if header[:1] == b"\x01" else 12
    return int(struct.unpack_from(">I", header, at)[0]) if len(header) >= at + 4 else 0


def _track_id(header: bytes) -> int:
    at = 20 if header[:1] == b"\x01" else 12
    return int(struct.unpack_from(">I", header, at)[0]) if len(header) >= at + 4 else 0


def _edit_entries(body: bytes) -> list[Edit]:
    if len(body) < 8:
        return []
    row = struct.Struct(">QqI" if body[0] == 1 else ">IiI")
    count = min(struct.unpack_from(">I", body, 4)[0], (len(body) - 8) // row.size, MAX_EDITS)
    return [Edit(*row.unpack_from(body, 8 + n * row.size)) for n in range(count)]
