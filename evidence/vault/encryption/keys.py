"""The key of each object: made before its first byte, wrapped, kept as a row, and destroyed with the object only.

Rows are written here, and nowhere else. A newcomer's trap: a row that goes takes the object's bytes with it for good,
so a row goes only with a put that nobody registered, or after the object's own row says that it was disposed of.
"""

import os
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection

from evidence.vault.encryption.frames import KEY_BYTES, FrameCipher
from evidence.vault.encryption.providers import context_of, key_provider
from evidence.vault.errors import KeyInUse, ObjectKeyLost, VaultUnavailable
from evidence.vault.models import ObjectKey, StoredObject
from evidence.vault.store import Check


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key nobody used yet: the row to be saved before the first byte is written, and what seals."""

    row: ObjectKey
    cipher: FrameCipher


def object_key_fresh(object_id: UUID) -> FreshKey | None:
    """A new key for an object that is about to be put; None where new objects are not encrypted. Nothing is saved.

    Raises:
        KeyUnavailable: it cannot be wrapped just now, so nothing must be put.
    """
    name = settings.VAULT_KEY_PROVIDER
    if not name:
        return None
    provider = key_provider(name)
    key, key_id = os.urandom(KEY_BYTES), provider.key_id()
    wrapped = provider.wrap(key, key_id=key_id, context=context_of(object_id))
    row = ObjectKey(object_id=object_id, provider=name, provider_key_id=key_id, wrapped=wrapped)
    return FreshKey(row, FrameCipher(key=key, object_id=object_id))


def object_cipher(stored: StoredObject) -> FrameCipher:
    """What opens an encrypted object.

    Raises:
        KeyUnavailable: the key it is wrapped by is not to be had; says which. ObjectKeyLost: its row is gone or wrong.
    """
    row = ObjectKey.objects.filter(object_id=stored.pk).first()
    if row is None:
        raise ObjectKeyLost(f"The row with the key of object {stored.pk} is not in the database. {_RESTORE}")
    return FrameCipher(key=key_unwrapped(row), object_id=stored.pk)


def key_unwrapped(row: ObjectKey) -> bytes:
    """The key itself.

    Raises:
        KeyUnavailable, ObjectKeyLost: as `object_cipher`.
    """
    provider = key_provider(row.provider)
    try:
        return provider.unwrap(bytes(row.wrapped), key_id=row.provider_key_id, context=context_of(row.object_id))
    except ValueError as error:
        raise ObjectKeyLost(
            f"The row with the key of object {row.object_id} is not what was written. {_RESTORE}"
        ) from error


def key_checks() -> list[Check]:
    """Whether a key can be wrapped and unwrapped, for the self-test of the vault; nothing where none is wrapped."""
    try:
        fresh = object_key_fresh(uuid4())
        if fresh is None:
            return []
        key_unwrapped(fresh.row)
    except VaultUnavailable as error:
        return [Check("encryption", False, error.message)]
    return [Check("encryption", True, "New files are encrypted, and the key of one can be unwrapped.")]


def object_key_discard(object_id: UUID) -> None:
    """Drop the key of a put that was given up; one whose object is registered stays."""
    if not StoredObject.objects.filter(pk=object_id).exists():
        ObjectKey.objects.filter(object_id=object_id).delete()


def object_key_destroy(*, stored: StoredObject) -> str:
    """Destroy the key of an object that was disposed of: from the caller's commit on, its bytes are nobody's any more.

    Belongs into the transaction that notes the disposal (`destroyed_at`) and writes its event. Returns the id of the
    key for that event; empty where the object is not encrypted by us. Doing it twice does no harm.

    Raises:
        KeyInUse: the object was not disposed of: its key is kept.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("A key is destroyed in the transaction that notes why, not by itself.")
    row = StoredObject.objects.select_for_update().get(pk=stored.pk)
    if row.destroyed_at is None:
        raise KeyInUse("This file was not disposed of, so the key that opens it is kept.")
    ObjectKey.objects.filter(object_id=row.pk).delete()
    return row.encryption_key_id


_RESTORE = "Its bytes may be right; bring the row back from a backup of the database. Tell support."
