"""Cases and their exhibits. An exhibit's reference is the producer's initials and a number that is never reused."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Recording


class Case(models.Model):
    """An investigation with its URN (unique reference number)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    urn = models.CharField("URN", max_length=30, unique=True)
    title = models.CharField(max_length=160)
    officer_in_case = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="cases")
    opened_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-opened_at"]

    def __str__(self) -> str:
        return f"{self.urn} {self.title}"


class CaseMember(models.Model):
    """Somebody who works on a case, until they are taken off it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="case_memberships")
    added_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "person"], condition=models.Q(removed_at=None), name="case_member_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} on {self.case_id}"


class ExhibitCounter(models.Model):
    """The last number used with one set of initials in one case: raised, never lowered."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exhibit_counters")
    initials = models.CharField(max_length=6)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "initials"], name="exhibit_counter_once")]

    def __str__(self) -> str:
        return f"{self.initials}/{self.last}"


class Exhibit(models.Model):
    """An item produced by a witness: `AB/1`. Withdrawn, never deleted; the number stays used."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="exhibits")
    recording = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="exhibits")
    producer = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="exhibits")
    initials = models.CharField(max_length=6)
    number = models.PositiveIntegerField()
    description = models.CharField(max_length=300)
    statement_on = models.DateField()
    """Date of the producer's statement that refers to it."""
    produced_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["initials", "number"]
        constraints = [
            models.UniqueConstraint(fields=["case", "initials", "number"], name="exhibit_reference"),
            models.UniqueConstraint(
                fields=["case", "recording"], condition=models.Q(withdrawn_at=None), name="exhibit_item_once"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """`AB/1`."""
        return f"{self.initials}/{self.number}"

    @property
    def label_text(self) -> str:
        """What is written on the exhibit's label."""
        day = f"{self.statement_on.day} {self.statement_on:%B %Y}"
        return f"Exhibit {self.reference}, referred to in the statement of {self.producer.full_name} dated {day}"
