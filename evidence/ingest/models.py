"""Uploads on their way in: bytes in the spool, facts here. An upload is not evidence until `upload_commit` seals it."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.recordings.models import RecordingFile


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
    owner_id = models.UUIDField()
    owner_name = models.CharField(max_length=120)
    owner_post = models.UUIDField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.OPEN)
    length_bytes = models.BigIntegerField()
    offset_bytes = models.BigIntegerField(default=0)
    """Bytes fsynced, never what a header claimed."""
    metadata = models.JSONField(default=dict)
    """As sent, decoded; unknown keys kept."""
    raw_metadata = models.TextField(blank=True)
    """The Upload-Metadata header, to be given back as it came."""
    declared_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    """What we computed over the whole file."""
    writer_token = models.PositiveBigIntegerField(default=0)
    """Raised by whoever writes next: an older writer stops at its next chunk."""
    writer_lease_until = models.DateTimeField(null=True, blank=True)
    file = models.OneToOneField(RecordingFile, null=True, blank=True, on_delete=models.PROTECT, related_name="upload")
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
