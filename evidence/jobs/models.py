"""Job rows: the truth about every piece of work in the background. The broker carries ids only.

A claim raises `token`; whoever holds an older token has lost the job and must drop its output. Rows change through
`services` only: a lock on a child is always taken after the lock on its parent.
"""

from uuid import uuid4

from django.db import models
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind, Subject


class JobState(models.TextChoices):
    """Where a job stands. `waiting`: a parent until its last child ends."""

    QUEUED = "queued", "Waiting to start"
    RUNNING = "running", "Running"
    WAITING = "waiting", "Waiting for its parts"
    SUCCEEDED = "succeeded", "Done"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"


LIVE = (JobState.QUEUED, JobState.RUNNING, JobState.WAITING)
ENDED_BADLY = (JobState.FAILED, JobState.CANCELLED)


class Unit(models.TextChoices):
    """What progress is counted in: things that the stage names ('masking frame'), or bytes."""

    COUNT = "count", "Things"
    BYTES = "bytes", "Bytes"


class Job(models.Model):
    """One piece of work: `kind` names its handler, `subject` the item it is for."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=20)
    key = models.CharField(max_length=200, unique=True)
    """Same key, same work: enqueuing it twice gives the one job."""
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    token = models.PositiveBigIntegerField(default=0)
    owner = models.CharField(max_length=120, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    not_before = models.DateTimeField(default=timezone.now)
    publish_at = models.DateTimeField(default=timezone.now)
    """When the broker is to be told (again) if the job still waits for a worker then."""
    is_joining = models.BooleanField(default=False)
    """True once every child of a fan-out is done: the next attempt puts their results together."""
    progress_done = models.PositiveBigIntegerField(default=0)
    progress_total = models.PositiveBigIntegerField(default=0)
    stage = models.CharField(max_length=80, blank=True)
    """In words, before the count: 'masking frame'."""
    stage_began_at = models.DateTimeField(null=True, blank=True)
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.COUNT)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    cancel_requested_by_id = models.UUIDField(null=True, blank=True)
    params = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    """What went wrong and what to do, for people."""
    blocked_since = models.DateTimeField(null=True, blank=True)
    """Since when it waits for something outside it (the vault, room on a disk, the sandbox)."""
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    seq = models.PositiveIntegerField(default=0)
    remaining = models.PositiveIntegerField(default=0)
    subject_kind = models.CharField(max_length=32, blank=True)
    subject_id = models.UUIDField(null=True, blank=True)
    requested_by_kind = models.CharField(max_length=16)
    requested_by_id = models.UUIDField(null=True, blank=True)
    requested_by_name = models.CharField(max_length=120)
    requested_by_post = models.UUIDField(null=True, blank=True)
    request = models.UUIDField()
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    """Failed and cancelled jobs only: when the item it was for was told."""

    class Meta:
        indexes = [
            models.Index(fields=["state", "publish_at"], name="job_due"),
            models.Index(
                fields=["publish_at"], name="job_unsettled", condition=models.Q(state__in=ENDED_BADLY, settled_at=None)
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="job_subject"),
            models.Index(fields=["requested_by_id", "created_at"], name="job_requested_by"),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def is_live(self) -> bool:
        """True while it may still change."""
        return self.state in LIVE

    @property
    def subject(self) -> Subject | None:
        """The item it is for, where there is one."""
        return Subject(self.subject_kind, self.subject_id) if self.subject_id else None

    @property
    def requested_by(self) -> Actor:
        """Who asked for it: the actor of the events that its handler writes on their behalf."""
        return Actor(
            kind=ActorKind(self.requested_by_kind), id=self.requested_by_id, name=self.requested_by_name,
            post=self.requested_by_post,
        )  # fmt: skip
