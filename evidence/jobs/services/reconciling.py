"""Finds what the broker lost: due jobs nobody was told of, leases that ran out, ends that no item was told of.

It changes no job's state. It only rings again, and whoever hears it claims, ends or settles the job; so it may run
anywhere, any number of times, and at once.
"""

from collections.abc import Collection

from django.db.models import Q
from django.utils import timezone

from evidence.jobs.models import ENDED_BADLY, Job, JobState
from evidence.jobs.publishing import job_publish

AT_MOST = 500


def job_ring_next(*, queues: Collection[str]) -> bool:
    """Ring for the job that has waited longest in these queues; False when none waits or no broker was reached."""
    waiting = Job.objects.filter(state=JobState.QUEUED, queue__in=queues, not_before__lte=timezone.now())
    job = waiting.order_by("not_before").first()
    return job is not None and job_publish(job)


def jobs_reconcile(*, is_start: bool = False) -> int:
    """Ring for every job that should be running or settled and is not; returns how many.

    `is_start`: a worker begins, so ring also for what was rung for lately; the one that heard it may have died of it.
    Stops at the first job for which the broker cannot be reached.
    """
    now = timezone.now()
    forgotten = (
        Q(state=JobState.QUEUED, not_before__lte=now)
        | Q(state=JobState.RUNNING, lease_until__lt=now)
        | Q(state__in=ENDED_BADLY, settled_at=None)
    )
    count = 0
    jobs = Job.objects.filter(forgotten) if is_start else Job.objects.filter(forgotten, publish_at__lte=now)
    for job in jobs.order_by("publish_at")[:AT_MOST]:
        if not job_publish(job):
            break
        count += 1
    return count
