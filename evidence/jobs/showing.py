"""A job as a page shows it: what the progress component needs, for the jobs pages and every page that waits for one.

Which item a job is for, and what it made, is shown only to those who may see it. A newcomer's trap: the component asks
for itself again while `is_active`; render it by `job_shown` again then, with the same viewer.
"""

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from evidence.identity.who import Who
from evidence.jobs.kinds import KINDS
from evidence.jobs.models import Job, JobState
from evidence.jobs.policy import JOBS, Right
from evidence.jobs.queries import parts_done
from evidence.jobs.words import job_words

# Addresses of the rooms above, by the kind of item; the navigation names its pages the same way
# first match wins: a working copy is shown beside what it was made from, finds where they are decided on
_PAGES = {
    "look": "/recordings/{}/look-again", "copy": "/recordings/{}/copies",
    "finds": "/recordings/{}/edit/redaction#found", "recording": "/recordings/{}/",
    "case": "/cases/{}/",
}  # fmt: skip
_STATES = {
    JobState.QUEUED: "queued",
    JobState.RUNNING: "running",
    JobState.WAITING: "running",
    JobState.SUCCEEDED: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobShown:
    """What `components/progress.html` takes as `job`, and the retry address. Addresses are '' where not given."""

    id: UUID
    label: str
    state: str
    """A key of `evidence.http.states`."""
    words: str
    is_active: bool
    done: int
    total: int
    page_url: str
    poll_url: str
    cancel_url: str
    retry_url: str
    what_to_do: str
    result_href: str
    result_text: str


def job_label(job: Job) -> str:
    """What people call this work; its code where this version does not know the kind (any more)."""
    kind = KINDS.get(job.kind)
    return kind.label if kind else job.kind


def job_shown(job: Job, who: Who) -> JobShown:
    """The job as this viewer sees it."""
    rights = JOBS.rights(who, job)
    done, total = _amount(job)
    result_href = _made_page(job) if Right.SUBJECT in rights else ""
    may_cancel = job.is_live and not job.cancel_requested_at and Right.CANCEL in rights
    may_retry = job.state in {JobState.FAILED, JobState.CANCELLED} and Right.RETRY in rights
    return JobShown(
        id=job.pk,
        label=job_label(job),
        state=_STATES[JobState(job.state)],
        words=job_words(job),
        is_active=job.is_live,
        done=done,
        total=total,
        page_url=reverse("job", args=[job.pk]),
        poll_url=reverse("job-progress", args=[job.pk]),
        cancel_url=reverse("job-cancel", args=[job.pk]) if may_cancel else "",
        retry_url=reverse("job-retry", args=[job.pk]) if may_retry else "",
        what_to_do="You can try it again." if may_retry else "",
        result_href=result_href,
        result_text="Open what it made" if job.state == JobState.SUCCEEDED else "Open what it is for",
    )


def _amount(job: Job) -> tuple[int, int]:
    if job.state != JobState.WAITING:
        return job.progress_done, job.progress_total
    parts = parts_done(job)
    return (parts.work_done, parts.work_total) if parts.work_total else (parts.done, parts.total)


def _made_page(job: Job) -> str:
    """The page of what it made (its result names that by kind, {"recording": id}), else of what it is for, else ''."""
    made = next(((kind, job.result[kind]) for kind in _PAGES if kind in job.result), None)
    kind, identifier = made or (job.subject_kind, job.subject_id)
    return _PAGES[kind].format(identifier) if kind in _PAGES else ""
