"""The tree computed anew from its leaves, in their order, and held against the tiles that are stored.

Keeps one tile a level, so its memory does not grow with the record.
"""

from collections.abc import Callable, Sequence

from evidence.custody.models import Tile
from evidence.custody.tree.hashing import EMPTY_ROOT, HASH_BYTES, fold
from evidence.custody.tree.tiles import WIDTH

Tell = Callable[[str], None]
_COMPARED_AT_ONCE = 16


class Recomputed:
    """Hashes are added in their order; each full tile is compared, and the others at the end.

    Holds levels `base` and up; of those from `top` on only what has been added, to compare and to fold nothing.
    """

    def __init__(self, tell: Tell, *, base: int = 0, top: int | None = None, first: int = 0) -> None:
        """`first`: the number of the hash of level `base` that is added first, which begins a tile of each level."""
        self._tell = tell
        self._base, self._top = base, top
        self._filling: list[list[bytes]] = [[]]
        self._numbers = [first // WIDTH]
        self._full: list[tuple[int, int, bytes]] = []

    def root(self, below: bytes | None = None) -> bytes:
        """Of what was added so far, and of what comes after it below level `base`."""
        found = [] if below is None else [below]
        for filling in self._filling:
            hashes = filling + found
            found = [fold(hashes)] if hashes else []
        return found[0] if found else EMPTY_ROOT

    def add(self, hashes: Sequence[bytes]) -> None:
        """The next ones of level `base`."""
        at = 0
        while at < len(hashes):
            filling = self._filling[0]
            part = hashes[at : at + WIDTH - len(filling)]
            filling.extend(part)
            at += len(part)
            if len(filling) == WIDTH:
                self._rise(0)
        if len(self._full) >= _COMPARED_AT_ONCE:
            self._compare()

    def end(self) -> None:
        """Compare the tiles that are not full too."""
        for place, filling in enumerate(self._filling):
            if filling and self._base + place != self._top:
                self._full.append((self._base + place, self._numbers[place], b"".join(filling)))
        self._compare()

    def _rise(self, place: int) -> None:
        filling = self._filling[place]
        self._full.append((self._base + place, self._numbers[place], b"".join(filling)))
        root = fold(filling)
        filling.clear()
        self._numbers[place] += 1
        if place + 1 == len(self._filling):
            self._filling.append([])
            self._numbers.append(self._numbers[place] // WIDTH)
        self._filling[place + 1].append(root)
        if len(self._filling[place + 1]) == WIDTH and self._base + place + 1 != self._top:
            self._rise(place + 1)

    def _compare(self) -> None:
        stored = _tiles_stored([(level, number) for level, number, _ in self._full])
        for level, number, computed in self._full:
            kept = stored.get((level, number))
            if kept is None:
                self._tell(f"Tile {number} of level {level} is missing.")
            elif kept != computed:
                self._tell(_said(level, number, kept, computed))
        self._full.clear()


def tiles_extra(size: int) -> int:
    """How many tiles are kept beyond those of a tree of `size` leaves; below 0: some are missing."""
    count, hashes = 0, size
    while hashes:
        count += -(-hashes // WIDTH)
        hashes //= WIDTH
    return Tile.objects.count() - count


def _tiles_stored(places: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    found: dict[tuple[int, int], bytes] = {}
    for level in sorted({level for level, _ in places}):
        numbers = [number for each, number in places if each == level]
        rows = Tile.objects.filter(level=level, number__in=numbers).order_by("number")
        found |= {(level, number): bytes(hashes) for number, hashes in rows.values_list("number", "hashes")}
    return found


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
