"""What others may ask of the vault: its name, what is in quarantine, and how the last checks went."""

from django.db.models import QuerySet

from evidence.vault.choice import store_current
from evidence.vault.models import StoredObject


def store_name() -> str:
    """`file` or `s3:<bucket>`.

    Raises:
        VaultUnavailable: it cannot be reached.
    """
    return store_current().name


def objects_quarantined() -> QuerySet[StoredObject]:
    """What nobody is given any more, the longest held first."""
    return StoredObject.objects.filter(quarantined_at__isnull=False, destroyed_at=None).order_by("quarantined_at", "pk")
