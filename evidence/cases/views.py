"""Pages of cases: the list, one case with its exhibits, people and time line, producing and withdrawing. HTTP only."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evidence.cases.case_page import case_context
from evidence.cases.forms import CaseForm, ExhibitForm, MemberForm, WithdrawForm
from evidence.cases.models import Case
from evidence.cases.policy import Right, may_open_case
from evidence.cases.queries import (
    case_for,
    cases,
    cases_to_produce_in,
    exhibit_for,
    exhibits_shown,
    member_of,
    members_of,
    recordings_known,
    recordings_offered,
)
from evidence.cases.services import case_open, exhibit_produce, exhibit_withdraw, member_add, member_remove
from evidence.cases.timeline import case_moments
from evidence.http.errors import AppError, Forbidden
from evidence.http.form_errors import error_show
from evidence.http.pagination import PAGE_SIZE, after, cursor_next
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.identity.models import Person
from evidence.recordings.item import item_context
from evidence.recordings.models import Recording
from evidence.recordings.policy import Right as RecordingRight
from evidence.recordings.queries import recording_for

UNPROCESSABLE = 422


@signed_in
@require_GET
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases one may know of."""
    who = who_of(request)
    text = request.GET.get("q", "")[:100]
    rows = list(after(cases(who, text), "opened_at", request.GET.get("cursor", ""))[: PAGE_SIZE + 1])
    page, cursor = cursor_next(rows, "opened_at", PAGE_SIZE)
    context = {"cases": page, "cursor": cursor, "text": text, "may_open": may_open_case(who)}
    return render(request, "cases/list.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def case_new(request: HttpRequest) -> HttpResponse:
    """Open a case."""
    who = who_of(request)
    if not may_open_case(who):
        raise Forbidden("Only investigators, supervisors, disclosure officers and evidence managers open cases.")
    me = Person.objects.get(pk=who.person_id)
    form = CaseForm(request.POST) if request.method == "POST" else CaseForm(initial={"officer_in_case": me})
    if form.is_bound and form.is_valid():
        try:
            case = case_open(who=who, **form.cleaned_data)
        except AppError as error:
            error_show(form, error)
        else:
            return redirect("case", case_id=case.id)
    return render(request, "cases/new.html", {"form": form}, status=_status(form))


@signed_in
@require_GET
def case_page(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """A case with its exhibits, and a search for what to add."""
    who = who_of(request)
    case = case_for(who, case_id)
    text = request.GET.get("q", "").strip()[:100]
    context = case_context(
        who, case, "exhibits", exhibits=exhibits_shown(who, case), text=text,
        found=recordings_offered(who, case, text) if text else None,
    )  # fmt: skip
    return render(request, "cases/exhibits.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Who is on a case, and somebody more."""
    who = who_of(request)
    case = case_for(who, case_id, Right.CHANGE if request.method == "POST" else Right.VIEW)
    form = MemberForm(request.POST) if request.method == "POST" else MemberForm()
    if form.is_bound and form.is_valid():
        person = form.cleaned_data["person"]
        try:
            member_add(who=who, case=case, person=person)
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, f"{person.label} is on the case.")
            return redirect("case-people", case_id=case_id)
    context = case_context(who, case, "people", members=members_of(case), form=form)
    return render(request, "cases/people.html", context, status=_status(form))


@signed_in
@require_POST
def person_remove(request: HttpRequest, case_id: UUID, member_id: UUID) -> HttpResponse:
    """Take somebody off a case."""
    who = who_of(request)
    member = member_of(case_for(who, case_id, Right.CHANGE), member_id)
    member_remove(who=who, member=member)
    messages.success(request, f"{member.person.label} is off the case, and has lost what came with it.")
    return redirect("case-people", case_id=case_id)


@signed_in
@require_GET
def timeline(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Everything that happened to a case and its exhibits."""
    who = who_of(request)
    case = case_for(who, case_id)
    return render(request, "cases/timeline.html", case_context(who, case, "timeline", moments=case_moments(who, case)))


@signed_in
@require_http_methods(["GET", "POST"])
def exhibit_new(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Produce a recording as an exhibit; `?case=` chooses the case beforehand."""
    who = who_of(request)
    recording = recording_for(who, recording_id, RecordingRight.WATCH)
    choices = cases_to_produce_in(who)
    if request.method == "POST":
        form = ExhibitForm(request.POST, cases=choices)
    else:
        form = ExhibitForm(initial=_beforehand(request, recording), cases=choices)
    if form.is_bound and form.is_valid():
        try:
            exhibit = exhibit_produce(who=who, recording=recording, **form.cleaned_data)
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, f"It is exhibit {exhibit.reference} now.")
            return redirect("case", case_id=exhibit.case_id)
    context = item_context(who, recording, "share", form=form, has_cases=choices.exists())
    return render(request, "cases/exhibit_new.html", context, status=_status(form))


@signed_in
@require_http_methods(["GET", "POST"])
def exhibit_end(request: HttpRequest, exhibit_id: UUID) -> HttpResponse:
    """Withdraw an exhibit."""
    who = who_of(request)
    exhibit = exhibit_for(who, exhibit_id, Right.PRODUCE)
    form = WithdrawForm(request.POST) if request.method == "POST" else WithdrawForm()
    if form.is_bound and form.is_valid():
        try:
            exhibit_withdraw(who=who, exhibit=exhibit, reason=form.cleaned_data["reason"])
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, f"{exhibit.reference} is withdrawn. Its number is not used again.")
            return redirect("case", case_id=exhibit.case_id)
    may_know = bool(recordings_known(who, [exhibit.recording_id]))
    context = case_context(who, exhibit.case, "exhibits", exhibit=exhibit, may_know=may_know, form=form)
    return render(request, "cases/withdraw.html", context, status=_status(form))


def _beforehand(request: HttpRequest, recording: Recording) -> dict[str, Any]:
    wanted = request.GET.get("case", "")
    chosen = Case.objects.filter(pk=wanted).first() if _is_uuid(wanted) else None
    return {"case": chosen, "producer": recording.officer} if recording.officer else {"case": chosen}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _status(form: Form) -> int:
    return UNPROCESSABLE if form.errors else 200
