"""The vault tries its own store: what it promises, what it only confirms, and what it cannot enforce.

Run by `manage.py vault_selftest`, when a worker starts, and daily; the result is kept. Everything lies under one key of
its own with an intent, so that a crash half-way leaves only what the sweep removes.
"""

import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from evidence.vault.choice import store_current
from evidence.vault.encryption.keys import key_checks
from evidence.vault.errors import KeyTaken, ObjectLocked
from evidence.vault.models import ObjectClass, ObjectIntent, SelfTestResult
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
    """Put, overwrite, read a range and delete an object of our own; what came of it is kept as a row.

    Raises:
        VaultUnavailable, VaultFull, StoreUnsafe: the store cannot even be tried, so nothing is known, and nothing kept.
    """
    store = store_current()
    key = key_of(ObjectClass.DERIVED, uuid4())
    with transaction.atomic(durable=True):
        ObjectIntent.objects.create(key=key)
    settings.SCRATCH_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=settings.SCRATCH_DIR) as folder:
        source = Path(folder) / "sample"
        source.write_bytes(os.urandom(SIZE_BYTES))
        checks = [*_tried(store, key, source), *key_checks()]
    with suppress(ObjectLocked):  # the sweep comes back for what the tried lock keeps
        store.drop(key=key)
        ObjectIntent.objects.filter(key=key).delete()
    found = SelfTest(store=store.name, checks=tuple(checks))
    SelfTestResult.objects.create(
        store=found.store, checks=[asdict(check) for check in checks], is_sound=found.is_sound,
        is_write_once=found.is_write_once,
    )  # fmt: skip
    return found


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
