"""Tiles of 256 hashes (C2SP tlog-tiles): what is kept of the tree, so that any proof costs a few reads.

Level 0 holds leaf hashes; each hash of a higher level is the root of a full tile below. Only the last tile of a level
grows. A newcomer's trap: a tile that is not full has no hash in the level above it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from evidence.custody.tree.hashing import EMPTY_ROOT, HASH_BYTES, fold, node_hash, split

HEIGHT = 8
WIDTH = 1 << HEIGHT
Read = Callable[[int, int], bytes]
"""A tile's hashes by level and number, as many as it has so far. Raises TileMissing."""


class TileMissing(Exception):
    """A tile that a proof needs is not there or holds too few hashes: the tree is damaged, or younger than asked."""

    def __init__(self, level: int, number: int) -> None:
        super().__init__(f"Tile {number} of level {level} is missing or too short.")
        self.level = level
        self.number = number


@dataclass(frozen=True, slots=True)
class Tile:
    """Hashes of one tile, one after the other."""

    level: int
    number: int
    hashes: bytes


def tiles_after(read: Read, size: int, leaves: Iterable[bytes]) -> list[Tile]:
    """The tiles that change when `leaves` are added to a tree of `size`: each whole, as it is afterwards.

    Raises:
        TileMissing: a tile that is to grow is not what the size says.
    """
    changed: list[Tile] = []
    added, start = list(leaves), size
    level = 0
    while added:
        full: list[bytes] = []
        first = start // WIDTH
        kept = start % WIDTH
        hashes = _hashes(read, level, first, kept) + added
        for number, at in enumerate(range(0, len(hashes), WIDTH), start=first):
            part = hashes[at : at + WIDTH]
            changed.append(Tile(level, number, b"".join(part)))
            if len(part) == WIDTH:
                full.append(fold(part))
        added, start, level = full, first, level + 1
    return changed


def root_of(read: Read, size: int) -> bytes:
    """The root of the first `size` entries. Raises TileMissing."""
    return _Tree(read).range(0, size) if size else EMPTY_ROOT


def inclusion_proof(read: Read, index: int, size: int) -> list[bytes]:
    """The hashes that show entry `index` under the root of the first `size`, the leaf's neighbour first (RFC 6962,
    2.1.1). Raises TileMissing; ValueError for an index outside the tree."""
    if not 0 <= index < size:
        raise ValueError(f"There is no entry {index} in a tree of {size}.")
    tree, proof = _Tree(read), []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            proof.append(tree.range(middle, end))
            end = middle
        else:
            proof.append(tree.range(start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(read: Read, old: int, new: int) -> list[bytes]:
    """The hashes that show the tree of `old` entries to be the beginning of that of `new` (RFC 6962, 2.1.2). Raises
    TileMissing; ValueError where `old` is not between 0 and `new`."""
    if not 0 <= old <= new:
        raise ValueError(f"A tree of {old} entries is no beginning of one of {new}.")
    if old in {0, new}:
        return []
    return _consistency(_Tree(read), old, 0, new, is_whole=True)


def _consistency(tree: "_Tree", old: int, start: int, end: int, *, is_whole: bool) -> list[bytes]:
    if old == end - start:
        return [] if is_whole else [tree.range(start, end)]
    at = split(end - start)
    if old <= at:
        return [*_consistency(tree, old, start, start + at, is_whole=is_whole), tree.range(start + at, end)]
    return [*_consistency(tree, old - at, start + at, end, is_whole=False), tree.range(start, start + at)]


class _Tree:
    """Roots of stretches of entries, each tile read once."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._seen: dict[tuple[int, int], bytes] = {}

    def range(self, start: int, end: int) -> bytes:
        """The root of entries `start` to `end`, as RFC 6962 splits a tree that begins at a multiple of its size."""
        count = end - start
        if count & (count - 1) == 0:
            return self._full(start, count.bit_length() - 1)
        at = split(count)
        return node_hash(self.range(start, start + at), self.range(start + at, end))

    def _full(self, start: int, height: int) -> bytes:
        """The root of 2**height entries from a multiple of that."""
        level = height // HEIGHT
        first = start >> level * HEIGHT
        count = 1 << height - level * HEIGHT
        return fold(self._part(level, first // WIDTH, first % WIDTH, count))

    def _part(self, level: int, number: int, first: int, count: int) -> list[bytes]:
        if (level, number) not in self._seen:
            self._seen[level, number] = self._read(level, number)
        hashes = self._seen[level, number]
        if len(hashes) < (first + count) * HASH_BYTES:
            raise TileMissing(level, number)
        return [hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(first, first + count)]


def _hashes(read: Read, level: int, number: int, count: int) -> list[bytes]:
    """The first `count` hashes of a tile that is about to grow."""
    if not count:
        return []
    hashes = read(level, number)
    if len(hashes) < count * HASH_BYTES:
        raise TileMissing(level, number)
    return [hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES] for at in range(count)]
