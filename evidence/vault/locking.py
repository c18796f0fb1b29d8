"""Locks of the store's own: short ones, put off again and again for as long as an object must be kept.

A lock that ends by itself soon after nobody extends it is what lets a duty to delete be met; one that lasts for years
would not. A newcomer's trap: what was put and is not registered yet is not locked, for it may be discarded; the first
lock is placed when the registration is committed, and what fails then is made good by the next rolling run.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from evidence.vault.choice import store_current
from evidence.vault.errors import VaultUnavailable
from evidence.vault.models import StoredObject
from evidence.vault.store import LockMode, VersionedStore

AHEAD = 1 / 3
"""A lock is extended when this share of its length, or less, is left: ten days of thirty."""
MODES: dict[str, LockMode] = {"governance": "GOVERNANCE", "compliance": "COMPLIANCE"}
log = logging.getLogger(__name__)


def must_keep(stored: StoredObject) -> bool:
    """Whether the store is to keep this object: every one that is registered and was not disposed of."""
    return stored.destroyed_at is None


def objects_kept() -> QuerySet[StoredObject]:
    """The same rule as `must_keep`, for the objects of the store in use."""
    return StoredObject.objects.filter(destroyed_at=None, store=store_current().name)


def objects_ending(within: timedelta) -> QuerySet[StoredObject]:
    """Objects to be kept whose lock ends within so long, or has ended; those without any are `objects_unlocked`."""
    return objects_kept().filter(locked_until__lt=timezone.now() + within)


def objects_unlocked() -> QuerySet[StoredObject]:
    """Objects to be kept that no lock is known of."""
    return objects_kept().filter(locked_until=None)


def extend_within() -> timedelta:
    """A lock that ends within so long is to be extended."""
    return timedelta(days=settings.LOCK_DAYS * AHEAD)


def locking_store() -> VersionedStore | None:
    """The store in use, if objects in it are to be locked; None: they cannot be, or `LOCK_MODE` is `off`.

    Raises:
        LockRefused, VaultUnavailable: it cannot be told now.
    """
    store = store_current()
    if settings.LOCK_MODE in MODES and isinstance(store, VersionedStore) and store.can_lock():
        return store
    return None


def object_lock(stored: StoredObject, store: VersionedStore) -> datetime:
    """Lock an object for `LOCK_DAYS` from now, read that back, and note it.

    Raises:
        ObjectMissing, LockRefused, VaultUnavailable: see `VersionedStore.lock`.
    """
    until = timezone.now() + timedelta(days=settings.LOCK_DAYS)
    held = store.lock(key=stored.key, version_id=stored.version_id, mode=MODES[settings.LOCK_MODE], until=until)
    StoredObject.objects.filter(pk=stored.pk, version_id=stored.version_id).update(locked_until=held)
    return held


def object_lock_first(stored: StoredObject) -> None:
    """Lock what was just registered, or restored. What cannot be locked now is sealed all the same, told, and extended
    by the next rolling run."""
    try:
        store = locking_store()
        if store is not None and store.name == stored.store and must_keep(stored):
            object_lock(stored, store)
    except VaultUnavailable as refused:
        log.error("object %s of the vault has no lock yet: %s", stored.key, refused.message)
