"""The bytes of an object as they were sealed, wherever it lies and whether it is encrypted or not."""

from collections.abc import Iterator

from evidence.vault.encryption.keys import object_cipher
from evidence.vault.models import StoredObject
from evidence.vault.store import ObjectStore


def object_pieces(
    store: ObjectStore, stored: StoredObject, *, start: int, end: int, is_cold: bool = False
) -> Iterator[bytes]:
    """The plaintext start..end-1 in pieces. `is_cold`: as `ObjectStore.read`.

    Raises:
        ObjectMissing, VaultUnavailable, KeyUnavailable, ObjectKeyLost: before the first piece.
        ObjectDamaged: an encrypted object is not what was sealed; with the piece that shows it.
    """

    def ask(begin: int, stop: int) -> Iterator[bytes]:
        return store.read(key=stored.key, version_id=stored.version_id, start=begin, end=stop, is_cold=is_cold)

    if not stored.encryption_key_id:
        return ask(start, end)
    return object_cipher(stored).read(ask, size_bytes=stored.size_bytes, start=start, end=end)
