"""Sealed objects: what lies in the vault, where, and what it must hash to. Rows appear only when the bytes are there.

Keys are `<class>/<file-uuid>`, made by us, never from names. S3 objects are read by `version_id`.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone


class ObjectClass(models.TextChoices):
    """Lock and lifecycle go by class."""

    MASTER = "masters", "Masters"
    COPY = "copies", "Working copies"
    DERIVED = "derived", "Derived: can be made again"
    IMAGE = "images", "Disc images"


class StoredObject(models.Model):
    """One sealed object. Never overwritten; destroyed only by the disposal service or, if derived, by a sweep."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    object_class = models.CharField(max_length=10, choices=ObjectClass.choices)
    store = models.CharField(max_length=40)
    """Which store holds it: `file` or `s3:<bucket>`."""
    key = models.CharField(max_length=120, unique=True)
    version_id = models.CharField(max_length=200, blank=True)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, db_index=True)
    encryption_key_id = models.CharField(max_length=80, blank=True)
    """Empty: not encrypted by us."""
    sealed_at = models.DateTimeField(default=timezone.now)
    verified_at = models.DateTimeField(default=timezone.now)
    """When its bytes were last read back and hashed."""
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(size_bytes__gte=0), name="object_size")]

    def __str__(self) -> str:
        return self.key


class ObjectIntent(models.Model):
    """A key about to be written: a sweep finds what a crash left behind and no row speaks of."""

    key = models.CharField(primary_key=True, max_length=120)
    created_at = models.DateTimeField(default=timezone.now)
    touched_at = models.DateTimeField(default=timezone.now, db_index=True)
    """Moved on while the put is at work, so that an hour's silence means that it died."""
    condemned_at = models.DateTimeField(null=True, blank=True)
    """Set by the sweep before it removes the bytes: from then on the key cannot be registered."""

    def __str__(self) -> str:
        return self.key
