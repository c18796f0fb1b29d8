"""The other tabs of a recording: Copies, Access, Details."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from evidence.custody.words import ways_words
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.recordings.access import grants_of, reasons_for_access
from evidence.recordings.findings import originals_told, statement_rows
from evidence.recordings.forms import AccessForm, RestrictionForm
from evidence.recordings.item import SOURCES, item_context
from evidence.recordings.models import Recording
from evidence.recordings.policy import RECORDINGS, Right, sees_others
from evidence.recordings.queries import copies_of, files_with_bytes, line_of, parent_for, recording_for
from evidence.recordings.services.access import Place, access_end, access_give
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.ways_in import ways_into

UNPROCESSABLE = 422


@signed_in
@require_GET
def copies(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Working copies made from it; and, of a working copy, what it was made from, beside it."""
    who = who_of(request)
    recording = recording_for(who, recording_id)
    parent = parent_for(who, recording)
    context = item_context(
        who, recording, "copies", copies=copies_of(who, recording), parent=parent,
        may_edit_parent=parent is not None and bool(RECORDINGS.decide(who, Right.EDIT, parent)),
        own_file=files_with_bytes(recording)[:1], sees_others=sees_others(who, recording),
    )  # fmt: skip
    return render(request, "recordings/copies.html", context)


@signed_in
@require_GET
def details(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Files with hashes, what was found in them, and how a working copy came to be."""
    who = who_of(request)
    recording = recording_for(who, recording_id)
    context = item_context(
        who, recording, "details", files=files_with_bytes(recording), parent=parent_for(who, recording),
        originals=originals_told(recording), statement_rows=statement_rows(recording),
        recorded_at_words=SOURCES.get(recording.recorded_at_source, recording.recorded_at_source),
    )  # fmt: skip
    return render(request, "recordings/details.html", context)


@signed_in
@require_GET
def access(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Who can see it, and why."""
    return _access_page(request, recording_for(who_of(request), recording_id))


@signed_in
@require_POST
def restriction(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Restrict it, or lift the restriction."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.RESTRICT)
    form = RestrictionForm(request.POST)
    if not form.is_valid():
        return _access_page(request, recording, restriction_form=form)
    restriction_set(who=who, recording=recording, **form.cleaned_data)
    messages.success(request, _restriction_said(recording, is_restricted=form.cleaned_data["is_restricted"]))
    return redirect("recording-access", recording_id=recording_id)


@signed_in
@require_POST
def access_add(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Put a person on the access list."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.RESTRICT)
    form = AccessForm(request.POST)
    if not form.is_valid():
        return _access_page(request, recording, access_form=form)
    person, place = form.cleaned_data["username"], Place(**dict.fromkeys(form.cleaned_data["rights"], True))
    access_give(who=who, recording=recording, person=person, reason=form.cleaned_data["access_reason"], place=place)
    messages.success(request, f"{person.label} is on the access list now.")
    return redirect("recording-access", recording_id=recording_id)


@signed_in
@require_POST
def access_remove(request: HttpRequest, recording_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take a person off the access list."""
    who = who_of(request)
    access_end(who=who, recording=recording_for(who, recording_id, Right.RESTRICT), grant_id=grant_id)
    messages.success(request, "The person was taken off the access list.")
    return redirect("recording-access", recording_id=recording_id)


def _restriction_said(recording: Recording, *, is_restricted: bool) -> str:
    if not is_restricted:
        return "This recording is no longer restricted."
    ways = _ways(recording)
    return "This recording is restricted now, with every working copy of it." + (f" Suspended: {ways}." if ways else "")


def _ways(recording: Recording) -> str:
    return ways_words(ways_into(list(line_of(recording).values_list("pk", flat=True))))


def _access_page(request: HttpRequest, recording: Recording, **forms: Any) -> HttpResponse:
    who = who_of(request)
    context = item_context(
        who, recording, "access", reasons=reasons_for_access(recording), grants=grants_of(who, recording),
        sees_others=sees_others(who, recording), ways=_ways(recording),
        restriction_form=RestrictionForm(initial={"is_restricted": "1" if recording.is_restricted else "0"}),
        access_form=AccessForm(),
    )  # fmt: skip
    context |= {**forms, "form": next(iter(forms.values()), None)}
    return render(request, "recordings/access.html", context, status=UNPROCESSABLE if forms else 200)
