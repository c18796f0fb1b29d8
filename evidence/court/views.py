"""Pages of discs: choose exhibits and see what it comes to, decide, watch it being made, hand it out. HTTP only."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from evidence.cases.models import Case
from evidence.cases.policy import Right
from evidence.cases.queries import case_for
from evidence.court.burns import burns_shown
from evidence.court.drawing import disc_bars
from evidence.court.forms import ChoiceForm, DiscSetForm
from evidence.court.models import DiscKind, DiscSet, DiscSetState
from evidence.court.planning import SetPlan
from evidence.court.queries import (
    burns_of,
    contents_shown,
    disc_of,
    disc_set_for,
    disc_sets_of,
    exhibits_to_choose,
    job_of_set,
    may_make_discs,
    recordings_known_on,
)
from evidence.court.services import disc_set_cancel, disc_set_plan, disc_set_request
from evidence.court.services.handing import disc_kept, may_hand_out
from evidence.court.serving import image_response
from evidence.http.errors import AppError
from evidence.http.templatetags.words import when
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.jobs.showing import JobShown, job_shown
from workers.disc.planning import MEDIA, MediumKind

STATES = {
    DiscSetState.REQUESTED: "running",
    DiscSetState.MADE: "done",
    DiscSetState.FAILED: "failed",
    DiscSetState.CANCELLED: "cancelled",
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def builder(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The sets of a case, and the builder; with a choice in the address also what it comes to. Sent a form (somebody
    went back from the decision), it shows that form as it was filled in."""
    who = who_of(request)
    if request.method == "POST":
        case = case_for(who, case_id, Right.DISCS)
        form = DiscSetForm(request.POST, exhibits=exhibits_to_choose(who, case))
        return _again(request, who, case, form, None, status=200)
    case = case_for(who, case_id)
    exhibits = exhibits_to_choose(who, case)
    chosen = ChoiceForm(request.GET if "kind" in request.GET else None, exhibits=exhibits)
    plan = _plan(who, case, chosen) if chosen.is_bound and chosen.is_valid() else None
    details = DiscSetForm(initial=_wishes(chosen), exhibits=exhibits).hide_choice() if plan else None
    return render(request, "court/builder.html", _builder_context(who, case, chosen, plan, details))


