"""Every read of job rows. Parts are reached through the job they are parts of: lists never show them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Case, Count, F, Q, QuerySet, Sum, When
from django.utils import timezone

from evidence.custody.parties import ActorKind
from evidence.identity.who import Who
from evidence.jobs.errors import JobKept, JobMissing
from evidence.jobs.kinds import kinds_kept
from evidence.jobs.models import LIVE, Job, JobState
from evidence.jobs.policy import JOBS, Right


@dataclass(frozen=True, slots=True)
class PartsDone:
    """How far the parts of a job are together. `work_done` of `work_total` in the job's unit, 0 where not known."""

    done: int
    total: int
    work_done: int
    work_total: int


def jobs_of(subject_kind: str, subject_id: UUID) -> QuerySet[Job]:
    """Whole jobs for an item, newest first."""
    return Job.objects.filter(subject_kind=subject_kind, subject_id=subject_id, parent=None)


def job_of(subject_kind: str, subject_id: UUID, kind: str | None = None) -> Job | None:
    """The newest job for an item, of one kind if said; None when there was never any."""
    jobs = jobs_of(subject_kind, subject_id)
    return (jobs.filter(kind=kind) if kind else jobs).first()


def jobs_requested_by(person_id: UUID) -> QuerySet[Job]:
    """Whole jobs a person asked for, newest first."""
    return Job.objects.filter(requested_by_kind=ActorKind.PERSON.value, requested_by_id=person_id, parent=None)


def job_for(who: Who, identifier: UUID, right: Right = Right.SEE) -> Job:
    """The job, if the asker has the right.

    Raises:
        JobMissing: there is none.
        Denied: there is, but not for them (shown as 'not found' unless they may know of it).
        JobKept: they may know of it, but nobody may cancel work of its kind.
    """
    job = Job.objects.filter(pk=identifier).first()
    if job is None:
        raise JobMissing
    if right == Right.CANCEL and job.kind in kinds_kept() and JOBS.decide(who, Right.SEE, job):
        raise JobKept  # the words of a refusal by person would send them to somebody who may not either
    JOBS.require(who, right, job)
    return job


def jobs_visible(who: Who) -> QuerySet[Job]:
    """Whole jobs the asker may see, newest first."""
    return JOBS.rows(who, Right.SEE).filter(parent=None).order_by("-created_at", "-pk")


@dataclass(frozen=True, slots=True)
class Due:
    """Work that a worker could begin now: how much, since when the oldest could, and in which queue that one is."""

    count: int
    since: datetime | None = None
    queue: str = ""


def jobs_due() -> Due:
    """How far the workers are behind."""
    due = Job.objects.filter(state=JobState.QUEUED, not_before__lte=timezone.now(), blocked_since=None)
    oldest = due.order_by("not_before").first()
    return Due(0) if oldest is None else Due(due.count(), oldest.not_before, oldest.queue)


def jobs_blocked() -> int:
    """How many jobs wait for something outside them."""
    return Job.objects.filter(state__in=LIVE).exclude(blocked_since=None).count()


def queue_of(job_id: UUID) -> str | None:
    """The queue a job is in; None when there is no such job."""
    return Job.objects.filter(pk=job_id).values_list("queue", flat=True).first()


def parts_done(job: Job) -> PartsDone:
    """How far the children of a fan-out are."""
    found = job.children.aggregate(
        done=Count("pk", filter=Q(state=JobState.SUCCEEDED)),
        total=Count("pk"),
        # a part that is done has done all of its work, whatever its last heartbeat said
        work_done=Sum(
            Case(When(state=JobState.SUCCEEDED, then=F("progress_total")), default=F("progress_done")), default=0
        ),
        work_total=Sum("progress_total", default=0),
    )
    return PartsDone(**found)


def part_trouble(job: Job) -> str:
    """What a part of it waits for that is outside it (room on a disk, the vault), in words; '' where none does."""
    blocked = job.children.filter(state=JobState.QUEUED).exclude(blocked_since=None).order_by("seq").first()
    return f"One part waits: {blocked.error}" if blocked else ""


def tokens_running(job_ids: Collection[UUID]) -> set[tuple[UUID, int]]:
    """Of these jobs, (id, token) of the attempts that are running."""
    return set(Job.objects.filter(pk__in=job_ids, state=JobState.RUNNING).values_list("pk", "token"))
