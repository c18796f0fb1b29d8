"""Everything that changes the vault: put, register, discard, verify, quarantine, sweep; and the two ways to its bytes.

A put writes bytes under a fresh key and returns a `Put`; the caller's own transaction registers it together with the
effect and the event. A newcomer's trap: bytes that were put and never registered are no evidence, and are swept when
nobody has touched them for an hour; the source file of a moved put stays until the row is committed.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from evidence.vault.choice import store_current, store_named, store_sealing
from evidence.vault.downloads import download_place
from evidence.vault.encryption.frames import sealed_size
from evidence.vault.encryption.keys import object_key_destroy as object_key_destroy
from evidence.vault.encryption.keys import object_key_discard, object_key_fresh
from evidence.vault.encryption.providers import FILE_PROVIDER as FILE_PROVIDER
from evidence.vault.encryption.reading import object_pieces
from evidence.vault.encryption.rotation import keys_in_use as keys_in_use
from evidence.vault.encryption.rotation import keys_rotate as keys_rotate
from evidence.vault.encryption.rotation import ring_current as ring_current
from evidence.vault.encryption.rotation import ring_key_make as ring_key_make
from evidence.vault.encryption.rotation import ring_key_retire as ring_key_retire
from evidence.vault.errors import (
    ObjectDestroyed,
    ObjectLocked,
    ObjectMissing,
    ObjectQuarantined,
    PutExpired,
    VaultUnavailable,
)
from evidence.vault.locking import object_lock_first
from evidence.vault.models import CheckResult, ObjectClass, ObjectIntent, ObjectKey, StoredObject
from evidence.vault.selftest import SelfTest as SelfTest
from evidence.vault.selftest import vault_selftest as vault_selftest
from evidence.vault.store import Declared, digest, key_of, key_parts

ORPHAN_AGE = timedelta(hours=1)
"""How long nobody may have touched a put before the sweep takes it for abandoned."""
TOUCH_EVERY_S = 60.0
Progress = Callable[[int, int], None]
"""`(done, total)` bytes gone through; writing and reading back both count. May raise to stop the put."""


@dataclass(frozen=True, slots=True)
class Put:
    """Bytes that lie sealed in the store and that no row speaks of yet. `id` will be the StoredObject's.

    `source`: a moved file, to be unlinked once the row is committed.
    """

    id: UUID
    key: str
    version_id: str
    size_bytes: int
    sha256: str
    object_class: ObjectClass
    store: str
    source: Path | None = None


def object_put(
    *, object_class: ObjectClass, source: Path, expected_sha256: str | None = None, expected_size: int | None = None,
    move: bool = False, on_progress: Progress | None = None, earlier: Sequence[Put] = (),
) -> Put:  # fmt: skip
    """Write a file into the vault under a fresh key: hashed while writing, read back, never written over.

    Must run outside any transaction, for its intent row has to be there before the first byte. `move`: on the same
    file system the very file is adopted, not copied, unless it is to be encrypted; its old name goes when
    `object_register` is committed, so that a crash before loses nothing. `earlier`: puts that wait to be registered
    together with this one, and are kept from the sweep meanwhile.

    Raises:
        ObjectMismatch: size or SHA-256 are not the expected ones. VaultFull, VaultUnavailable, KeyUnavailable: try
        again later.
        In each case nothing is left in the store, and the source is as it was.
    """
    store = store_current()
    identifier = uuid4()
    key = key_of(object_class, identifier)
    fresh = object_key_fresh(identifier)
    with transaction.atomic(durable=True):
        ObjectIntent.objects.create(key=key)
        if fresh is not None:
            fresh.row.save(force_insert=True)
    alive = [key, *(put.key for put in earlier)]
    declared = Declared(sha256=expected_sha256, size_bytes=expected_size)
    try:
        on_bytes = _meter(alive, 2 * source.stat().st_size, on_progress)
        if fresh is None:
            written = store.put(key=key, source=source, declared=declared, is_adopted=move, on_bytes=on_bytes)
        else:
            written = store_sealing().put_sealed(
                key=key, source=source, declared=declared, cipher=fresh.cipher, on_bytes=on_bytes
            )
        _touch(key)
    except BaseException:
        # a second failure must not hide the first; what could not be dropped is the sweep's
        with suppress(VaultUnavailable):
            _drop(key)
        raise
    return Put(
        id=identifier, key=key, version_id=written.version_id, size_bytes=written.size_bytes, sha256=written.sha256,
        object_class=object_class, store=store.name, source=source if move else None,
    )  # fmt: skip


def object_register(put: Put) -> StoredObject:
    """The row of a put, inside the caller's act: from its commit on, the bytes are an object of the vault.

    Raises:
        PutExpired: the sweep took it for abandoned, or it is registered already.
    """
    with transaction.atomic():
        if not ObjectIntent.objects.filter(key=put.key, condemned_at=None).delete()[0]:
            raise PutExpired("This took too long, and what was prepared was cleared away. Start it again.")
        stored = StoredObject(
            id=put.id, object_class=put.object_class, store=put.store, key=put.key, version_id=put.version_id,
            size_bytes=put.size_bytes, sha256=put.sha256,
        )  # fmt: skip
        own_key = ObjectKey.objects.filter(object_id=put.id).first()
        if own_key is not None:
            stored.encryption_key_id, stored.store_bytes = str(own_key.pk), sealed_size(put.size_bytes)
        stored.full_clean()
        stored.save(force_insert=True)
        transaction.on_commit(lambda: object_lock_first(stored), robust=True)
        if put.source is not None:
            source = put.source
            transaction.on_commit(lambda: source.unlink(missing_ok=True), robust=True)
    return stored


def object_discard(put: Put) -> None:
    """Drop the bytes of a put that was not and will not be registered. The source of a moved one stays.

    Raises:
        PutExpired: it is registered: only disposal destroys an object.
    """
    if StoredObject.objects.filter(key=put.key).exists():
        raise PutExpired("This file is sealed and cannot be discarded; ask for its disposal.")
    _drop(put.key)


def object_read(stored: StoredObject, start: int, end: int) -> Iterator[bytes]:
    """The bytes start..end-1 in chunks, for `range_response`.

    Raises:
        ObjectDestroyed, ObjectMissing, ObjectQuarantined, VaultUnavailable: before the first chunk.
        ObjectDamaged: an encrypted object is not what was sealed; with the chunk that shows it.
        ValueError: the range reaches beyond the object.
    """
    if not 0 <= start <= end <= stored.size_bytes:
        raise ValueError(f"{start}-{end} is no range of {stored.size_bytes} bytes.")
    object_readable_require(stored)
    return object_pieces(store_named(stored.store), stored, start=start, end=end)


@contextmanager
def object_local(stored: StoredObject) -> Iterator[Path]:
    """A local path of the object, to be read by the sandbox only: the vault's own file, or a checked download.

    What is encrypted is downloaded too: the sandbox gets no key.

    Raises:
        ObjectDestroyed, ObjectMissing, ObjectQuarantined, VaultUnavailable: it cannot be had, or is not what was
            sealed.
    """
    object_readable_require(stored)
    # work takes hours: the row at hand may have been read long ago
    object_readable_require(StoredObject.objects.get(pk=stored.pk))
    own = None if stored.encryption_key_id else store_named(stored.store).local(key=stored.key)
    if own is not None:
        yield own
        return
    with download_place() as path:
        object_download(stored, path)
        path.chmod(0o400)
        yield path


def object_readable_require(stored: StoredObject) -> None:
    """Refuse an object that nobody is given: disposed of, or in quarantine.

    Raises:
        ObjectDestroyed, ObjectQuarantined: says so to people.
    """
    if stored.destroyed_at is not None:
        raise ObjectDestroyed("This file was disposed of. Its custody record says when, why and by whom.")
    if stored.quarantined_at is not None:
        raise ObjectQuarantined(
            "This file is in quarantine: its bytes in the vault are not what was sealed, or cannot be read. It is kept "
            "as it is, and is not played, downloaded, shared or put on a disc. Tell the evidence manager."
        )


def object_suspect(stored: StoredObject) -> None:
    """Have the next run of the checks read this object before all others; somebody met it damaged or missing."""
    StoredObject.objects.filter(pk=stored.pk, suspected_at=None, quarantined_at=None, destroyed_at=None).update(
        suspected_at=timezone.now()
    )


def object_quarantine(*, stored: StoredObject, result: CheckResult, because: str) -> bool:
    """Give this object to nobody any more. Its bytes are neither changed nor removed, whatever they are.

    Belongs into the transaction that tells those concerned. False when it was in quarantine before, or is disposed of.
    """
    now = timezone.now()
    found = StoredObject.objects.filter(pk=stored.pk, quarantined_at=None, destroyed_at=None)
    return bool(
        found.update(
            quarantined_at=now, quarantine_reason=because, checked_at=now, check_result=result, suspected_at=None
        )
    )


def object_release(*, stored: StoredObject, version_id: str | None = None) -> bool:
    """End the quarantine of an object whose bytes were just read and found right; False when there was none.

    `version_id`: of the restored version that they were read from, by which the object is read from now on. Belongs
    into the transaction that tells those concerned.
    """
    now = timezone.now()
    released: dict[str, Any] = {
        "quarantined_at": None, "quarantine_reason": "", "checked_at": now, "verified_at": now,
        "check_result": CheckResult.SOUND,
    }  # fmt: skip
    if version_id is not None:
        released |= {
            "version_id": version_id, "versions_before": [*stored.versions_before, stored.version_id],
            "locked_until": None,
        }  # fmt: skip
        transaction.on_commit(lambda: object_lock_first(StoredObject.objects.get(pk=stored.pk)), robust=True)
    held = StoredObject.objects.filter(pk=stored.pk, version_id=stored.version_id, quarantined_at__isnull=False)
    return bool(held.update(**released))


def object_verify(stored: StoredObject) -> bool:
    """Read the whole object and compare its SHA-256; True notes the time, False means damaged or gone.

    What is damaged or gone is suspected, so that the checks read it again soon, and quarantine it if it stays so.

    Raises:
        VaultUnavailable: the store could not be asked, so nothing is known.
    """
    try:
        found = digest(object_read(stored, 0, stored.size_bytes), lambda _: None)
    except ObjectMissing:
        found = ""
    if found != stored.sha256:
        object_suspect(stored)
        return False
    stored.verified_at = timezone.now()
    StoredObject.objects.filter(pk=stored.pk).update(verified_at=stored.verified_at)
    return True


def vault_sweep() -> int:
    """Remove what crashed puts left behind; returns how many keys were cleared.

    Only keys with an intent row are touched: bytes that neither a row nor an intent knows may belong to a newer
    database than this one, and are left alone. An intent is condemned first, so that a put that wakes up late finds
    its registration refused rather than a row without bytes.
    """
    abandoned = ObjectIntent.objects.filter(touched_at__lt=timezone.now() - ORPHAN_AGE)
    abandoned.filter(condemned_at=None).update(condemned_at=timezone.now())
    cleared = 0
    condemned = ObjectIntent.objects.exclude(condemned_at=None).exclude(key__in=StoredObject.objects.values("key"))
    for key in condemned.values_list("key", flat=True):
        with suppress(ObjectLocked):  # the store keeps it for now; the next sweep asks again
            _drop(key)
            cleared += 1
    return cleared


def _touch(key: str) -> None:
    """Say that a put is alive, so that the sweep leaves it alone.

    Raises:
        PutExpired: too late: the sweep has condemned it.
    """
    if not ObjectIntent.objects.filter(key=key, condemned_at=None).update(touched_at=timezone.now()):
        raise PutExpired("This took too long, and what was prepared was cleared away. Start it again.")


def _drop(key: str) -> None:
    """Bytes first, then intent and key as one: what a crash leaves between the two is the next sweep's."""
    store_current().drop(key=key)
    with transaction.atomic():
        object_key_discard(UUID(key_parts(key)[1]))
        ObjectIntent.objects.filter(key=key).delete()


def object_download(stored: StoredObject, path: Path) -> None:
    """Write its bytes to a path. Raises ObjectMissing where they are not what was sealed, VaultUnavailable."""

    def told() -> Iterator[bytes]:
        with path.open("wb") as out:
            for piece in object_read(stored, 0, stored.size_bytes):
                out.write(piece)
                yield piece

    if digest(told(), lambda _: None) != stored.sha256:
        raise ObjectMissing("The file in the vault is not what was sealed. Tell the evidence manager.")


def _meter(keys: Sequence[str], total: int, on_progress: Progress | None) -> Callable[[int], None]:
    """Counts bytes, tells `on_progress`, and touches the intents now and then."""
    done, touched = 0, monotonic()

    def count(more: int) -> None:
        nonlocal done, touched
        done += more
        if monotonic() - touched > TOUCH_EVERY_S:
            touched = monotonic()
            for key in keys:
                _touch(key)
        if on_progress is not None:
            on_progress(done, total)

    return count
