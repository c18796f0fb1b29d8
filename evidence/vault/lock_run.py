"""The rolling run: every lock that ends soon is put off, those that are missing and those that end first before others.

What is due is found from the rows alone, so a run that was killed goes on with the next object, and what was refused is
tried again by the next run. A newcomer's trap: one object that is refused holds up no other, but a store that refuses
all of them is not asked a million times.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from evidence.vault.errors import LockRefused, ObjectMissing
from evidence.vault.locking import (
    extend_within,
    locking_store,
    must_keep,
    object_lock,
    objects_ending,
    objects_unlocked,
)
from evidence.vault.models import StoredObject, VaultRun
from evidence.vault.runs import Beat, run_count
from evidence.vault.services import object_suspect

REFUSED_IN_A_ROW = 100
"""So many refusals without one success between them, and the store is not asked further."""
PAGE_ROWS = 500
KEPT_AT_MOST = 100
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Locked:
    """What a run did. `is_more`: the next one is to go on with what is due; `first`: key and words of refusals."""

    extended: int = 0
    refused: int = 0
    is_more: bool = False
    first: list[dict[str, str]] = field(default_factory=list)

    def as_result(self) -> dict[str, Any]:
        """As `VaultRun.result` keeps it."""
        return {"extended": self.extended, "refused": self.refused, "more": self.is_more, "first": self.first}


def locks_extend(
    run: VaultRun, *, at_most: int | None = None, on_step: Callable[[int], None] = lambda _: None
) -> Locked:
    """Extend the locks that are due, `at_most` so many (None: all); none where the store cannot lock, or is not to.

    Raises:
        VaultUnavailable: the store is away; call it again later, and it goes on.
        RunLost: somebody else goes on with it.
    """
    locked, beat, in_a_row = Locked(), Beat(run), 0
    store = locking_store()
    if store is None:
        return locked
    for stored in _due():
        if in_a_row >= REFUSED_IN_A_ROW:
            break
        if at_most is not None and locked.extended + locked.refused >= at_most:
            locked.is_more = True
            break
        beat()
        if not must_keep(stored):
            continue
        try:
            object_lock(stored, store)
        except (LockRefused, ObjectMissing) as refused:
            in_a_row += 1
            _refused(run, locked, stored, refused)
        else:
            in_a_row = 0
            locked.extended += 1
            run_count(run, objects_count=1)
        on_step(locked.extended + locked.refused)
    return locked


def _refused(run: VaultRun, locked: Locked, stored: StoredObject, refused: LockRefused | ObjectMissing) -> None:
    locked.refused += 1
    run_count(run, objects_count=1, trouble_count=1)
    log.critical("the lock of object %s of the vault could not be extended: %s", stored.key, refused.message)
    if isinstance(refused, ObjectMissing):
        object_suspect(stored)
    if len(locked.first) < KEPT_AT_MOST:
        locked.first.append({"key": stored.key, "says": refused.message})


def _due() -> Iterator[StoredObject]:
    """Objects without a lock, then those whose lock ends soon, soonest first; each once, page by page."""
    last: UUID | None = None
    while page := _page(objects_unlocked() if last is None else objects_unlocked().filter(pk__gt=last), "pk"):
        yield from page
        last = page[-1].pk
    place: tuple[datetime, UUID] | None = None
    while page := _page(_after(objects_ending(extend_within()), place), "locked_until", "pk"):
        yield from page
        end = page[-1]
        place = (end.locked_until, end.pk) if end.locked_until else None


def _after(found: QuerySet[StoredObject], place: tuple[datetime, UUID] | None) -> QuerySet[StoredObject]:
    if place is None:
        return found
    return found.filter(Q(locked_until__gt=place[0]) | Q(locked_until=place[0], pk__gt=place[1]))


def _page(found: QuerySet[StoredObject], *order: str) -> list[StoredObject]:
    return list(found.order_by(*order)[:PAGE_ROWS])
