"""A file brought back from a replica into a store with versions: it lies there as another version than was sealed.

Nothing is taken up here. It is looked for only when somebody who answers for it asks, and taken only if its bytes hash
to what was sealed; `object_release` then makes it the one that is read, in the transaction of the release's event.
"""

from copy import copy

from evidence.vault.checking import object_check
from evidence.vault.choice import store_named
from evidence.vault.models import CheckResult, StoredObject
from evidence.vault.store import OnBytes, VersionedStore


def version_restored(stored: StoredObject, on_bytes: OnBytes) -> str | None:
    """The newest other version under its key whose bytes are what was sealed; None where there is none.

    Raises:
        VaultUnavailable: the store could not be asked.
    """
    store = store_named(stored.store)
    if not isinstance(store, VersionedStore):
        return None
    for listed in store.versions(key=stored.key):
        if listed.is_marker or listed.version_id == stored.version_id or listed.size_bytes != stored.lies_bytes:
            continue
        other = copy(stored)
        other.version_id = listed.version_id
        if object_check(other, on_bytes, wait=lambda _: None).result == CheckResult.SOUND:
            return listed.version_id
    return None
