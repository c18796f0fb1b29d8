"""What others may ask of the vault: its name, what is in quarantine, and how the last checks went."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from evidence.vault.choice import store_current
from evidence.vault.errors import VaultUnavailable
from evidence.vault.models import ObjectClass, SelfTestResult, StoredObject
from evidence.vault.store import key_of

_NOTHING = key_of(ObjectClass.MASTER, UUID(int=0))
"""A key under which nothing lies."""


def store_name() -> str:
    """`file` or `s3:<bucket>`.

    Raises:
        VaultUnavailable: it cannot be reached.
    """
    return store_current().name


def objects_quarantined() -> QuerySet[StoredObject]:
    """What nobody is given any more, the longest held first."""
    return StoredObject.objects.filter(quarantined_at__isnull=False, destroyed_at=None).order_by("quarantined_at", "pk")


def selftest_last() -> SelfTestResult | None:
    """What the newest self-test of the store in use found; None where it was never tried.

    Raises:
        VaultUnavailable: which store it is cannot be told.
    """
    return SelfTestResult.objects.filter(store=store_name()).order_by("-at").first()


def verified_longest_ago() -> datetime | None:
    """When that object was read whose last reading is longest ago; None where there is none.

    Raises:
        VaultUnavailable: as `selftest_last`.
    """
    rows = StoredObject.objects.filter(store=store_name(), destroyed_at=None, quarantined_at=None)
    return rows.order_by("verified_at").values_list("verified_at", flat=True).first()


def vault_answers() -> bool:
    """Whether the store can be asked for an object at all: for one that is not there, which costs it least."""
    try:
        store_current().size(key=_NOTHING, version_id="")
    except VaultUnavailable:
        return False
    return True
