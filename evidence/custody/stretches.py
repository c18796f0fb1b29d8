"""Stretches of the tree computed anew, each by itself: what their events, columns, texts and tiles are.

A stretch is as many leaves as one whole tile of level LEVELS - 1 stands for, so that two stretches share no tile below
LEVELS, and whoever joins them needs a root of each. That is what lets several processes verify one record.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from evidence.custody.clock import Times
from evidence.custody.models import TreeHead
from evidence.custody.placed import COLUMNS, columns_text, placed
from evidence.custody.recomputing import Recomputed, leaf_stored
from evidence.custody.text_checks import gone_check, texts_check
from evidence.custody.tree.hashing import HASH_BYTES, leaf_hash
from evidence.custody.tree.tiles import WIDTH
from evidence.custody.verified import Verified

LEVELS = 2
BATCH = 4_096
_UNKNOWN = bytes(HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a checkpoint over `size` events is held against. `root`: of the leaves of the stretch below that size.
    `times`: of its events since the mark before."""

    size: int
    root: bytes
    times: Times


@dataclass(slots=True)
class Stretch:
    """What came out of one. `times`: of the events behind the last mark."""

    count: int
    root: bytes
    marks: list[Mark] = field(default_factory=list)
    times: Times = field(default_factory=Times)
    found: Verified = field(default_factory=Verified)

    @property
    def is_whole(self) -> bool:
        """Whether its root is a hash of level LEVELS."""
        return self.count == stretch_leaves()


def stretch_leaves() -> int:
    """How many leaves a whole one has."""
    return int(WIDTH**LEVELS)


def stretch_verify(first: int, end: int) -> Stretch:
    """Places `first`, where a stretch begins, to `end`, where it or the tree ends."""
    with _no_collecting():
        return _Verifying(first, end).run()


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Without the cycle collector, which finds nothing in a million bodies and takes as long as reading them."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Verifying:
    """Leaves in their order, batch by batch."""

    def __init__(self, first: int, end: int) -> None:
        self._first, self._end = first, end
        self._found = Verified()
        self._tree = Recomputed(self._found.tell, top=LEVELS, first=first)
        self._leaves: list[bytes] = []
        self._next = first
        """The place of the next leaf; those in `_leaves` are not in the tree yet."""
        self._met: list[tuple[str, int]] = []
        self._times = Times()
        self._marks: list[Mark] = []
        sizes = TreeHead.objects.filter(size__gt=first, size__lte=end).order_by("size")
        self._sizes = list(sizes.values_list("size", flat=True).distinct())
        self._sizes.reverse()

    def run(self) -> Stretch:
        """All of it."""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                # starting workers for so small an answer costs more than they help
                cursor.execute("SET LOCAL max_parallel_workers_per_gather = 0")
        for first in range(self._first, self._end, BATCH):
            self._batch(first, min(first + BATCH, self._end))
        self._gap(self._end)
        self._added()
        self._tree.end()
        return Stretch(self._end - self._first, self._tree.root(), self._marks, self._times, self._found)

    def _batch(self, first: int, end: int) -> None:
        gone: list[tuple[UUID, str]] = []
        for place, group in groupby(placed(first, end), key=itemgetter(0)):
            rows = list(group)
            _, position, body, columns, *_ = rows[0]
            self._found.leaves += 1
            if place != self._next:
                self._gap(place)
            if body is None or columns is None:
                self._found.tell(f"The event of place {place} (row {position}) is missing.")
                self._leaf(leaf_stored(place) or _UNKNOWN)
                continue
            stated = self._columns_check(body, columns)
            if stated is not None:
                self._met.append((stated["at"], place))
                gone += texts_check(self._found, stated, rows)
            self._leaf(leaf_hash(body))
        gone_check(self._found, gone)
        self._added()

    def _leaf(self, leaf: bytes) -> None:
        self._leaves.append(leaf)
        self._next += 1
        if self._sizes and self._sizes[-1] == self._next:
            self._added()
            self._marks.append(Mark(self._sizes.pop(), self._tree.root(), self._times))
            self._times = Times()

    def _added(self) -> None:
        self._tree.add(self._leaves)
        self._times = self._times.joined(Times.of(self._met))
        self._leaves.clear()
        self._met.clear()

    def _gap(self, end: int) -> None:
        """Places without a row; the tiles say what was there, so that it shall not make all after it wrong."""
        if self._next < end:
            self._found.tell(f"Places {self._next} to {end - 1} of the tree are missing.")
        for place in range(self._next, end):
            self._leaf(leaf_stored(place) or _UNKNOWN)

    def _columns_check(self, body: bytes, columns: str) -> dict[str, Any] | None:
        """The indexed columns say what the hashed body says; returns it, or None where it cannot be read."""
        try:
            stated: dict[str, Any] = orjson.loads(body)
            text = columns_text(stated)
        except (ValueError, KeyError, TypeError):
            self._found.tell(f"The body of an event cannot be read; its columns are {columns}.")
            return None
        if text != columns:
            said, kept = text.split("|"), columns.split("|")
            differing = [name for name, one, other in zip(COLUMNS, said, kept, strict=False) if one != other]
            for name in differing or COLUMNS[-1:]:
                self._found.tell(f"Event {stated['id']}: its column '{name}' is not what its body says.")
        return stated
