"""How the pictures of one source are stored: when each is decoded, where its stream can be parted, its parameter sets.

Decoding *rank* counts packets as they are stored, frame number counts pictures as they are shown. Where a stream can be
parted the two agree: the first k pictures stored are the first k shown, so packets [a, b) between two such places are
exactly frames [a, b).
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from workers.media.errors import MediaError

if TYPE_CHECKING:
    from workers.media.index import Indexed


class NotSmart(MediaError):
    """This cannot be rendered by copying; the message says why, and everything is encoded instead."""

    code = "not_smart"


@dataclass(frozen=True)
class Coding:
    """`pts` in decoding order, `shown` the same in the order shown; `stored_dts` None where the file has none to keep.

    `refreshes` are frame numbers; `why_not` says why nothing can be copied of it, '' where it can; `sound` is from
    where to where packets of the first sound reach, in stored ticks.
    """

    pts: Sequence[int]
    shown: Sequence[int]
    stored_dts: Sequence[int] | None
    refreshes: Sequence[int]
    extradata: bytes
    in_band: frozenset[bytes]
    why_not: str
    sound: tuple[int, int] | None

    @cached_property
    def frames(self) -> Sequence[int]:
        """The frame number of each packet, by decoding rank."""
        if all(pts == shown for pts, shown in zip(self.pts, self.shown, strict=True)):
            return range(len(self.shown))
        return array("q", (bisect_left(self.shown, pts) for pts in self.pts))

    @cached_property
    def partings(self) -> Sequence[int]:
        """Every k at which the first k pictures stored are the first k shown."""
        found, highest = array("q"), -1
        for rank, frame in enumerate(self.frames):
            if highest == rank - 1:
                found.append(rank)
            highest = max(highest, frame)
        found.append(len(self.frames))
        return found

    @cached_property
    def groups(self) -> Sequence[int]:
        """Refreshes at which the stream can be parted, ascending, and the number of frames at the end. Raises NotSmart.

        Whatever the container claims: a picture stored behind a refresh that is shown before it would lean on another
        group.
        """
        parted = set(self.partings)
        found = [frame for frame in self.refreshes if frame in parted]
        if not found or found[0] != 0:
            raise NotSmart("The recording begins in the middle of a group of pictures.")
        return array("q", [*found, len(self.shown)])

    def group_of(self, frame: int) -> tuple[int, int]:
        """[first, end) of the group that a frame is in."""
        at = bisect_right(self.groups, frame)
        return self.groups[at - 1], self.groups[at]

    def parting_before(self, frame: int) -> int:
        """The last place at or before a frame at which the stream can be parted."""
        return self.partings[bisect_right(self.partings, frame) - 1]

    def ranks_for(self, first: int, end: int) -> int:
        """The decoding rank behind the last packet that frames [first, end) need, from their group's start on."""
        start, stop = self.group_of(first)
        return max(rank for rank in range(start, stop) if first <= self.frames[rank] < end) + 1

    def slots(self, *, is_whole: bool) -> Sequence[int]:
        """When the packet of each rank is decoded: as stored where all of the recording is kept, else evenly ahead.

        No slot is later than the picture of the same number is shown, so the n-th packet of any stretch between two
        partings may take the n-th slot of that stretch. Evenly: every picture is shown the same time after its slot,
        so that a track of several stretches lasts as long in the one clock as in the other.
        """
        if is_whole and self.stored_dts is not None:
            return self.stored_dts
        ahead = self.ahead
        return array("q", (shown - ahead for shown in self.shown))

    @cached_property
    def ahead(self) -> int:
        """Ticks that every picture is decoded ahead of being shown: as stored where that is even, else just enough."""
        if self.stored_dts is not None:
            stored = {shown - dts for shown, dts in zip(self.shown, self.stored_dts, strict=True)}
            if len(stored) == 1:
                return stored.pop()
        return max(shown - pts for shown, pts in zip(self.shown, self.pts, strict=True))


def coding_of(read: "Indexed") -> Coding:
    """From one pass over a source's packets."""
    frames, index, gop, sound = read.frames, read.index, read.report.gop, read.sound
    span = (sound.first, sound.end) if sound.first is not None and sound.end is not None else None
    return Coding(
        pts=frames.times,
        shown=index.pts,
        stored_dts=_usable(frames.decoded, frames.times) if frames.is_decoding_stored else None,
        refreshes=index.refreshes,
        extradata=frames.extradata,
        in_band=frozenset(frames.parameters),
        why_not="" if gop.can_smart_render else gop.because,
        sound=span,
    )


def _usable(decoded: Sequence[int], pts: Sequence[int]) -> Sequence[int] | None:
    """The stored decoding times, if they rise and none is later than its picture is shown."""
    is_rising = all(later > earlier for earlier, later in pairwise(decoded))
    is_early = all(dts <= shown for dts, shown in zip(decoded, pts, strict=True))
    return decoded if is_rising and is_early else None
