"""Drafts: what a person is still drawing; and what machines found, which a person may put into a draft.

A finished draft resolves to a recipe, which is data of the working copy.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.identity.models import Person
from evidence.jobs.models import Job
from evidence.recordings.models import Recording, RecordingFile


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


class MuteDecision(models.Model):
    """What a person said to a proposal to mute a stretch. The words are not kept: they are the transcript's.

    A part that arrives late moves what follows it on the line of all parts: what was said there is asked again.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="mute_decisions")
    part = models.PositiveIntegerField(default=1)
    """0: all parts, times on their one line."""
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


class Detection(models.Model):
    """One look for faces or plates through one sealed file with certain detectors; whoever asks again is given it.

    A newcomer's trap: what was found is nobody's. What a person makes of it (covers it, leaves it) is in their draft.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="detections")
    file = models.ForeignKey(RecordingFile, on_delete=models.CASCADE, related_name="detections")
    settings = models.JSONField()
    """`{v, detectors: [{name, edition}]}`: what, if it were another, would give other tracks."""
    settings_sha256 = models.CharField(max_length=64)
    plan = models.JSONField(default=list)
    """`[[first frame, end frame, start pts, end pts], ...]`: the stretches, fixed when it was first asked for."""
    links = models.JSONField(default=list)
    """`[[stretch, track in it, track in the next], ...]`: which go on; known once every stretch was looked at."""
    detectors = models.JSONField(default=list)
    """`[{name, version, sha256, licence, kind, refused}, ...]`, as the detectors said when they looked."""
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [models.UniqueConstraint(fields=["file", "settings_sha256"], name="detection_once")]

    def __str__(self) -> str:
        return f"{self.file_id} by {', '.join(self.names)}"

    @property
    def names(self) -> list[str]:
        """The detectors by the names they were chosen by."""
        return [str(row["name"]) for row in self.settings["detectors"]]

    @property
    def part(self) -> int:
        """Which part of the recording."""
        return self.file.part


class DetectionStretch(models.Model):
    """What was found in one stretch; there as soon as that stretch was looked at, and never changed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    detection = models.ForeignKey(Detection, on_delete=models.CASCADE, related_name="stretches")
    seq = models.PositiveIntegerField()
    found = models.JSONField()
    """`workers.media.detect.report.Tracks` as its wire form, in pts."""
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["seq"]
        constraints = [models.UniqueConstraint(fields=["detection", "seq"], name="detection_stretch_once")]

    def __str__(self) -> str:
        return f"{self.detection_id} stretch {self.seq}"
