"""Reconciliation: what lies in the store held against the rows that speak of it, both ways. It deletes nothing.

Both sides are gone through once, in the order of their keys, a page at a time. What happens meanwhile is no finding:
rows younger than the run are left out, bytes younger than the sweep's hour are left out, and whatever is about to be
called missing or unknown is asked for once more. Rows without the right bytes are suspected; the checks read them next.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from django.utils import timezone

from evidence.vault.choice import store_current
from evidence.vault.errors import KeyRefused, VaultUnavailable
from evidence.vault.models import ObjectClass, ObjectIntent, RunKind, StoredObject, VaultRun
from evidence.vault.runs import Beat, run_count, run_last
from evidence.vault.services import ORPHAN_AGE, object_suspect
from evidence.vault.store import Listed, ObjectStore, key_parts

GRACE = ORPHAN_AGE
PAGE_ROWS = 1000
KEPT_AT_MOST = 100
"""Findings of one kind kept one by one, so that many of one kind hide none of another; the others are counted."""
log = logging.getLogger(__name__)


class Finding(StrEnum):
    """What may not agree."""

    MISSING = "missing"
    SIZE = "size"
    UNKNOWN = "unknown"
    VERSION = "version"
    MARKER = "marker"
    LEFT = "left"
    ELSEWHERE = "elsewhere"
    FEWER = "fewer"


@dataclass(slots=True)
class Tally:
    """What was gone through, and what does not agree: numbers by kind, and the first findings."""

    rows: int = 0
    objects: int = 0
    bytes: int = 0
    destroyed: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    first: list[dict[str, str]] = field(default_factory=list)

    def add(self, finding: Finding, key: str, says: str) -> None:
        """Count a finding, and keep it where there is room."""
        self.numbers[finding.value] = self.numbers.get(finding.value, 0) + 1
        if self.numbers[finding.value] <= KEPT_AT_MOST:
            self.first.append({"finding": finding.value, "key": key, "says": says})
            log.critical("reconciliation of the vault: %s: %s", key, says)

    @property
    def total(self) -> int:
        """How many things do not agree."""
        return sum(self.numbers.values())

    def as_result(self) -> dict[str, Any]:
        """As `VaultRun.result` keeps it."""
        return {
            "rows": self.rows, "objects": self.objects, "bytes": self.bytes, "destroyed": self.destroyed,
            "numbers": self.numbers, "first": self.first,
        }  # fmt: skip


def reconcile(run: VaultRun, *, on_step: Callable[[int], None] = lambda _: None) -> Tally:
    """Hold store and rows against each other; begins anew where an earlier try was killed. `on_step`: rows so far.

    Raises:
        VaultUnavailable: the store could not be asked.
        RunLost: somebody else is at it.
    """
    store, tally, beat = store_current(), Tally(), Beat(run)
    for object_class in ObjectClass:
        for row, lies in _both(run, store, object_class):
            beat()
            on_step(tally.rows)
            _compare(store, tally, row, lies)
    _elsewhere(store, tally)
    _fewer(run, tally)
    run_count(run, objects_count=tally.objects, bytes_count=tally.bytes, trouble_count=tally.total)
    return tally


def _both(
    run: VaultRun, store: ObjectStore, object_class: ObjectClass
) -> Iterator[tuple[StoredObject | None, list[Listed]]]:
    """Rows and what lies under their keys, side by side; one of the two may be missing."""
    rows = _rows(run, store, object_class)
    row = next(rows, None)
    for key, listed in groupby(_in_order(store.listing(object_class)), key=lambda each: each.key):
        if not _is_ours(key):
            yield None, list(listed)
            continue
        while row is not None and row.key < key:
            yield row, []
            row = next(rows, None)
        if row is not None and row.key == key:
            yield row, list(listed)
            row = next(rows, None)
        else:
            yield None, list(listed)
    while row is not None:
        yield row, []
        row = next(rows, None)


def _rows(run: VaultRun, store: ObjectStore, object_class: ObjectClass) -> Iterator[StoredObject]:
    """Rows older than the run in the order of their keys, which is that of their ids; in pages of their own queries."""
    found = StoredObject.objects.filter(object_class=object_class, store=store.name, sealed_at__lt=run.began_at)
    last: UUID | None = None
    while page := list((found if last is None else found.filter(pk__gt=last)).order_by("pk")[:PAGE_ROWS]):
        yield from page
        last = page[-1].pk


def _in_order(listing: Iterator[Listed]) -> Iterator[Listed]:
    """Refuse a store whose list cannot be compared, rather than miss what it hides."""
    last = ""
    for listed in listing:
        if _is_ours(listed.key):
            if listed.key < last:
                raise VaultUnavailable("The store does not list its objects in order, so nothing can be said of it.")
            last = listed.key
        yield listed


def _is_ours(key: str) -> bool:
    try:
        key_parts(key)
    except KeyRefused:
        return False
    return True


def _compare(store: ObjectStore, tally: Tally, row: StoredObject | None, lies: list[Listed]) -> None:
    versions = [listed for listed in lies if not listed.is_marker]
    tally.objects += len(versions)
    tally.bytes += sum(listed.size_bytes for listed in versions)
    if row is None:
        _unknown(tally, lies)
        return
    tally.rows += 1
    if row.destroyed_at is not None:
        tally.destroyed += 1
        if versions:
            tally.add(Finding.LEFT, row.key, "It was disposed of, and bytes of it still lie in the vault.")
        return
    _held(store, tally, row, versions)
    for marker in (listed for listed in lies if listed.is_marker):
        tally.add(
            Finding.MARKER, row.key,
            f"Somebody deleted it in the store (marker {marker.version_id}). Its bytes are still there and are read by "
            "their version; find out who holds the store's keys, and remove the marker.",
        )  # fmt: skip
    known = {row.version_id, *row.versions_before}
    for other in (listed for listed in versions if listed.version_id not in known and _is_old(listed)):
        tally.add(
            Finding.VERSION, row.key,
            f"Something else was written under its key (version {other.version_id}). What was sealed is read by its "
            "own version; find out who holds the store's keys.",
        )  # fmt: skip


def _held(store: ObjectStore, tally: Tally, row: StoredObject, versions: list[Listed]) -> None:
    sealed = next((listed for listed in versions if listed.version_id == row.version_id), None)
    if sealed is None and store.size(key=row.key, version_id=row.version_id) is None:
        object_suspect(row)
        tally.add(Finding.MISSING, row.key, "Its row is there, and its bytes are not in the vault.")
    elif sealed is not None and sealed.size_bytes != row.lies_bytes:
        object_suspect(row)
        said = f"It has {sealed.size_bytes:,} bytes in the vault, and was sealed with {row.lies_bytes:,}."
        tally.add(Finding.SIZE, row.key, said)


def _unknown(tally: Tally, lies: list[Listed]) -> None:
    """Bytes that no row speaks of: on their way, left by a crash for the sweep, or foreign."""
    key = lies[0].key
    if not any(_is_old(listed) for listed in lies) or ObjectIntent.objects.filter(key=key).exists():
        return
    if StoredObject.objects.filter(key=key).exists():
        return  # registered since the run began
    tally.add(
        Finding.UNKNOWN, key,
        "It lies in the vault, and no row speaks of it. It may belong to a newer database than this one, or somebody "
        "put it there. It is left alone.",
    )  # fmt: skip


def _is_old(listed: Listed) -> bool:
    return listed.at <= timezone.now() - GRACE


def _elsewhere(store: ObjectStore, tally: Tally) -> None:
    names = StoredObject.objects.filter(destroyed_at=None).exclude(store=store.name).values_list("store", flat=True)
    for name in names.order_by().distinct():
        count = StoredObject.objects.filter(destroyed_at=None, store=name).count()
        tally.add(Finding.ELSEWHERE, name, f"{count:,} files lie in the store {name}, and another is set up here.")


def _fewer(run: VaultRun, tally: Tally) -> None:
    """What was there at the last run and was not disposed of since has to be there still."""
    last = run_last(RunKind.RECONCILIATION, before=run)
    if last is None:
        return
    disposed = max(0, tally.destroyed - int(last.result.get("destroyed", 0)))
    for name, said, now, allowed in (
        ("rows", "rows that speak of files", tally.rows, 0),
        ("objects", "files in the store", tally.objects, disposed),
    ):
        before = int(last.result.get(name, 0))
        if now < before - allowed:
            at = timezone.localtime(last.began_at)
            tally.add(Finding.FEWER, name, f"There are {now:,} {said}; on {at:%d %b %Y %H:%M} there were {before:,}.")
