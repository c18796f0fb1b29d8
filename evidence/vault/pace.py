"""Reading no faster than allowed: a check of the vault must not take the discs away from those who work.

A newcomer's trap: time that was lost elsewhere is not caught up with, so no second carries more than the budget.
"""

from collections.abc import Callable
from time import monotonic, sleep

MB = 1_000_000


class Pace:
    """Call it with the bytes just read: it sleeps until the next may be. `mb_per_s` in 10^6 bytes; 0: no limit."""

    def __init__(
        self, mb_per_s: float, *, clock: Callable[[], float] = monotonic, wait: Callable[[float], None] = sleep
    ) -> None:
        self._bytes_per_s = mb_per_s * MB
        self._clock, self._wait = clock, wait
        self._free_at = clock()

    def __call__(self, count: int) -> None:
        """Charge `count` bytes."""
        if self._bytes_per_s <= 0:
            return
        now = self._clock()
        self._free_at = max(self._free_at, now) + count / self._bytes_per_s
        if self._free_at > now:
            self._wait(self._free_at - now)
