"""Pages of erasures: the list, proposing one, reading and deciding it. HTTP only."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from evidence.audit.erasure_forms import ProposeForm, RefuseForm
from evidence.audit.erasure_queries import covered_by, proposals, proposals_told, reason_of
from evidence.audit.erasure_services import erasure_approve, erasure_propose, erasure_read, erasure_refuse
from evidence.audit.policy import erasure_require
from evidence.custody.choosing import TEXTS_MAX
from evidence.http.errors import AppError
from evidence.http.form_errors import error_show
from evidence.http.pagination import PAGE_SIZE, after, cursor_next
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of

UNPROCESSABLE = 422


@signed_in
@require_GET
def erasures(request: HttpRequest) -> HttpResponse:
    """Proposals, newest first."""
    erasure_require(who_of(request))
    rows = list(after(proposals(), "proposed_at", request.GET.get("cursor", ""))[: PAGE_SIZE + 1])
    page, cursor = cursor_next(rows, "proposed_at", PAGE_SIZE)
    return render(request, "audit/erasures.html", {"proposals": proposals_told(page), "cursor": cursor})


@signed_in
@require_http_methods(["GET", "POST"])
def erasure_new(request: HttpRequest) -> HttpResponse:
    """Propose one."""
    who = who_of(request)
    erasure_require(who)
    form = ProposeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        chosen = form.chosen()
        try:
            proposal = erasure_propose(
                who=who, authority=form.authority_given(), reason=form.cleaned_data["reason"], chosen=chosen
            )
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            more = " There may be more: propose again when this is done." if len(chosen) == TEXTS_MAX else ""
            messages.success(request, f"{_texts(len(chosen))} proposed. Another evidence manager decides.{more}")
            return redirect("erasure", proposal_id=proposal.id)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "audit/erasure_new.html", {"form": form}, status=status)


@signed_in
@require_GET
def erasure(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One proposal with the lines it names."""
    return _page(request, proposal_id, RefuseForm())


@signed_in
@require_POST
def erasure_approved(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Erase what it names."""
    count = erasure_approve(who=who_of(request), proposal_id=proposal_id)
    messages.success(request, f"{_texts(count)} erased.")
    return redirect("erasure", proposal_id=proposal_id)


@signed_in
@require_POST
def erasure_refused(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Erase nothing."""
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return _page(request, proposal_id, form)
    erasure_refuse(who=who_of(request), proposal_id=proposal_id, reason=form.cleaned_data["reason"])
    messages.success(request, "Refused. Nothing was erased.")
    return redirect("erasure", proposal_id=proposal_id)


def _page(request: HttpRequest, proposal_id: UUID, form: RefuseForm) -> HttpResponse:
    who = who_of(request)
    erasure_read(who=who, proposal_id=proposal_id)
    (told,) = proposals_told(proposals().filter(pk=proposal_id))
    context = {
        "told": told, "covered": covered_by(who, told.proposal), "reason": reason_of(told.proposal), "form": form,
        "is_own": told.proposal.proposed_by == who.id,
    }  # fmt: skip
    return render(request, "audit/erasure.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _texts(count: int) -> str:
    return f"{count:,} text{'' if count == 1 else 's'}"
