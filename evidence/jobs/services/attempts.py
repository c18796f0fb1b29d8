"""What a worker does to a job row: claim it, keep its lease, end it. One guarded UPDATE each, or one short transaction.

Every write names the token that the claim raised; where no row matches, somebody else owns the job. How an attempt is
driven (threads, scratch, handlers) is not here.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from evidence.jobs.errors import JobCancelled, JobLost
from evidence.jobs.models import ENDED_BADLY, Job, JobState, Unit
from evidence.jobs.publishing import publish_on_commit
from evidence.jobs.services.parts import job_hold, part_done, part_failed

RETRY_FIRST_S = 5
RETRY_AT_MOST_S = 600
BLOCKED_RETRY_AT_MOST_S = 300
BLOCKED_AT_MOST = timedelta(days=7)
"""After a week without what it needs, a job fails: its item says so, and a person may have it tried again."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt is: `stage` reads before the count ('masking frame'), `total` 0 where it is not known."""

    done: int
    total: int
    stage: str
    unit: Unit
    stage_began_at: datetime


def job_claim(*, job_id: UUID, owner: str) -> Job | None:
    """Take a due job, or one whose worker let its lease run out. None when there is nothing to take.

    `attempt` may come back above `max_attempts`: then its workers died one after the other, and it must not run again.
    """
    now = timezone.now()
    due = Q(state=JobState.QUEUED, not_before__lte=now) | Q(state=JobState.RUNNING, lease_until__lt=now)
    with transaction.atomic():
        won = Job.objects.filter(due, pk=job_id).update(
            state=JobState.RUNNING,
            token=F("token") + 1,
            attempt=F("attempt") + 1,
            owner=owner[:120],
            lease_until=now + timedelta(seconds=settings.JOB_LEASE_S),
            publish_at=now,
            started_at=now,
            stage="",
            stage_began_at=None,
            progress_done=0,
        )
        return Job.objects.get(pk=job_id) if won else None


def job_beat(*, job: Job, progress: Progress | None) -> None:
    """Lengthen the lease, and tell how far it is.

    Raises:
        JobLost: the token is stale, or the job is over.
    """
    changes: dict[str, Any] = {"lease_until": timezone.now() + timedelta(seconds=settings.JOB_LEASE_S)}
    if progress is not None:
        changes |= {
            "progress_done": progress.done,
            "progress_total": progress.total,
            "stage": progress.stage[:80],
            "unit": progress.unit,
            "stage_began_at": progress.stage_began_at,
        }
    if not Job.objects.filter(pk=job.pk, token=job.token, state=JobState.RUNNING).update(**changes):
        raise JobLost


def job_is_cancel_requested(*, job: Job) -> bool:
    """Whether somebody asked this attempt to stop.

    Raises:
        JobLost: the token is stale, or the job is over.
    """
    rows = Job.objects.filter(pk=job.pk, token=job.token, state=JobState.RUNNING)
    found = list(rows.values_list("cancel_requested_at", flat=True))
    if not found:
        raise JobLost
    return found[0] is not None


@contextmanager
def job_finishing(*, job: Job, result: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """One transaction: the row is locked and the token checked, the body writes what was made, the job is done.

    Yields the result (JSON), which the body may fill.

    Raises:
        JobLost, JobCancelled: as `job_hold`, before the body; drop the output.
    """
    with transaction.atomic():
        held, parent = job_hold(job)
        outcome = dict(result or {})
        yield outcome
        held.state, held.result, held.finished_at = JobState.SUCCEEDED, outcome, timezone.now()
        held.lease_until, held.error_code, held.error, held.blocked_since = None, "", "", None
        held.save(
            update_fields=["state", "result", "finished_at", "lease_until", "error_code", "error", "blocked_since"]
        )
        part_done(parent)


@transaction.atomic
def job_fail(*, job: Job, code: str, message: str, is_final: bool, is_environment: bool = False) -> bool:
    """The attempt failed: try again later, or (final, or no attempts left) fail for good, and the parent with it.

    `is_environment`: what it needs was not there; that counts as no attempt and is tried again for days.
    Returns True when it failed for good. Raises JobLost, and JobCancelled where somebody asked for it to stop.
    """
    held, parent = job_hold(job)
    now = timezone.now()
    held.error_code, held.error, held.lease_until = code[:60], message, None
    since = held.blocked_since or now
    held.blocked_since = None
    if is_environment and not is_final and now - since < BLOCKED_AT_MOST:
        held.state, held.attempt, held.blocked_since = JobState.QUEUED, max(held.attempt - 1, 0), since
        held.not_before = held.publish_at = now + _blocked_retry_after(now - since)
    elif is_environment or is_final or held.attempt >= held.max_attempts:
        held.state, held.finished_at, held.publish_at = JobState.FAILED, now, now
        part_failed(parent, code=held.error_code, message=message, at=now)
    else:
        held.state = JobState.QUEUED
        held.not_before = held.publish_at = now + _retry_after(held.attempt)
    held.save()
    return held.state == JobState.FAILED


@transaction.atomic
def job_end_cancelled(*, job: Job) -> None:
    """The attempt has stopped because somebody asked. Does nothing when it is not this attempt's job any more."""
    rows = Job.objects.select_for_update().filter(pk=job.pk, token=job.token, state=JobState.RUNNING)
    now = timezone.now()
    rows.exclude(cancel_requested_at=None).update(
        state=JobState.CANCELLED, finished_at=now, publish_at=now, lease_until=None
    )


@transaction.atomic
def job_release(*, job: Job) -> None:
    """This worker is ending: put the job back, with the attempt not counted, for another to take at once."""
    try:
        held, _ = job_hold(job)
    except (JobLost, JobCancelled):
        return  # over, or for the reconciler to end: nothing to give back
    held.state, held.attempt, held.lease_until = JobState.QUEUED, held.attempt - 1, None
    held.not_before = held.publish_at = timezone.now()
    held.save()
    publish_on_commit(held)


def job_settle(*, job_id: UUID, tell: Callable[[Job], None]) -> bool:
    """Tell the item of a failed or cancelled job about it, once: `tell` runs in the transaction that notes it.

    Returns False when there is nothing to tell. What `tell` raises goes through, and the reconciler tries again.
    """
    unsettled = Job.objects.filter(pk=job_id, state__in=ENDED_BADLY, settled_at=None)
    if not unsettled.exists():
        return False  # the usual case, found without a write lock
    with transaction.atomic():
        row = unsettled.select_for_update().first()
        if row is None:
            return False
        tell(row)
        row.settled_at = timezone.now()
        row.save(update_fields=["settled_at"])
    return True


def _retry_after(attempt: int) -> timedelta:
    return timedelta(seconds=min(RETRY_FIRST_S * 4 ** (attempt - 1), RETRY_AT_MOST_S))


def _blocked_retry_after(waited: timedelta) -> timedelta:
    """As long again as it has waited: soon after a short outage, and never more than minutes after a long one."""
    return min(max(waited, timedelta(seconds=RETRY_FIRST_S)), timedelta(seconds=BLOCKED_RETRY_AT_MOST_S))
