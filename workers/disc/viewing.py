"""What fits on a viewing DVD, in minutes, and at which bit rate.

Pure, as `planning`. DVD-Video has one budget, bytes, and one dial, the bit rate of the picture: up to about 100 minutes
a disc get a picture as good as they can have, and only a title that is longer than that alone gets a lower rate.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from workers.disc.errors import ItemTooLarge
from workers.disc.planning import MEDIA, Medium, MediumKind

AUDIO_KBPS: Final = 192
VIDEO_KBPS_BEST: Final = 6000
"""ffmpeg's `pal-dvd` target; more is not seen in 720x576 and some players stumble."""
VIDEO_KBPS_WORST: Final = 2000
"""Below this, faces and number plates dissolve in 720x576 MPEG-2."""

STANDARD_S: Final = 100 * 60.0
"""What one DVD-5 is filled with, in seconds, before another is begun."""
TITLES_LIMIT: Final = 99
"""DVD-Video's limit of titles on one disc."""

_MUX_SHARE: Final = 1.04
"""Program stream and navigation packs add 2 to 3 %."""
MENU_BYTES: Final = 24 * 1024 * 1024
"""Room kept for the menu, the navigation and the file system."""


@dataclass(frozen=True)
class ViewingItem:
    """What stays together on one DVD: its key, its length in seconds, and how many titles it makes (one a part)."""

    key: str
    duration_s: float
    title_count: int = 1


@dataclass(frozen=True)
class ViewingDisc:
    """One viewing DVD: what is on it in the order given, the length together, and the picture's rate in kbit/s."""

    number: int
    of: int
    items: tuple[ViewingItem, ...]
    duration_s: float
    video_kbps: int


def viewing_plan(items: Iterable[ViewingItem], medium: Medium = MEDIA[MediumKind.DVD_5]) -> tuple[ViewingDisc, ...]:
    """Spread titles over viewing DVDs, first fit in the order given, about 100 minutes to a DVD-5.

    Raises `ItemTooLarge` when one item is too long for the medium at the lowest rate that still shows anything, or
    makes more titles than a DVD takes.
    """
    standard_s = STANDARD_S * medium.usable_bytes / MEDIA[MediumKind.DVD_5].usable_bytes
    discs: list[list[ViewingItem]] = []
    for item in items:
        if not fits_alone(item, medium):
            raise _too_many(item) if item.title_count > TITLES_LIMIT else _too_long(item, medium)
        disc = next((each for each in discs if _takes(each, item, standard_s)), None)
        if disc is None:
            discs.append([item])
        else:
            disc.append(item)
    return tuple(_planned(number, len(discs), disc, medium) for number, disc in enumerate(discs, start=1))


def fits_alone(item: ViewingItem, medium: Medium) -> bool:
    """Whether the item fits on a DVD of its own; if not, only its parts may."""
    return item.title_count <= TITLES_LIMIT and video_kbps_fitting(item.duration_s, medium) >= VIDEO_KBPS_WORST


def video_kbps_fitting(duration_s: float, medium: Medium) -> int:
    """The picture's rate in kbit/s, never above the best, at which so many seconds fit on the medium."""
    budget_bits = (medium.usable_bytes - MENU_BYTES) * 8 / _MUX_SHARE
    whole_kbps = budget_bits / max(duration_s, 1.0) / 1000
    return min(VIDEO_KBPS_BEST, int(whole_kbps) - AUDIO_KBPS)


def capacity_s(medium: Medium, video_kbps: int) -> float:
    """How many seconds fit on the medium at this rate of the picture."""
    budget_bits = (medium.usable_bytes - MENU_BYTES) * 8 / _MUX_SHARE
    return budget_bits / ((video_kbps + AUDIO_KBPS) * 1000)


def _planned(number: int, of: int, items: list[ViewingItem], medium: Medium) -> ViewingDisc:
    duration_s = sum(item.duration_s for item in items)
    return ViewingDisc(number, of, tuple(items), duration_s, video_kbps_fitting(duration_s, medium))


def _takes(disc: list[ViewingItem], item: ViewingItem, standard_s: float) -> bool:
    titles = sum(each.title_count for each in disc) + item.title_count
    return titles <= TITLES_LIMIT and sum(each.duration_s for each in disc) + item.duration_s <= standard_s


def _too_many(item: ViewingItem) -> ItemTooLarge:
    return ItemTooLarge(
        f"{item.key} would make {item.title_count} titles and a viewing DVD takes {TITLES_LIMIT}. Make clips of it, or "
        "hand over a data disc instead.",
        key=item.key,
        title_count=item.title_count,
    )


def _too_long(item: ViewingItem, medium: Medium) -> ItemTooLarge:
    longest_s = capacity_s(medium, VIDEO_KBPS_WORST)
    return ItemTooLarge(
        f"{item.key} lasts {item.duration_s / 60:.0f} minutes and a viewing copy on one {medium.name} disc can last "
        f"{longest_s / 60:.0f}. Make clips of it, or hand over a data disc or a link instead.",
        key=item.key,
        duration_s=item.duration_s,
        longest_s=longest_s,
    )
