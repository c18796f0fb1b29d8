"""Who wraps the keys of objects: the port of the key provider, and which one this installation has.

`settings.VAULT_KEY_PROVIDER` is empty (new objects are not encrypted), `file` (a key ring in a file, see `ring`) or the
dotted path of a class of somebody else's. An object's key is unwrapped by the provider that its row names, whatever is
set now. A newcomer's trap: a provider is asked for every range that is read, so one behind a network should remember.
"""

from functools import lru_cache
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from evidence.vault.encryption.ring import KeyRing
from evidence.vault.errors import KeyUnavailable

FILE_PROVIDER = "file"


class KeyProvider(Protocol):
    """Keeps keys that never leave it, and wraps the keys of objects with them. Made without arguments, once a process.

    `context` names the object; what was wrapped under one must not unwrap under another. Every method may raise
    `evidence.vault.errors.KeyUnavailable` where the provider cannot be asked, or has no such key: that is waited for.
    """

    def key_id(self) -> str:
        """The key that wraps from now on; 200 characters at most."""
        ...

    def wrap(self, key: bytes, *, key_id: str, context: str) -> bytes:
        """The 32 bytes of `key`, wrapped by that key; 4096 bytes at most."""
        ...

    def unwrap(self, wrapped: bytes, *, key_id: str, context: str) -> bytes:
        """What was wrapped.

        Raises:
            ValueError: this was not wrapped by that key for that context. It is not waited for: the object is lost
                unless its row is brought back.
        """
        ...


def key_provider(name: str) -> KeyProvider:
    """The provider of this name: `file` or a dotted path.

    Raises:
        KeyUnavailable: there is none.
    """
    return _made(name, Path(settings.VAULT_KEY_RING_FILE) if name == FILE_PROVIDER else None)


def context_of(object_id: UUID) -> str:
    """What an object's key is bound to. Never change it: nothing that was wrapped would unwrap."""
    return f"continuity:vault:object:{object_id}"


@lru_cache(maxsize=8)
def _made(name: str, ring: Path | None) -> KeyProvider:
    if ring is not None:
        return KeyRing(ring)
    try:
        made: KeyProvider = import_string(name)()
    except ImportError as error:
        raise KeyUnavailable(
            f"The key provider {name} cannot be loaded. Install it, or correct CONTINUITY_VAULT_KEY_PROVIDER."
        ) from error
    return made
