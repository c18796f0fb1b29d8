"""Second looks at finished redactions: what a detector still saw, what people decided of it, who signed the list.

A newcomer's trap: a look that no detector made (switched off, not installed) is a list too, an empty one that says so.
It can be signed, because a person watched; the page and the report say that no machine looked.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Recording
from evidence.vault.models import StoredObject


class LookState(models.TextChoices):
    """Where a look stands. `off`: no detector is switched on, so none looked."""

    WAITING = "waiting", "Being looked at"
    DONE = "done", "Looked at"
    FAILED = "failed", "Could not be looked at"
    CANCELLED = "cancelled", "Stopped"
    OFF = "off", "Not looked at by a detector"


class Decision(models.TextChoices):
    """What a person says of a place."""

    ACCEPTABLE = "acceptable", "Acceptable"
    COVER = "cover", "Must be redacted"


class Look(models.Model):
    """One look at one working copy; numbered from 1 for each copy. Which one counts: `queries.look_of`."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    copy = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="looks")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=LookState.choices, default=LookState.WAITING)
    because = models.TextField(blank=True)
    """For people: why no detector looked; empty where one did."""
    asked_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="looks")
    """Empty where it began by itself, when the copy was made."""
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    job_id = models.UUIDField(null=True, blank=True)
    detectors = models.JSONField(default=list)
    """Which looked: `[{name, version, sha256, licence, kind}]`."""
    findings = models.JSONField(default=list)
    """Sentences about what was odd with the looking."""
    frames = models.PositiveIntegerField(default=0)
    covered = models.PositiveIntegerField(default=0)
    """Finds that lie under covers throughout, so that they are no places."""
    pictures = models.OneToOneField(
        StoredObject, null=True, blank=True, on_delete=models.PROTECT, related_name="look"
    )  # fmt: skip
    """The places' small JPEGs, one behind the other: footage, so it lies in the vault."""

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["copy", "number"], name="look_number")]

    def __str__(self) -> str:
        return f"{self.copy_id} look {self.number}"


class Place(models.Model):
    """Something that can still be seen, for a stretch of frames of the copy; pixels of the copy's shown picture."""

    id = models.BigAutoField(primary_key=True)
    look = models.ForeignKey(Look, on_delete=models.PROTECT, related_name="places")
    number = models.PositiveIntegerField()
    """From 1 in the order of the list: first those the detector is sure of."""
    track = models.CharField(max_length=64)
    kind = models.CharField(max_length=10)
    found_by = models.CharField(max_length=200)
    """NAME:VERSION:SHA256 of the detector."""
    score_permille = models.PositiveIntegerField()
    is_doubtful = models.BooleanField()
    first_frame = models.PositiveIntegerField()
    end_frame = models.PositiveIntegerField()
    start_ms = models.PositiveBigIntegerField()
    end_ms = models.PositiveBigIntegerField()
    box = models.JSONField()
    """`[x, y, w, h]` on `box_frame`, where it is seen best."""
    box_frame = models.PositiveIntegerField()
    source_file = models.UUIDField(null=True, blank=True)
    source_frame = models.PositiveIntegerField(null=True, blank=True)
    """Which frame of which sealed file `box_frame` shows; empty where the copy's statement does not say."""
    picture_start = models.PositiveIntegerField(default=0)
    picture_bytes = models.PositiveIntegerField(default=0)
    """Where its JPEG lies in the look's `pictures`; 0 bytes: there is none."""
    picture_sha256 = models.CharField(max_length=64, blank=True)
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    decided_by = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="places_decided"
    )  # fmt: skip
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["look", "number"], name="place_number")]

    def __str__(self) -> str:
        return f"{self.look_id} place {self.number}"


class SignOff(models.Model):
    """A second person's signature under a look's list as it stood then; there is no way to take it back."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    look = models.OneToOneField(Look, on_delete=models.PROTECT, related_name="sign_off")
    signed_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sign_offs")
    signed_at = models.DateTimeField()
    list_sha256 = models.CharField(max_length=64)
    """Of the canonical list that was signed (`listing`)."""
    watched_ms = models.PositiveBigIntegerField()
    """How much of the copy the record of playback says the signer had watched on our pages."""
    note = models.CharField(max_length=500, blank=True)
    event = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.look_id} by {self.signed_by_id}"
