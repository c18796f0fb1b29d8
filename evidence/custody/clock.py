"""Times of the record held against each other: a clock that went back, or ran ahead, is told and not believed.

What happened after a checkpoint was signed is not under it, and what is under it happened before. Times are stated by
the machines that wrote, so they prove nothing by themselves; the order of the tree does.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import NamedTuple

from evidence.custody.canonical import time_text

AHEAD = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""
LATE = timedelta(hours=1)
"""How long a deed may have been under way when a checkpoint without it was signed."""


class Times(NamedTuple):
    """The earliest and the latest time that events of a part of the tree state, as bodies write it, each with its place
    in the tree; None: there are no events."""

    first: tuple[str, int] | None = None
    last: tuple[str, int] | None = None

    @classmethod
    def of(cls, met: Sequence[tuple[str, int]]) -> "Times":
        """Of events in their order. Of those that state the same time the first one counts."""
        return cls(min(met), max(met, key=itemgetter(0))) if met else cls()

    def joined(self, later: "Times") -> "Times":
        """With those of the part that follows."""
        first = min(filter(None, (self.first, later.first)), default=None)
        last = max(filter(None, (self.last, later.last)), key=itemgetter(0), default=None)
        return Times(first, last)


class Clock:
    """Events and checkpoints in the order of the tree; each contradiction is said once for each checkpoint."""

    def __init__(self, remark: Callable[[str], None]) -> None:
        self._remark = remark
        self._signed_at: datetime | None = None
        self._times = Times()

    def met(self, times: "Times") -> None:
        """Events, in a part of the tree that begins where the last one ended."""
        self._times = self._times.joined(times)

    def signed(self, at: datetime, name: str) -> None:
        """A checkpoint over all events met so far."""
        before, first, last = self._signed_at, self._times.first, self._times.last
        if before is not None and at < before:
            self._remark(
                f"{name} was signed at {time_text(at)}, after one of {time_text(before)}: the clock went back."
            )
        if before is not None and first is not None and first[0] < time_text(before - LATE):
            self._remark(
                f"Event {first[1]} of the tree says {first[0]}, and came after a checkpoint of "
                f"{time_text(before)}: a clock was wrong, or something held it up for more than an hour."
            )
        if last is not None and last[0] > time_text(at + AHEAD):
            self._remark(
                f"Event {last[1]} of the tree says {last[0]}, and {name} of {time_text(at)} is over it: "
                "a clock was wrong."
            )
        self._signed_at, self._times = at, Times()
