"""Uploads on their way in: bytes in the spool, facts here. An upload is not evidence until `upload_commit` seals it."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import checks
from django.db import models
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind
from evidence.recordings.models import RecordingFile

EXPIRY_MIN_S = 3600
"""A dock that is shut for a night's update must find its uploads again; below an hour nobody means it."""


class UploadState(models.TextChoices):
    """`received`: every byte fsynced. `sealed`: a Master. `refused`: hash or length lied; nothing became evidence."""

    OPEN = "open", "Being sent"
    RECEIVED = "received", "Received, being checked"
    SEALED = "sealed", "Sealed"
    REFUSED = "refused", "Refused"
    TERMINATED = "terminated", "Ended by its sender"
    EXPIRED = "expired", "Expired"


class Upload(models.Model):
    """One file being sent by a dock or a person, through any door."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    door = models.CharField(max_length=10)
    owner_kind = models.CharField(max_length=16)
    owner_id = models.UUIDField(null=True, blank=True)
    """Empty for one of our own processes."""
    owner_name = models.CharField(max_length=120)
    owner_post = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.OPEN)
    length_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    """Bytes fsynced, never what a header claimed."""
    metadata = models.JSONField(default=dict, blank=True)
    """As sent, decoded; unknown keys kept."""
    raw_metadata = models.TextField(blank=True)
    """The Upload-Metadata header, to be given back as it came."""
    declared_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    """What we computed over the whole file."""
    writer_token = models.PositiveBigIntegerField(default=0)
    """Raised by whoever writes next: an older writer stops when it sees that."""
    writer_held = models.PositiveBigIntegerField(null=True, blank=True)
    """Token of the one that writes now; empty when nobody does."""
    writer_lease_until = models.DateTimeField(null=True, blank=True)
    """From then on the writer counts as dead and the next may take its place."""
    put = models.JSONField(null=True, blank=True)
    """Bytes of this upload that lie in the vault and are not registered yet: an attempt that died is taken up there."""
    file = models.ForeignKey(RecordingFile, null=True, blank=True, on_delete=models.PROTECT, related_name="uploads")
    """The Master it became; the one that was there when the same file was sent again."""
    problem = models.TextField(blank=True)
    """For people: why it was refused and what to do."""
    created_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(null=True, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    receipt = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "expires_at"], name="upload_state"),
            models.Index(fields=["owner_kind", "owner_id", "-created_at"], name="upload_owner"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(offset_bytes__gte=0, offset_bytes__lte=models.F("length_bytes")),
                name="upload_offset",
            )
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.state} {self.offset_bytes}/{self.length_bytes}"

    @classmethod
    def check(cls, **kwargs: Any) -> list[checks.CheckMessage]:
        """As Django does, and that the installation keeps unfinished uploads long enough."""
        found = super().check(**kwargs)
        if settings.UPLOAD_EXPIRY_S < EXPIRY_MIN_S:
            words = f"CONTINUITY_UPLOAD_EXPIRY_S is {settings.UPLOAD_EXPIRY_S} s: uploads would go before they end."
            found.append(checks.Error(words, hint=f"Set it to {EXPIRY_MIN_S} (an hour) or more.", id="ingest.E001"))
        return found

    @property
    def owner(self) -> Actor:
        """Who sends it: the actor of its events."""
        return Actor(kind=ActorKind(self.owner_kind), id=self.owner_id, name=self.owner_name, post=self.owner_post)

    @property
    def is_complete(self) -> bool:
        """True once the last byte is fsynced."""
        return self.offset_bytes == self.length_bytes

    @property
    def filename(self) -> str:
        """As the sender named it; never a path, escaped wherever shown."""
        return str(self.metadata.get("filename", ""))


class ReceiptKey(models.Model):
    """A public key that signed receipts: kept for good, so that old receipts can be checked after a key change."""

    key_id = models.CharField(primary_key=True, max_length=16)
    public_key = models.CharField(max_length=44)
    """Ed25519, 32 bytes in base64."""
    first_used_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["first_used_at"]

    def __str__(self) -> str:
        return self.key_id
