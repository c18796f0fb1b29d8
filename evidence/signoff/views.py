"""The page of the second look: how it goes, the list, what is said of each place, the signature. HTTP only."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from evidence.editing.again import is_offered
from evidence.http.errors import AppError
from evidence.http.form_errors import error_show
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.jobs.showing import job_shown
from evidence.recordings.item import item_context
from evidence.recordings.models import Kind, Recording
from evidence.signoff.errors import LookMissing
from evidence.signoff.forms import PlaceForm, SignForm, TogetherForm, prefix_of
from evidence.signoff.models import Decision, Look, LookState
from evidence.signoff.policy import SIGN_OFFS, Right
from evidence.signoff.queries import (
    SIGNABLE,
    copy_for,
    job_of_look,
    look_numbered,
    look_of,
    looks_of,
    place_of,
    watched_ms,
)
from evidence.signoff.services import look_ask, look_read, look_sign, place_decide, places_decide
from evidence.signoff.showing import (
    MISSED,
    Editor,
    PlaceShown,
    counted,
    detectors_words,
    picture_key_check,
    places_shown,
)
from evidence.vault.services import object_read

UNPROCESSABLE = 422


@signed_in
@require_GET
def page(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The list that counts, as it stands."""
    return _page(request, _redaction(request, recording_id))


