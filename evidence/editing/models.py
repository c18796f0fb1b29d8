"""Drafts: what a person is still drawing. A finished one resolves to a recipe, which is data of the working copy."""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.recordings.models import Recording


class Draft(models.Model):
    """One person's unfinished edit of a recording or of one part; saved as they work, kept over a closed lid."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="drafts")
    part = models.PositiveIntegerField(default=1)
    """0: all parts, frames numbered through them."""
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="drafts")
    content = models.JSONField(default=dict)
    """`{v, tracks, mutes, frames, segments}` in frame numbers, as the page's island writes it."""
    counted = models.JSONField(default=list)
    """The files that the frames were counted through when it was saved: `[[file id, frames], ...]`; empty for one."""
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recording", "part", "person"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.recording_id} part {self.part} by {self.person_id}"
