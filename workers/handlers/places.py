"""How many jobs one worker does at once, so that a place is free for what must not wait for long work.

Matters to a worker that serves several classes of work together, as on one machine: long jobs leave a place to an
upload that has just come in, and no job takes the place of the sweeps. One for long queues alone fills all its places.
Checks of the vault, which read for days, have one place of their own where there are places enough; elsewhere they
count as long. A job that finds no place stays in its queue, unclaimed, and is rung for when a place is free.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.conf import settings

from evidence.jobs.services import job_ring_next

SLOW_FROM = 4
"""From how many places on one is the slow queue's own."""


class Places:
    """The places of this process. Before `limit` is called there is no limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limit: int | None = None
        self._long_limit: int | None = None
        self._slow_limit: int | None = None
        self._taken = self._long_taken = self._slow_taken = 0
        self._turned_away: set[str] = set()

    def limit(self, *, queues: Collection[str], concurrency: int) -> None:
        """Keep a place for the sweeps if they run here, and one for the short queues if there are long ones too."""
        is_slow_apart = len(queues) > 1 and settings.JOB_SLOW_QUEUE in queues and concurrency >= SLOW_FROM
        self._slow_limit = 1 if is_slow_apart else None
        concurrency -= int(is_slow_apart)
        has_long = bool(set(queues) & set(settings.JOB_LONG_QUEUES))
        has_short = not set(queues) <= set(settings.JOB_LONG_QUEUES)
        # never the last place, nor the one that long work leaves to short
        can_keep = concurrency > (2 if has_long else 1)
        self._limit = concurrency - 1 if settings.JOB_SWEEP_QUEUE in queues and can_keep else None
        self._long_limit = max(1, (self._limit or concurrency) - 1) if has_long and has_short else None
        if is_slow_apart and self._limit is None:
            self._limit = concurrency

    @contextmanager
    def place(self, queue: str) -> Iterator[bool]:
        """Whether there is a place for a job of this queue; it is held for the length of the block."""
        if self._slow_limit is not None and queue == settings.JOB_SLOW_QUEUE:
            yield from self._slow_place()
            return
        is_long = queue in settings.JOB_LONG_QUEUES
        has_place = self._take(queue, is_long=is_long)
        try:
            yield has_place
        finally:
            if has_place:
                self._give_back(is_long=is_long)

    def _slow_place(self) -> Iterator[bool]:
        with self._lock:
            has_place = self._slow_taken < (self._slow_limit or 0)
            self._slow_taken += has_place
        try:
            yield has_place
        finally:
            with self._lock:
                self._slow_taken -= has_place

    def _take(self, queue: str, *, is_long: bool) -> bool:
        with self._lock:
            is_full = self._limit is not None and self._taken >= self._limit
            if is_full or (is_long and self._long_limit is not None and self._long_taken >= self._long_limit):
                self._turned_away.add(queue)
                return False
            self._taken += 1
            self._long_taken += is_long
            return True

    def _give_back(self, *, is_long: bool) -> None:
        with self._lock:
            self._taken -= 1
            self._long_taken -= is_long
            waiting = self._turned_away - set(settings.JOB_LONG_QUEUES)
        # two bells, for the job that has waited longest may be a long one, and short ones must not wait behind it
        if waiting and not job_ring_next(queues=waiting):
            with self._lock:
                self._turned_away -= waiting
        if self._long_limit is not None:
            job_ring_next(queues=settings.JOB_LONG_QUEUES)


PLACES = Places()