@signed_in
@require_POST
def ask(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Have it looked at again."""
    copy = _redaction(request, recording_id, Right.ASK)
    try:
        look = look_ask(who=who_of(request), copy=copy)
    except Denied:
        raise
    except AppError as error:
        messages.error(request, error.message)
    else:
        if look.state == LookState.OFF:
            messages.info(request, look.because)
    return redirect("look-again", recording_id=recording_id)


@signed_in
@require_GET
def progress(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The part of the page that tells how the looking goes; when that is over, the page shows the list by itself."""
    who, copy = who_of(request), _redaction(request, recording_id)
    look = look_of(copy)
    if look is None or look.state != LookState.WAITING:
        over = HttpResponse("", status=200)
        over["HX-Refresh"] = "true"
        return over
    return render(request, "signoff/_progress.html", {"recording": copy, **_under_way(who, look)})


@signed_in
@require_POST
def decide(request: HttpRequest, recording_id: UUID, look_number: int, number: int) -> HttpResponse:
    """Say of a place what is to be done with it."""
    who, copy = who_of(request), _redaction(request, recording_id, Right.DECIDE)
    look = look_numbered(copy, look_number)
    place_of(look, number)
    form = PlaceForm(request.POST, prefix=prefix_of(number))
    if not form.is_valid():
        return _page(request, copy, wrong=(number, form))
    given = form.cleaned_data
    try:
        place = place_decide(who=who, look=look, number=number, decision=given["decision"], reason=given["reason"])
    except Denied:
        raise
    except AppError as error:
        error_show(form, error)
        return _page(request, copy, wrong=(number, form))
    messages.success(request, f"Place {number}: {place.get_decision_display().lower()}.")
    return redirect(f"{reverse('look-again', args=[copy.pk])}#place-{number}")


@signed_in
@require_POST
def decide_together(request: HttpRequest, recording_id: UUID, look_number: int) -> HttpResponse:
    """Say of all that are ticked what is to be done with them."""
    who, copy = who_of(request), _redaction(request, recording_id, Right.DECIDE)
    look = look_numbered(copy, look_number)
    form = TogetherForm(request.POST, numbers=list(look.places.values_list("number", flat=True)))
    if form.is_valid():
        given = form.cleaned_data
        try:
            places = places_decide(
                who=who, look=look, numbers=given["places"], decision=given["decision"], reason=given["reason"]
            )
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            said = Decision(given["decision"]).label.lower()
            messages.success(request, f"{len(places)} place{'' if len(places) == 1 else 's'}: {said}.")
            return redirect("look-again", recording_id=recording_id)
    return _page(request, copy, together=form)


@signed_in
@require_POST
def sign(request: HttpRequest, recording_id: UUID, look_number: int) -> HttpResponse:
    """Sign the list."""
    who, copy = who_of(request), _redaction(request, recording_id, Right.SIGN)
    look = look_numbered(copy, look_number)
    form = SignForm(request.POST)
    if form.is_valid():
        try:
            look_sign(who=who, look=look, **form.cleaned_data)
        except Denied:
            raise
        except AppError as error:
            error_show(form, error)
        else:
            messages.success(request, "Signed off. Your name, the time and the hash of the list are on record.")
            return redirect("look-again", recording_id=recording_id)
    return _page(request, copy, sign_form=form)


@signed_in
@require_GET
def picture(request: HttpRequest, recording_id: UUID, look_number: int, number: int) -> HttpResponse:
    """The small picture of a place, for whom the list was shown to."""
    who, copy = who_of(request), _redaction(request, recording_id)
    look = look_numbered(copy, look_number)
    picture_key_check(who, look, request.GET.get("key", ""))
    place = place_of(look, number)
    if look.pictures is None or not place.picture_bytes:
        raise LookMissing
    content = b"".join(object_read(look.pictures, place.picture_start, place.picture_start + place.picture_bytes))
    answer = HttpResponse(content, content_type="image/jpeg")
    answer["Cache-Control"] = "private, no-store"
    return answer


def _redaction(request: HttpRequest, recording_id: UUID, right: Right = Right.SEE) -> Recording:
    copy = copy_for(who_of(request), recording_id, right)
    if copy.kind != Kind.REDACTION:
        raise LookMissing
    return copy


def _page(
    request: HttpRequest, copy: Recording, *, wrong: tuple[int, PlaceForm] | None = None,
    together: TogetherForm | None = None, sign_form: SignForm | None = None,
) -> HttpResponse:  # fmt: skip
    who = who_of(request)
    look = look_of(copy)
    rights = SIGN_OFFS.rights(who, copy)
    context: dict[str, Any] = {
        "look": look, "missed": MISSED, "may_ask": Right.ASK in rights, "may_sign": Right.SIGN in rights,
        "may_start_again": is_offered(who, copy),
        "is_maker": copy.made_by_id == who.id, "form": wrong[1] if wrong else together or sign_form,
        "earlier": [each for each in looks_of(copy) if look is not None and each.pk != look.pk],
    }  # fmt: skip
    if look is not None and look.state == LookState.WAITING:
        context |= _under_way(who, look)
    elif look is not None:
        context |= _list(who, look, may_decide=Right.DECIDE in rights, wrong=wrong)
        context["together"] = together or _together(request, context["places"])
        context["sign_form"] = sign_form or SignForm.fresh(context["told"].sha256)
    status = UNPROCESSABLE if wrong or together or sign_form else 200
    return render(request, "signoff/look_again.html", item_context(who, copy, "look-again", **context), status=status)


def _list(who: Who, look: Look, *, may_decide: bool, wrong: tuple[int, PlaceForm] | None) -> dict[str, Any]:
    told = look_read(who=who, look=look)
    places = places_shown(who, told, may_decide=may_decide, editor=Editor.of(who, look.copy), wrong=wrong)
    return {
        "told": told, "places": places, "counts": counted(places), "detectors": detectors_words(look),
        "can_be_signed": look.state in SIGNABLE, "watched_s": watched_ms(who.person_id, look.copy) / 1000,
        "signed_watched_s": told.sign_off.watched_ms / 1000 if told.sign_off else 0,
    }  # fmt: skip


def _together(request: HttpRequest, places: list[PlaceShown]) -> TogetherForm | None:
    """For a list on which there is more than one place to decide. `chosen=all` ticks all shown without script."""
    numbers = [each.place.number for each in places if each.form is not None]
    is_all = request.GET.get("chosen") == "all"
    return TogetherForm(numbers=numbers, chosen=numbers if is_all else ()) if len(numbers) > 1 else None


def _under_way(who: Who, look: Look) -> dict[str, Any]:
    job = job_of_look(look)
    return {"shown": job_shown(job, who) if job is not None else None}
