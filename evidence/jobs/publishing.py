"""Tells the broker that a job may run: by task name, with the id and nothing else.

The row is the truth and the broker only a bell. A broker that cannot be reached is noted and left to the reconciler, so
nothing here raises for it. `publish_at` says when to ring again: half a minute at first, then as long as it has waited.
"""

import logging
from datetime import datetime, timedelta
from functools import partial

from celery import Celery
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from evidence.jobs.models import Job

RUN_TASK = "continuity.jobs.run"
AGAIN_AFTER = timedelta(seconds=30)
AGAIN_AT_MOST = timedelta(minutes=10)

log = logging.getLogger(__name__)
# Publishes only. The workers' own app is made above this floor, and task names are all the two share.
_bell = Celery("continuity-publisher", set_as_current=False)
_bell.config_from_object("django.conf:settings", namespace="CELERY")


def job_publish(job: Job) -> bool:
    """Ring for this job now and put off the next ringing. False when the broker could not be reached."""
    try:
        _bell.send_task(RUN_TASK, args=[str(job.pk)], queue=job.queue, retry=False, ignore_result=True)
    except _unreachable() as error:
        log.warning("broker not reached for job %s: %s", job.pk, type(error).__name__)
        return False
    now = timezone.now()
    Job.objects.filter(pk=job.pk, publish_at=job.publish_at).update(publish_at=now + _again_after(job, now))
    return True


def publish_on_commit(job: Job) -> None:
    """Ring once the transaction that changed the job is committed."""
    transaction.on_commit(partial(job_publish, job), robust=True)


def _unreachable() -> tuple[type[BaseException], ...]:
    """What the transport raises when there is no broker."""
    with _bell.connection_for_write() as connection:
        return (OperationalError, OSError, *connection.connection_errors, *connection.channel_errors)


def _again_after(job: Job, now: datetime) -> timedelta:
    """Twice as long each time, so that a long queue is not flooded with repetitions of what still waits in it."""
    waits_since = max(at for at in (job.not_before, job.lease_until, job.finished_at) if at)
    return min(max(now - waits_since, AGAIN_AFTER), AGAIN_AT_MOST)