@signed_in
@require_POST
def confirm(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The moment before evidence leaves: what, to whom, and that it cannot be taken back."""
    who = who_of(request)
    case = case_for(who, case_id, Right.DISCS)
    form = DiscSetForm(request.POST, exhibits=exhibits_to_choose(who, case))
    plan = _plan(who, case, form) if form.is_valid() else None
    if plan is None or form.errors:
        return _again(request, who, case, form, plan)
    return render(request, "court/confirm.html", {"case": case, "form": form, "plan": plan, "of": len(plan.discs)})


@signed_in
@require_POST
def create(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Have the discs made."""
    who = who_of(request)
    case = case_for(who, case_id, Right.DISCS)
    form = DiscSetForm(request.POST, exhibits=exhibits_to_choose(who, case))
    if not form.is_valid():
        return _again(request, who, case, form, None)
    try:
        disc_set = disc_set_request(
            who=who, case=case, **_wishes_typed(form), recipient_name=form.cleaned_data["recipient_name"],
            reason=form.cleaned_data["reason"], identifier=form.set_id(),
        )  # fmt: skip
    except Denied:
        raise
    except AppError as error:
        form.add_error(None, error.message)
        return _again(request, who, case, form, None)
    return redirect("disc-set", case_id=case.pk, set_id=disc_set.pk)


@signed_in
@require_GET
def disc_set_page(request: HttpRequest, case_id: UUID, set_id: UUID) -> HttpResponse:
    """A set: how its making goes, then its discs with labels, hashes and how to burn them."""
    who = who_of(request)
    disc_set = disc_set_for(who, case_id, set_id)
    burns, discs = burns_of(disc_set.case), list(disc_set.discs.all())
    known = recordings_known_on(who, discs)
    facts = [disc_set.case.urn, f"asked for {when(disc_set.requested_at)}"]
    context = {
        "case": disc_set.case, "set": disc_set, "state": STATES[DiscSetState(disc_set.state)],
        "heading": f"Discs for {disc_set.recipient_name}",
        "facts": [*facts, f"ready {when(disc_set.made_at)}"] if disc_set.made_at else facts,
        "job": _job_shown(who, disc_set), "summary": _summary(disc_set), "of": len(discs),
        "discs": [
            {
                "disc": disc, "may": may_hand_out(person_id=who.person_id, disc=disc),
                "kept": disc_kept(disc), "burns": burns_shown(burns.get(disc.pk, [])),
                "contents": contents_shown(disc, known),
            }
            for disc in discs
        ],
    }  # fmt: skip
    return render(request, "court/set.html", context)


@signed_in
@require_GET
def disc_set_progress(request: HttpRequest, case_id: UUID, set_id: UUID) -> HttpResponse:
    """The part of the page that tells how it goes; once that is over, the whole page is fetched anew."""
    who = who_of(request)
    disc_set = disc_set_for(who, case_id, set_id)
    response = render(request, "court/_progress.html", {"job": _job_shown(who, disc_set)})
    if disc_set.state != DiscSetState.REQUESTED:
        response["HX-Refresh"] = "true"
    return response


@signed_in
@require_POST
def disc_set_cancel_page(request: HttpRequest, case_id: UUID, set_id: UUID) -> HttpResponse:
    """Stop the making."""
    who = who_of(request)
    disc_set_cancel(who=who, disc_set=disc_set_for(who, case_id, set_id, Right.DISCS))
    messages.info(request, "The making of these discs is being stopped.")
    return redirect("disc-set", case_id=case_id, set_id=set_id)


@signed_in
@require_safe
def disc_image(request: HttpRequest, case_id: UUID, set_id: UUID, number: int) -> HttpResponseBase:
    """A disc's image as a download, whole or by range; each request is a disclosure on the record."""
    who = who_of(request)
    return image_response(request, who, disc_of(disc_set_for(who, case_id, set_id, Right.DISCS), number))


def _plan(who: Who, case: Case, form: ChoiceForm) -> SetPlan | None:
    """What the choice comes to; None with an error on the form where it comes to nothing."""
    try:
        return disc_set_plan(who=who, case=case, **_wishes_typed(form))
    except Denied:
        raise
    except AppError as error:
        form.add_error(None, error.message)
        return None


def _wishes(form: ChoiceForm) -> dict[str, Any]:
    return {name: form.cleaned_data.get(name) for name in DiscSetForm.CHOICE}


def _wishes_typed(form: ChoiceForm) -> dict[str, Any]:
    found = form.cleaned_data
    return {
        "exhibits": [UUID(each) for each in found["exhibits"]], "kind": DiscKind(found["kind"]),
        "medium": MediumKind(found["medium"]), "with_originals": found["with_originals"],
    }  # fmt: skip


def _again(
    request: HttpRequest, who: Who, case: Case, form: DiscSetForm, plan: SetPlan | None, *, status: int = 400
) -> HttpResponse:
    """The builder once more, with what was typed and what is wrong with it."""
    shown = ChoiceForm(form.data, exhibits=exhibits_to_choose(who, case))
    if plan is None and shown.is_valid() and not form.non_field_errors():
        plan = _plan(who, case, shown)
    context = _builder_context(who, case, shown, plan, form.hide_choice())
    return render(request, "court/builder.html", context, status=status)


def _builder_context(
    who: Who, case: Case, chosen: ChoiceForm, plan: SetPlan | None, details: DiscSetForm | None
) -> dict[str, Any]:
    exhibits = exhibits_to_choose(who, case)
    sets = [{"row": row, "state": STATES[DiscSetState(row.state)]} for row in disc_sets_of(case)]
    return {
        "case": case, "case_href": f"/cases/{case.pk}/", "sets": sets,
        "chosen": chosen, "plan": plan, "bars": disc_bars(plan) if plan else [],
        "details": details, "may_make": may_make_discs(who, case), "has_exhibits": bool(exhibits),
        "barred": [exhibit.reference for exhibit, may in exhibits if not may],
    }  # fmt: skip


def _job_shown(who: Who, disc_set: DiscSet) -> JobShown | None:
    job = job_of_set(disc_set)
    if job is None:
        return None
    shown = job_shown(job, who)
    at = {"case_id": disc_set.case_id, "set_id": disc_set.pk}
    may_cancel = job.is_live and not job.cancel_requested_at and may_make_discs(who, disc_set.case)
    return replace(
        shown, poll_url=reverse("disc-set-progress", kwargs=at), result_href="", result_text="",
        cancel_url=reverse("disc-set-cancel", kwargs=at) if may_cancel else "",
        # the job may end a moment before the set is told: go on asking until both have
        is_active=shown.is_active or disc_set.state == DiscSetState.REQUESTED,
    )  # fmt: skip


def _summary(disc_set: DiscSet) -> list[dict[str, str]]:
    medium = MEDIA[MediumKind(disc_set.medium)].name
    facts = {
        "Kind": f"{disc_set.get_kind_display()}, {medium}", "For": disc_set.recipient_name, "Reason": disc_set.reason,
        "Exhibits": ", ".join(exhibit.reference for exhibit in disc_set.exhibits.all()),
        "Originals": "with the originals" if disc_set.with_originals else "without further originals",
        "Asked for by": disc_set.requested_by.label,
    }  # fmt: skip
    return [{"key": key, "value": value} for key, value in facts.items()]
