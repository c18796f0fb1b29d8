"""Recordings whose edit lists hide or reorder what is stored, made by rewriting the list of a real file."""

import struct
from pathlib import Path

Row = tuple[int, int, int]
"""Duration in movie ticks, media time, speed in 1/65536."""
NORMAL = 1 << 16


def rows_of(path: Path, track: int = 0) -> list[Row]:
    """The edit list of the nth track (of those that have one)."""
    content = path.read_bytes()
    at = _boxes_at(content, b"elst")[track]
    count = struct.unpack_from(">I", content, at + 12)[0]
    return [struct.unpack_from(">IiI", content, at + 16 + 12 * number) for number in range(count)]


def rewritten(path: Path, out: Path, rows: list[Row], track: int = 0) -> Path:
    """`path` with other rows in the nth track's edit list; its index must stand at the end, so that nothing moves."""
    content = bytearray(path.read_bytes())
    assert content.index(b"mdat") < content.index(b"moov")
    at = _boxes_at(bytes(content), b"elst")[track]
    size = struct.unpack_from(">I", content, at)[0]
    box = struct.pack(">I4sII", 16 + 12 * len(rows), b"elst", 0, len(rows))
    box += b"".join(struct.pack(">IiI", *row) for row in rows)
    content[at : at + size] = box
    for parent in (b"edts", b"trak", b"moov"):
        start = max(place for place in _boxes_at(bytes(content), parent) if place < at)
        struct.pack_into(">I", content, start, struct.unpack_from(">I", content, start)[0] + len(box) - size)
    out.write_bytes(content)
    return out


def _boxes_at(content: bytes, kind: bytes) -> list[int]:
    """Where boxes of a kind begin, behind the media."""
    found, at = [], content.find(kind, content.index(b"moov") - 4)
    while at >= 0:
        found.append(at - 4)
        at = content.find(kind, at + 1)
    return found
