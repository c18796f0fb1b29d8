"""A vault that encrypts, with a key ring of its own, and a key provider of somebody else's."""

from evidence.vault.encryption.ring import KeyRing
from evidence.vault.errors import KeyUnavailable
from evidence.vault.models import ObjectClass, ObjectKey, StoredObject
from evidence.vault.services import object_put, object_register

FOREIGN = f"{__name__}.ForeignProvider"


def encrypt(settings, folder) -> KeyRing:
    """Have new objects encrypted, in a directory of this test alone; gives the ring that wraps."""
    settings.VAULT_URL = f"file://{folder / 'vault'}"
    settings.VAULT_KEY_PROVIDER = "file"
    settings.VAULT_KEY_RING_FILE = folder / "keys" / "ring.json"
    ring = KeyRing(settings.VAULT_KEY_RING_FILE)
    ring.key_make()
    return ring


def seal(source, **options) -> StoredObject:
    return object_register(object_put(object_class=ObjectClass.MASTER, source=source, **options))


def key_row(stored: StoredObject) -> ObjectKey:
    return ObjectKey.objects.get(object_id=stored.pk)


class ForeignProvider:
    """Stands for a key service: it knows its keys by name, hands none out, and can be away."""

    newest = "alpha"
    is_away = False
    _keys = {"alpha": 0x5A, "beta": 0xC3}

    def key_id(self) -> str:
        self._reached()
        return self.newest

    def wrap(self, key: bytes, *, key_id: str, context: str) -> bytes:
        self._reached()
        return context.encode() + b"|" + bytes(byte ^ self._keys[key_id] for byte in key)

    def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        self._reached()
        named, _, masked = wrapped.partition(b"|")
        if named != context.encode():
            raise ValueError("another context")
        return bytes(byte ^ self._keys[key_id] for byte in masked)

    def _reached(self) -> None:
        if self.is_away:
            raise KeyUnavailable("The key service does not answer.")
