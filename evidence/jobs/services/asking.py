"""What rooms and people ask for: start this work, stop it, try it again. Nothing here runs anything."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from evidence.custody.context import request_id
from evidence.custody.parties import Actor, Subject
from evidence.jobs.errors import JobIsPart, JobKept, JobNotRetryable, JobOver
from evidence.jobs.kinds import KINDS, kinds_kept
from evidence.jobs.models import ENDED_BADLY, Job, JobState
from evidence.jobs.publishing import publish_on_commit
from evidence.jobs.services.parts import job_reset, parts_cancel

log = logging.getLogger(__name__)


def job_enqueue(
    *,
    kind: str,
    key: str,
    actor: Actor,
    subject: Subject | None = None,
    params: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> Job:
    """Ask for work in the caller's transaction; the broker is told when that commits.

    The same `key` gives the one job there is, however it stands. `params` is JSON. Raises KeyError for a kind that is
    not in `KINDS`.
    """
    known = KINDS[kind]
    due_at = not_before or timezone.now()
    job, is_new = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "queue": known.queue,
            "max_attempts": known.max_attempts,
            "params": dict(params or {}),
            "not_before": due_at,
            "publish_at": due_at,
            "subject_kind": subject.kind if subject else "",
            "subject_id": subject.id if subject else None,
            "requested_by_kind": actor.kind.value,
            "requested_by_id": actor.id,
            "requested_by_name": actor.name,
            "requested_by_post": actor.post,
            "request": request_id(),
        },
    )
    if is_new and due_at <= timezone.now():
        publish_on_commit(job)
    return job


@transaction.atomic
def job_cancel(*, job: Job, actor: Actor) -> Job:
    """Stop it and its parts: at once when it has not begun, else within seconds, as soon as its worker looks.

    Raises:
        JobOver: it has ended.
        JobIsPart: it is a part of a bigger job.
        JobKept: work of its kind is never cancelled.
    """
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.parent_id:
        raise JobIsPart
    if row.kind in kinds_kept():
        raise JobKept
    if not row.is_live:
        raise JobOver
    now = timezone.now()
    row.cancel_requested_at, row.cancel_requested_by_id = row.cancel_requested_at or now, actor.id
    if row.state != JobState.RUNNING:
        row.state, row.finished_at, row.publish_at = JobState.CANCELLED, now, now
        publish_on_commit(row)
    row.save(
        update_fields=["cancel_requested_at", "cancel_requested_by_id", "state", "finished_at", "publish_at"]
    )  # fmt: skip
    parts_cancel(parent=row, at=now)
    log.info("job %s (%s) cancelled by %s", row.pk, row.kind, actor.id)
    return row


@transaction.atomic
def job_retry(*, job: Job, actor: Actor) -> Job:
    """Start a failed or cancelled job again with all its attempts; parts that were done stay done.

    Raises:
        JobNotRetryable: it is under way, or it succeeded.
        JobIsPart: it is a part of a bigger job.
    """
    row = Job.objects.select_for_update().get(pk=job.pk)
    if row.parent_id:
        raise JobIsPart
    if row.state not in ENDED_BADLY:
        raise JobNotRetryable
    job_reset(row, at=timezone.now())
    publish_on_commit(row)
    log.info("job %s (%s) retried by %s", row.pk, row.kind, actor.id)
    return row
