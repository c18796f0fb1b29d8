"""Pages of jobs: what was asked for, how it goes, cancel and try again. HTTP only."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from evidence.http.pagination import PAGE_SIZE, after, cursor_next
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.roles import Role
from evidence.jobs.models import LIVE, JobState
from evidence.jobs.policy import JOBS, Right
from evidence.jobs.queries import job_for, jobs_requested_by, jobs_visible
from evidence.jobs.services import job_cancel, job_retry
from evidence.jobs.showing import job_label, job_shown

TABS = (
    ("live", "Under way", LIVE),
    ("failed", "Failed", (JobState.FAILED,)),
    ("ended", "Ended", (JobState.SUCCEEDED, JobState.CANCELLED)),
)
EMPTY = {
    "live": "Nothing is under way. Work appears here when you ask for a copy, a disc or an upload.",
    "failed": "Nothing has failed.",
    "ended": "Nothing has ended yet.",
}


@signed_in
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """The asker's jobs by state; everybody's (`?whose=all`) for those who mend stuck work."""
    who = who_of(request)
    may_see_all = who.has(Role.EVIDENCE_MANAGER)
    whose = "all" if may_see_all and request.GET.get("whose") == "all" else "mine"
    tab = request.GET.get("state") if request.GET.get("state") in EMPTY else TABS[0][0]
    rows = jobs_visible(who) if whose == "all" or who.id is None else jobs_requested_by(who.id)
    states = next(states for name, _, states in TABS if name == tab)
    rows = rows.filter(state__in=states).order_by("-created_at", "-pk")
    page, cursor = cursor_next(
        list(after(rows, "created_at", request.GET.get("cursor", ""))[: PAGE_SIZE + 1]), "created_at", PAGE_SIZE
    )
    context = {
        "jobs": [{"row": job, "shown": job_shown(job, who)} for job in page],
        "tabs": [
            {"label": label, "href": f"?state={name}&whose={whose}", "active": name == tab} for name, label, _ in TABS
        ],
        "whose": whose,
        "may_see_all": may_see_all,
        "tab": tab,
        "empty": EMPTY[str(tab)],
        "older": f"?state={tab}&whose={whose}&cursor={cursor}" if cursor else "",
    }
    return render(request, "jobs/list.html", context)


@signed_in
@require_GET
def job_page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """One job."""
    who = who_of(request)
    job = job_for(who, job_id)
    may_see_subject = bool(JOBS.decide(who, Right.SUBJECT, job))
    context = {"row": job, "shown": job_shown(job, who), "may_see_subject": may_see_subject}
    return render(request, "jobs/job.html", context)


@signed_in
@require_GET
def job_progress(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """The part of a page that tells how a job goes, and asks again while it does."""
    who = who_of(request)
    return render(request, "jobs/_progress.html", {"shown": job_shown(job_for(who, job_id), who)})


@signed_in
@require_POST
def job_cancel_page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Cancel it."""
    who = who_of(request)
    job = job_cancel(job=job_for(who, job_id, Right.CANCEL), actor=who.actor)
    said = "is being stopped" if job.state == JobState.RUNNING else "was cancelled"
    messages.info(request, f"'{job_label(job)}' {said}.")
    return redirect("job", job_id=job_id)


@signed_in
@require_POST
def job_retry_page(request: HttpRequest, job_id: UUID) -> HttpResponse:
    """Try it again."""
    who = who_of(request)
    job = job_retry(job=job_for(who, job_id, Right.RETRY), actor=who.actor)
    messages.info(request, f"'{job_label(job)}' starts again.")
    return redirect("job", job_id=job_id)
