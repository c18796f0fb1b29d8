"""Times of the record held against each other: a clock that went back, or ran ahead, is told and not believed.

What happened after a checkpoint was signed is not under it, and what is under it happened before. Times are stated by
the machines that wrote, so they prove nothing by themselves; the order of the tree does.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from evidence.custody.canonical import time_text

AHEAD = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""
LATE = timedelta(hours=1)
"""How long a deed may have been under way when a checkpoint without it was signed."""


class Clock:
    """Events and checkpoints in the order of the tree; each contradiction is said once for each checkpoint."""

    def __init__(self, remark: Callable[[str], None]) -> None:
        self._remark = remark
        self._signed_at: datetime | None = None
        self._first: tuple[str, int] | None = None
        self._last: tuple[str, int] | None = None

    def met(self, at: str | None, place: int) -> None:
        """An event: the time that it states, as the body writes it, and its place."""
        if at is None:
            return
        if self._first is None or at < self._first[0]:
            self._first = at, place
        if self._last is None or at > self._last[0]:
            self._last = at, place

    def signed(self, at: datetime, name: str) -> None:
        """A checkpoint over all events met so far."""
        before = self._signed_at
        if before is not None and at < before:
            self._remark(
                f"{name} was signed at {time_text(at)}, after one of {time_text(before)}: the clock went back."
            )
        if before is not None and self._first is not None and self._first[0] < time_text(before - LATE):
            self._remark(
                f"Event {self._first[1]} of the tree says {self._first[0]}, and came after a checkpoint of "
                f"{time_text(before)}: a clock was wrong, or something held it up for more than an hour."
            )
        if self._last is not None and self._last[0] > time_text(at + AHEAD):
            self._remark(
                f"Event {self._last[1]} of the tree says {self._last[0]}, and {name} of {time_text(at)} is over it: "
                "a clock was wrong."
            )
        self._signed_at, self._first, self._last = at, None, None
