"""How many long jobs one worker does at once, so that a place is always free for an upload that has just come in.

Matters to a worker that serves long and short queues together, as on one machine; one that serves only long queues may
fill all its places. A job that finds no place stays in its queue, unclaimed, and is rung for when a place is free.
"""

import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.conf import settings

from evidence.jobs.services import job_ring_next


class Places:
    """The places of this process. Before `limit` is called there is no limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._limit: int | None = None
        self._taken = 0

    def limit(self, *, queues: Collection[str], concurrency: int) -> None:
        """Keep one place free for the short queues, if this worker serves any."""
        serves_both = not set(queues) <= set(settings.JOB_LONG_QUEUES)
        self._limit = max(1, concurrency - 1) if serves_both else None

    @contextmanager
    def place(self, queue: str) -> Iterator[bool]:
        """Whether there is a place for a job of this queue; it is held for the length of the block."""
        if queue not in settings.JOB_LONG_QUEUES:
            yield True
            return
        has_place = self._take()
        try:
            yield has_place
        finally:
            if has_place:
                self._give_back()

    def _take(self) -> bool:
        with self._lock:
            if self._limit is not None and self._taken >= self._limit:
                return False
            self._taken += 1
            return True

    def _give_back(self) -> None:
        with self._lock:
            self._taken -= 1
        if self._limit is not None:
            job_ring_next(queues=settings.JOB_LONG_QUEUES)


PLACES = Places()
