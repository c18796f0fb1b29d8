"""The vault tries its own store: what it promises, what it only confirms, and what it cannot enforce.

Run by `manage.py vault_selftest`. Everything lies under one key of its own with an intent, so that a crash half-way
leaves only what the sweep removes.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from evidence.vault.choice import store_current
from evidence.vault.errors import KeyTaken, ObjectLocked
from evidence.vault.models import ObjectClass, ObjectIntent
from evidence.vault.store import Check, Declared, ObjectStore, Written, key_of

SIZE_BYTES = 17 * 1024**2
"""Large enough to go to S3 in parts."""
WRITE_ONCE = "write-once"


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What was tried on `store` and how it went."""

    store: str
    checks: tuple[Check, ...]

    @property
    def is_sound(self) -> bool:
        """True when everything the product relies on works; write-once may still be the program's alone."""
        return all(check.is_passed for check in self.checks if check.name != WRITE_ONCE)

    @property
    def is_write_once(self) -> bool:
        """True when the store itself refuses to delete what is locked."""
        return all(check.is_passed for check in self.checks if check.name == WRITE_ONCE)


def vault_selftest() -> SelfTest:
    """Put, overwrite, read a range and delete an object of our own.

    Raises:
        VaultUnavailable, VaultFull, StoreUnsafe: the store cannot even be tried.
    """
    store = store_current()
    key = key_of(ObjectClass.DERIVED, uuid4())
    with transaction.atomic(durable=True):
        ObjectIntent.objects.create(key=key)
    settings.SCRATCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.SCRATCH_DIR) as folder:
        source = Path(folder) / "sample"
        source.write_bytes(os.urandom(SIZE_BYTES))
        checks = _tried(store, key, source)
    with suppress(ObjectLocked):  # the sweep comes back for what the tried lock keeps
        store.drop(key=key)
        ObjectIntent.objects.filter(key=key).delete()
    return SelfTest(store=store.name, checks=tuple(checks))


def _tried(store: ObjectStore, key: str, source: Path) -> list[Check]:
    written = _put(store, key, source)
    start, end = SIZE_BYTES // 3, SIZE_BYTES // 2
    part = b"".join(store.read(key=key, version_id=written.version_id, start=start, end=end))
    return [
        Check("put", written.size_bytes == SIZE_BYTES, "What was put was read back whole, with the same SHA-256."),
        Check("overwrite", _is_overwrite_refused(store, key, source), "A second object under the same key is refused."),
        Check("range", part == source.read_bytes()[start:end], "A range of the object reads as that range."),
        *store.checks(key=key, version_id=written.version_id),
    ]


def _put(store: ObjectStore, key: str, source: Path) -> Written:
    return store.put(key=key, source=source, declared=Declared(), is_adopted=False, on_bytes=lambda _: None)


def _is_overwrite_refused(store: ObjectStore, key: str, source: Path) -> bool:
    try:
        _put(store, key, source)
    except KeyTaken:
        return True
    return False
