"""Hashes over copied pictures, one a group (or several groups, in long copies): see statement.StatedGroup."""

from bisect import bisect_right
from collections.abc import Iterable
from hashlib import sha256

from workers.media.smart.coding import Coding
from workers.media.smart.plan import Piece
from workers.media.statement import StatedGroup

MOST_HASHES = 2_000
"""In one statement: some 200 kB, whatever the length of the copy."""


def groups_within(pieces: Iterable[tuple[Coding, Piece]]) -> int:
    """How many groups of pictures one hash covers."""
    count = sum(
        bisect_right(coding.groups, piece.end - 1) - bisect_right(coding.groups, piece.first) + 1
        for coding, piece in pieces
    )
    return max(-(-count // MOST_HASHES), 1)


class Digests:
    """The hashes of one copied piece, as its pictures pass."""

    def __init__(self, coding: Coding, piece: Piece, per_hash: int) -> None:
        inner = coding.groups[bisect_right(coding.groups, piece.first) : bisect_right(coding.groups, piece.end - 1)]
        self._ends = [*inner[per_hash - 1 :: per_hash], piece.end]
        self._start = piece.first
        self._digest = sha256()
        self._found: list[StatedGroup] = []

    @property
    def groups(self) -> tuple[StatedGroup, ...]:
        """All of them, once every picture has passed."""
        return tuple(self._found)

    def add(self, rank: int, picture: bytes) -> None:
        """The picture of that decoding rank."""
        self._digest.update(picture)
        end = self._ends[len(self._found)]
        if rank + 1 == end:
            self._found.append(StatedGroup(frames=end - self._start, sha256=self._digest.hexdigest()))
            self._start, self._digest = end, sha256()
