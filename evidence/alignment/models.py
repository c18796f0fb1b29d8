"""By how much one recording began after another: what the sound says, what a person decided, and what they set.

Rows are kept: what holds for a pair is the newest that a person accepted or set. A newcomer's trap: a row tells its
pair in one direction; read the other way round, the offset changes its sign.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Recording


class Source(models.TextChoices):
    """Where an offset comes from. The clocks' own word needs no row."""

    SOUND = "sound", "What both microphones heard"
    HAND = "hand", "Set by hand"


class State(models.TextChoices):
    """Proposed -> accepted or refused; or nothing was found."""

    PROPOSED = "proposed", "Proposed"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    NOT_FOUND = "not-found", "Not found"


class Alignment(models.Model):
    """`other` begins `offset_ms` after `one`; None where the sound did not tell."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    one = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="alignments_from")
    other = models.ForeignKey(Recording, on_delete=models.PROTECT, related_name="alignments_to")
    source = models.CharField(max_length=5, choices=Source.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    offset_ms = models.BigIntegerField(null=True, blank=True)
    confidence_pct = models.PositiveSmallIntegerField(null=True, blank=True)
    """Of the sound; None where a person set it."""
    said = models.TextField(blank=True)
    """For people: what the confidence rests on, why nothing was found, or why it was set."""
    report = models.JSONField(null=True, blank=True)
    """Of the sound: `workers.media.align.report.AlignReport`."""
    job = models.UUIDField(null=True, blank=True, unique=True)
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="alignments")
    """Who asked, or set it."""
    made_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["one", "other"], name="alignment_pair")]
        constraints = [
            models.CheckConstraint(condition=~models.Q(one=models.F("other")), name="alignment_of_two"),
            models.CheckConstraint(
                condition=models.Q(state="not-found", offset_ms=None)
                | (~models.Q(state="not-found") & models.Q(offset_ms__isnull=False)),
                name="alignment_offset",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} {self.offset_ms} ms {self.other_id} {self.state}"
