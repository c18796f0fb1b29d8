"""The tree computed anew from its leaves, in their order, and held against the tiles that are stored.

Keeps one tile a level, so its memory does not grow with the record.
"""

from collections.abc import Callable

from evidence.custody.models import Tile
from evidence.custody.tree.hashing import EMPTY_ROOT, HASH_BYTES, fold
from evidence.custody.tree.tiles import WIDTH

Tell = Callable[[str], None]


class Recomputed:
    """Leaves are added one by one; each tile is compared when it is full, and at the end."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._filling: list[list[bytes]] = [[]]
        self._numbers = [0]
        self.size = 0

    @property
    def root(self) -> bytes:
        """Of what was added so far."""
        found: list[bytes] = []
        for filling in self._filling:
            hashes = filling + found
            found = [fold(hashes)] if hashes else []
        return found[0] if found else EMPTY_ROOT

    def add(self, leaves: list[bytes]) -> None:
        """The next leaves."""
        filling = self._filling[0]
        for leaf in leaves:
            filling.append(leaf)
            if len(filling) == WIDTH:
                self._full(0)
        self.size += len(leaves)

    def end(self) -> None:
        """Compare the tiles that are not full, and see that there are no others."""
        for level, filling in enumerate(self._filling):
            if filling:
                self._compare(level)
        count = sum(self._numbers) + sum(bool(filling) for filling in self._filling)
        extra = Tile.objects.count() - count
        if extra > 0:
            self._tell(f"There are {extra} tiles that belong to no event.")

    def _full(self, level: int) -> None:
        self._compare(level)
        root = fold(self._filling[level])
        self._filling[level].clear()
        self._numbers[level] += 1
        if level + 1 == len(self._filling):
            self._filling.append([])
            self._numbers.append(0)
        self._filling[level + 1].append(root)
        if len(self._filling[level + 1]) == WIDTH:
            self._full(level + 1)

    def _compare(self, level: int) -> None:
        number, computed = self._numbers[level], b"".join(self._filling[level])
        stored = tile_stored(level, number)
        if stored is None:
            self._tell(f"Tile {number} of level {level} is missing.")
        elif stored != computed:
            self._tell(_said(level, number, stored, computed))


def tile_stored(level: int, number: int) -> bytes | None:
    """A tile's hashes; None where there is none."""
    # not first(): its order by key can make PostgreSQL walk the table instead of the index
    found = next(iter(Tile.objects.filter(level=level, number=number).values_list("hashes", flat=True)), None)
    return None if found is None else bytes(found)


def leaf_stored(index: int) -> bytes | None:
    """What the tiles say of one place."""
    start = index % WIDTH * HASH_BYTES
    found = (tile_stored(0, index // WIDTH) or b"")[start : start + HASH_BYTES]
    return found if len(found) == HASH_BYTES else None


def _said(level: int, number: int, stored: bytes, computed: bytes) -> str:
    places = range(0, len(computed), HASH_BYTES)
    at = next((i for i in places if stored[i : i + HASH_BYTES] != computed[i : i + HASH_BYTES]), len(computed))
    if level:
        return f"Tile {number} of level {level} is not what the leaves below it give, from hash {at // HASH_BYTES} on."
    return (
        f"Event {number * WIDTH + at // HASH_BYTES} of the tree is not the one that was placed there, "
        "or its tile was changed."
    )
