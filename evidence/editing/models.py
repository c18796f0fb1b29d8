"""Drafts: what a person is still drawing. A finished one resolves to a recipe, which is data of the working copy."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Recording


class Draft(models.Model):
    """One person's unfinished edit of one part of a recording; saved as they work, kept over a closed lid."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="drafts")
    part = models.PositiveIntegerField(default=1)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    content = models.JSONField(default=dict)
    """`{v, tracks, mutes, frames, segments}` in frame numbers, as the page's island writes it."""
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "part", "person"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.recording_id} part {self.part} by {self.person_id}"


class MuteDecision(models.Model):
    """What a person said to a proposal to mute a stretch. The words are not kept: they are the transcript's."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="mute_decisions")
    part = models.PositiveIntegerField(default=1)
    rule = models.CharField(max_length=20)
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    is_accepted = models.BooleanField()
    made_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="mute_decisions")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["recording", "part", "rule", "start_ms", "end_ms"], name="mute_decided_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.recording_id} {self.key}"

    @property
    def key(self) -> str:
        """As `Proposal.key`."""
        return f"{self.rule}:{self.start_ms}:{self.end_ms}"
