"""Disc sets: exhibits of a case on one or more discs, as a data disc or a viewing DVD; each image sealed."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.cases.models import Case, Exhibit
from evidence.identity.models import Person
from evidence.vault.models import StoredObject


class DiscKind(models.TextChoices):
    """A data disc carries files that verify; a viewing DVD plays in a player and is lossy."""

    DATA = "data", "Data disc"
    VIEWING = "viewing", "Viewing DVD"


class DiscSetState(models.TextChoices):
    """Where the set stands."""

    REQUESTED = "requested", "Being made"
    MADE = "made", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


class DiscSet(models.Model):
    """One making of discs for a case."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disc_sets")
    kind = models.CharField(max_length=8, choices=DiscKind.choices)
    medium = models.CharField(max_length=10)
    """A `MediumKind` of `workers.disc.planning`: `dvd-5`, `dvd-9`, `bd-25`."""
    with_originals = models.BooleanField(default=False)
    exhibits = models.ManyToManyField(Exhibit, related_name="disc_sets")
    record_until = models.JSONField(default=dict)
    """`{recording id: last subject_seq}` when it was asked for: how far the custody records on the discs reach."""
    state = models.CharField(max_length=10, choices=DiscSetState.choices, default=DiscSetState.REQUESTED)
    problem = models.TextField(blank=True)
    recipient_name = models.CharField(max_length=160)
    """Who the discs are for: a court, the CPS, a defence solicitor."""
    reason = models.CharField(max_length=500)
    requested_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="disc_sets")
    requested_at = models.DateTimeField(default=timezone.now)
    made_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.case_id}"


class Disc(models.Model):
    """One disc of a set: its image in the vault, its label."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    disc_set = models.ForeignKey(DiscSet, on_delete=models.PROTECT, related_name="discs")
    number = models.PositiveIntegerField()
    volume_id = models.CharField(max_length=32)
    image = models.OneToOneField(StoredObject, on_delete=models.PROTECT, related_name="disc")
    label = models.TextField()
    """Text for the disc's face, line by line."""
    exhibits = models.ManyToManyField(Exhibit, related_name="discs")
    """What was planned for it: on the disc with label, description and record, whatever files there are."""
    contents = models.JSONField(default=list)
    """`[{"exhibit": ref, "exhibit_id", "recording", "file": ids, "path" on the disc, "size_bytes", "sha256"}]`.

    On a viewing DVD the path is that of the title's menu line, and size and hash are those of the file it was made of.
    """

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["disc_set", "number"], name="disc_number")]

    def __str__(self) -> str:
        return self.volume_id
