"""What fits on which disc: the media, data discs by bytes, and an upper bound of an image's size.

Pure: no process, no file, no Django, so that the pages and `evidence.court` can show a plan before anything is built.
`image_size_estimate` is only a bound for planning; the exact size comes from `workers.disc.image.data_image_size`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from workers.disc.errors import ItemTooLarge
from workers.disc.names import disc_label, is_safe_name, safe_name, volume_id

__all__ = [
    "MEDIA",
    "SECTOR_BYTES",
    "DiscPlan",
    "Item",
    "Medium",
    "MediumKind",
    "disc_label",
    "disc_plan",
    "fits_alone",
    "image_size_estimate",
    "is_safe_name",
    "media_fitting",
    "safe_name",
    "volume_id",
]

SECTOR_BYTES: Final = 2048
RESERVE: Final = 0.01
"""The share of a disc that stays empty: the outer edge is where home-made discs fail first."""

_IMAGE_FIXED_BYTES: Final = 512 * 1024
_FILE_EXTRA_BYTES: Final = 3 * SECTOR_BYTES
_DIRECTORY_EXTRA_BYTES: Final = 4 * SECTOR_BYTES


class MediumKind(StrEnum):
    """The discs a force buys, smallest first."""

    DVD_5 = "dvd-5"
    DVD_9 = "dvd-9"
    BD_25 = "bd-25"


@dataclass(frozen=True)
class Medium:
    """A kind of disc. `capacity_bytes` is what its smallest common variant takes."""

    kind: MediumKind
    name: str
    capacity_bytes: int

    @property
    def usable_bytes(self) -> int:
        """Capacity less the reserve, in whole sectors."""
        return int(self.capacity_bytes * (1 - RESERVE)) // SECTOR_BYTES * SECTOR_BYTES


MEDIA: Final[dict[MediumKind, Medium]] = {
    # DVD+R, a little smaller than DVD-R: an image planned for it fits both
    MediumKind.DVD_5: Medium(MediumKind.DVD_5, "DVD (4.7 GB)", 4_700_372_992),
    MediumKind.DVD_9: Medium(MediumKind.DVD_9, "Dual-layer DVD (8.5 GB)", 8_543_666_176),
    # with the spare area that drives format by default
    MediumKind.BD_25: Medium(MediumKind.BD_25, "Blu-ray (25 GB)", 24_220_008_448),
}


@dataclass(frozen=True)
class Item:
    """One thing that must stay whole on one disc. `recorded_at` is UTC; `size_bytes` counts all of its files.

    `part`: where several items are parts of one recording, their order.
    """

    key: str
    size_bytes: int
    recorded_at: datetime
    file_count: int = 1
    part: int = 0


@dataclass(frozen=True)
class DiscPlan:
    """Disc `number` of `of`, its items in order of recording, and `size_bytes`, an upper bound of its image."""

    number: int
    of: int
    medium: Medium
    items: tuple[Item, ...]
    size_bytes: int

    @property
    def free_bytes(self) -> int:
        """What stays unused before the reserve is touched."""
        return self.medium.usable_bytes - self.size_bytes


@dataclass
class _Disc:
    items: list[Item]
    size_bytes: int


def disc_plan(items: Iterable[Item], medium: Medium, overhead_bytes: int) -> tuple[DiscPlan, ...]:
    """Spread `items` over discs: in order of recording, each on the first disc that has room (first fit).

    `overhead_bytes` is what every disc carries besides its items: index, documents, list of its siblings.
    No item is split. Raises `ItemTooLarge`, which names the media it would fit on, and `ValueError` on a key twice.
    """
    ordered = sorted(items, key=lambda item: (item.recorded_at, item.part, item.key))
    if len({item.key for item in ordered}) != len(ordered):
        message = "an item may stand on one disc only: a key was given twice"
        raise ValueError(message)
    base_bytes = _base_bytes(overhead_bytes)
    discs: list[_Disc] = []
    for item in ordered:
        needed_bytes = _item_bytes(item)
        if base_bytes + needed_bytes > medium.usable_bytes:
            raise _too_large(item, medium, base_bytes + needed_bytes)
        disc = next((each for each in discs if each.size_bytes + needed_bytes <= medium.usable_bytes), None)
        if disc is None:
            disc = _Disc([], base_bytes)
            discs.append(disc)
        disc.items.append(item)
        disc.size_bytes += needed_bytes
    return tuple(
        DiscPlan(number, len(discs), medium, tuple(disc.items), disc.size_bytes)
        for number, disc in enumerate(discs, start=1)
    )


def fits_alone(item: Item, medium: Medium, overhead_bytes: int) -> bool:
    """Whether the item fits on a disc of its own; if not, only its parts may."""
    return _base_bytes(overhead_bytes) + _item_bytes(item) <= medium.usable_bytes


def image_size_estimate(sizes_bytes: Sequence[int], *, directory_count: int) -> int:
    """An upper bound, in bytes, of the image that holds files of these sizes in so many directories."""
    payload_bytes = sum(_whole_sectors(size) + _FILE_EXTRA_BYTES for size in sizes_bytes)
    return _IMAGE_FIXED_BYTES + payload_bytes + _DIRECTORY_EXTRA_BYTES * directory_count


def media_fitting(size_bytes: int) -> tuple[Medium, ...]:
    """The media, smallest first, on which an image of this size fits with the reserve kept."""
    return tuple(medium for medium in MEDIA.values() if size_bytes <= medium.usable_bytes)


def _base_bytes(overhead_bytes: int) -> int:
    return image_size_estimate([overhead_bytes], directory_count=8)


def _item_bytes(item: Item) -> int:
    # each further file of an item may waste most of a sector and needs its own directory records
    per_file_bytes = _FILE_EXTRA_BYTES + SECTOR_BYTES
    return _whole_sectors(item.size_bytes) + per_file_bytes * item.file_count + _DIRECTORY_EXTRA_BYTES


def _whole_sectors(size_bytes: int) -> int:
    return -(-size_bytes // SECTOR_BYTES) * SECTOR_BYTES


def _too_large(item: Item, medium: Medium, needed_bytes: int) -> ItemTooLarge:
    fitting = media_fitting(needed_bytes)
    advice = (
        f"It would fit on: {', '.join(each.name for each in fitting)}."
        if fitting
        else "It fits on no disc: send it by link, or make a shorter clip."
    )
    return ItemTooLarge(
        f"{item.key} needs {needed_bytes / 1e9:.2f} GB and one {medium.name} disc holds "
        f"{medium.usable_bytes / 1e9:.2f} GB. {advice}",
        key=item.key,
        needed_bytes=needed_bytes,
        usable_bytes=medium.usable_bytes,
        fits_on=[each.kind.value for each in fitting],
    )
