"""A job done in parts: child rows that any worker may take, and a parent that goes on when the last one is done.

The countdown happens in the transaction that finishes the child. Whoever needs both rows locks the parent first,
always: a child that finishes and a person who cancels the whole then never wait for each other. Parts have no parts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from evidence.jobs.errors import JobCancelled, JobLost
from evidence.jobs.kinds import KINDS
from evidence.jobs.models import Job, JobState, Unit
from evidence.jobs.publishing import publish_on_commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One child of a fan-out. `work` is how much it has to do in the parent's unit (frames): so progress adds up."""

    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)
    work: int = 0


def job_hold(job: Job) -> tuple[Job, Job | None]:
    """Lock the row this attempt owns, and its parent before it; for the rest of the transaction.

    Raises:
        JobLost: the token is stale, or the job is over.
        JobCancelled: somebody asked for it to stop.
    """
    rows = Job.objects.select_for_update()
    parent = rows.filter(pk=job.parent_id).first() if job.parent_id else None
    held = rows.filter(pk=job.pk, token=job.token, state=JobState.RUNNING).first()
    if held is None:
        raise JobLost
    if held.cancel_requested_at:
        raise JobCancelled
    return held, parent


@transaction.atomic
def job_fan_out(
    *, job: Job, parts: Sequence[Part], result: Mapping[str, Any] | None = None, unit: Unit = Unit.COUNT
) -> None:
    """End this attempt with parts to be done; when all are, the job is started again to join them.

    `result` is kept on the row for the joining attempt. Parts that an earlier try finished, same params, stay done.

    Raises:
        ValueError: there are no parts, or the job is itself a part.
        JobLost, JobCancelled: as `job_hold`.
    """
    held, _ = job_hold(job)
    if not parts or held.parent_id:
        raise ValueError("a fan-out needs parts, and a part has none")
    missing = [row for row in (_part_row(held, seq, part, unit) for seq, part in enumerate(parts)) if row.is_live]
    held.children.filter(seq__gte=len(parts)).delete()
    held.state, held.remaining, held.result, held.unit = JobState.WAITING, len(missing), dict(result or {}), unit
    held.lease_until, held.error_code, held.error, held.blocked_since = None, "", "", None
    held.save(
        update_fields=["state", "remaining", "result", "unit", "lease_until", "error_code", "error", "blocked_since"]
    )
    for row in missing:
        publish_on_commit(row)
    if not missing:
        _join_begin(held)


def part_done(parent: Job | None) -> None:
    """Count a finished child down on its locked parent; the last one starts the joining attempt."""
    if parent is None or parent.state != JobState.WAITING:
        return
    parent.remaining -= 1
    parent.save(update_fields=["remaining"])
    if parent.remaining == 0:
        _join_begin(parent)


def part_failed(parent: Job | None, *, code: str, message: str, at: datetime) -> None:
    """A child failed for good: its locked parent fails with it, and what the other children do is stopped."""
    if parent is None or parent.state != JobState.WAITING:
        return
    parent.state, parent.finished_at, parent.publish_at = JobState.FAILED, at, at
    parent.error_code, parent.error = code, message
    parent.save(update_fields=["state", "finished_at", "publish_at", "error_code", "error"])
    parts_cancel(parent=parent, at=at)
    publish_on_commit(parent)


def parts_cancel(*, parent: Job, at: datetime) -> None:
    """Stop the children of a locked parent: those waiting at once, those running as soon as their workers look."""
    parent.children.filter(state=JobState.QUEUED).update(
        state=JobState.CANCELLED, cancel_requested_at=at, finished_at=at, publish_at=at
    )
    parent.children.filter(state=JobState.RUNNING, cancel_requested_at=None).update(cancel_requested_at=at)


def _part_row(parent: Job, seq: int, part: Part, unit: Unit) -> Job:
    """The child's row: new, still done from an earlier try, or put back to its start under a new token."""
    now = timezone.now()
    known = KINDS[part.kind]
    row, is_new = Job.objects.select_for_update().get_or_create(
        key=f"{parent.key}/{seq}",
        defaults={
            "kind": part.kind,
            "queue": known.queue,
            "max_attempts": known.max_attempts,
            "params": dict(part.params),
            "parent": parent,
            "seq": seq,
            "unit": unit,
            "progress_total": part.work,
            "not_before": now,
            "publish_at": now,
            "subject_kind": parent.subject_kind,
            "subject_id": parent.subject_id,
            "requested_by_kind": parent.requested_by_kind,
            "requested_by_id": parent.requested_by_id,
            "requested_by_name": parent.requested_by_name,
            "requested_by_post": parent.requested_by_post,
            "request": parent.request,
        },
    )
    is_same = row.kind == part.kind and row.params == dict(part.params)
    if not is_new and not (is_same and row.state == JobState.SUCCEEDED):
        row.kind, row.queue, row.max_attempts = part.kind, known.queue, known.max_attempts
        row.params, row.progress_total, row.unit, row.result = dict(part.params), part.work, unit, {}
        job_reset(row, at=now)
    return row


def job_reset(row: Job, *, at: datetime) -> None:
    """Put a locked row back to the start of its queue, as if new; an attempt that still runs has lost it."""
    row.state, row.attempt, row.is_joining, row.remaining = JobState.QUEUED, 0, False, 0
    row.token += 1
    row.not_before = row.publish_at = at
    row.cancel_requested_at = row.cancel_requested_by_id = None
    row.started_at = row.finished_at = row.settled_at = row.stage_began_at = row.lease_until = None
    row.blocked_since = None
    row.error_code = row.error = row.stage = row.owner = ""
    row.progress_done = 0
    row.save()


def _join_begin(parent: Job) -> None:
    now = timezone.now()
    parent.state, parent.is_joining, parent.attempt = JobState.QUEUED, True, 0
    parent.not_before = parent.publish_at = now
    parent.save(update_fields=["state", "is_joining", "attempt", "not_before", "publish_at"])
    publish_on_commit(parent)
