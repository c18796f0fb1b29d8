"""Which object store this installation has: `settings.VAULT_URL` says, and one is opened a process.

An object is read from the store its row names; a row that names another store than the configured one is refused
rather than looked for in the wrong place.
"""

import os
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.conf import settings

from evidence.vault.errors import StoreUnsafe, VaultUnavailable
from evidence.vault.store import ObjectStore, SealingStore


def store_current() -> ObjectStore:
    """The configured store, checked once a process.

    Raises:
        StoreUnsafe: it must not be used as it is set up.
        VaultUnavailable: it cannot be reached.
    """
    store = _opened(settings.VAULT_URL, tuple(sorted(settings.VAULT_S3.items())), os.getpid())
    if settings.VAULT_KEY_PROVIDER:
        _sealing(store)
    return store


def store_sealing() -> SealingStore:
    """The configured store, where what is put into it is encrypted by us.

    Raises:
        StoreUnsafe: it encrypts by its own means, and by them alone. VaultUnavailable: it cannot be reached.
    """
    return _sealing(store_current())


def store_named(name: str) -> ObjectStore:
    """The store a row names.

    Raises:
        VaultUnavailable: this installation is set up for another.
    """
    store = store_current()
    if store.name != name:
        raise VaultUnavailable(f"This file lies in the store {name}, and this installation is set up for {store.name}.")
    return store


def _sealing(store: ObjectStore) -> SealingStore:
    if not isinstance(store, SealingStore):
        raise StoreUnsafe(
            f"The store {store.name} encrypts by its own means, so that a key provider would do nothing. Empty "
            "CONTINUITY_VAULT_KEY_PROVIDER and set CONTINUITY_S3_ENCRYPTION."
        )
    return store


@lru_cache(maxsize=4)
def _opened(url: str, s3: tuple[tuple[str, str], ...], process: int) -> ObjectStore:
    """One store a process: connections of a parent must not be used after a fork."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        from evidence.vault.filesystem import FileStore  # noqa: PLC0415 - one of the two is needed, not both

        return FileStore(Path(unquote(parts.path)))
    if parts.scheme == "s3":
        from evidence.vault.s3 import S3Store  # noqa: PLC0415 - boto3 takes half a second that a directory can do without

        return S3Store(bucket=parts.netloc, **dict(s3))
    raise StoreUnsafe(
        f"{parts.scheme or 'nothing'}:// is no store. Set CONTINUITY_VAULT_URL to file:///... or s3://..."
    )
