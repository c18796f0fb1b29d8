"""How a job stands, in words: 'masking frame 5,200 of 18,000, about 2 min'. No markup and no HTTP lives here.

The estimate takes the pace of the stage that runs now, and stays silent until there is a pace to speak of.
"""

import math
from datetime import datetime, timedelta

from django.utils import timezone

from evidence.http.templatetags.words import duration, size, when
from evidence.jobs.models import Job, JobState, Unit
from evidence.jobs.queries import PartsDone, part_trouble, parts_done

PACE_AFTER_S = 3.0
_MINUTE_S, _HOUR_S = 60, 3600


def job_words(job: Job, *, now: datetime | None = None) -> str:
    """One line for a page or a program. For a failed job: what went wrong and what to do."""
    at = now or timezone.now()
    match job.state:
        case JobState.RUNNING:
            return "stopping" if job.cancel_requested_at else _running(job, at)
        case JobState.WAITING:
            return " ".join(filter(None, (_in_parts(job, parts_done(job), at), part_trouble(job))))
        case JobState.SUCCEEDED:
            return f"finished {when(job.finished_at)}"
        case JobState.FAILED:
            return job.error
        case JobState.CANCELLED:
            return f"cancelled {when(job.finished_at)}"
        case _:
            return _queued(job, at)


def amount_words(done: int, total: int, unit: str) -> str:
    """`5,200 of 18,000`, `1.2 GB of 3.4 GB`; '' where the total is not known."""
    if not total:
        return ""
    return f"{size(done)} of {size(total)}" if unit == Unit.BYTES else f"{done:,} of {total:,}"


def left_words(*, done: int, total: int, elapsed_s: float) -> str:
    """`about 2 min` from the pace so far; '' while there is none, or nothing is left."""
    if not 0 < done < total or elapsed_s < PACE_AFTER_S:
        return ""
    left_s = elapsed_s / done * (total - done)
    if left_s < _MINUTE_S:
        return f"about {max(5, math.ceil(left_s / 5) * 5)} s"
    if left_s < 90 * _MINUTE_S:
        return f"about {round(left_s / _MINUTE_S)} min"
    hours, rest_s = divmod(left_s, _HOUR_S)
    return f"about {int(hours)} h {int(rest_s // _MINUTE_S):02d} min"


def _queued(job: Job, at: datetime) -> str:
    if job.is_joining:
        return "putting the parts together"
    wait = duration(max(job.not_before - at, timedelta(0)))
    if job.blocked_since:
        return f"{job.error} It waits since {when(job.blocked_since)}, and is tried again by itself in {wait}."
    if not job.attempt:
        return "waiting to start" if job.not_before <= at else f"starts {when(job.not_before)}"
    return f"{job.error} Trying again in {wait} (attempt {job.attempt + 1} of {job.max_attempts})."


def _running(job: Job, at: datetime) -> str:
    if not job.stage:
        return "putting the parts together" if job.is_joining else "starting"
    elapsed = at - job.stage_began_at if job.stage_began_at else None
    return _line(job.stage, job.progress_done, job.progress_total, job.unit, elapsed=elapsed)


def _in_parts(job: Job, parts: PartsDone, at: datetime) -> str:
    if parts.work_total:
        elapsed = at - job.started_at if job.started_at else None
        return _line("working in parts,", parts.work_done, parts.work_total, job.unit, elapsed=elapsed)
    return f"{parts.done} of {parts.total} parts done"


def _line(stage: str, done: int, total: int, unit: str, *, elapsed: timedelta | None) -> str:
    elapsed_s = elapsed.total_seconds() if elapsed else 0.0
    left = left_words(done=done, total=total, elapsed_s=elapsed_s)
    told = " ".join(part for part in (stage, amount_words(done, total, unit)) if part)
    return f"{told}, {left}" if left else told
