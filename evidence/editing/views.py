"""Pages of the editor: clip, redact, still, plain MP4. HTTP only.

Footage is shown under an open playback session, so its reason is asked for once, on any page of the recording. What is
ordered goes on the page of its job, which ends at the copy beside its parent.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.footage import film_of
from evidence.editing.forms import ClipForm, CopyForm, PlainMp4Form, RedactionForm, SheetForm, StillForm
from evidence.editing.queries import draft_of
from evidence.editing.services import (
    clip_request,
    draft_discard,
    redaction_request,
    sheet_request,
    still_request,
    transcode_request,
)
from evidence.editing.showing import chosen_of, editor_context, finding_context, player_context
from evidence.editing.typed import joined
from evidence.http.idempotency import IdempotencyKeyReused
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.jobs.models import Job
from evidence.recordings.forms import ReasonForm
from evidence.recordings.models import Recording, State
from evidence.recordings.opening import opening_of
from evidence.recordings.place import Place, place_of
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for

UNPROCESSABLE = 422


@signed_in
@require_http_methods(["GET", "POST"])
def clip(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Cut stretches out."""
    return _task(request, recording_id, CLIP)


@signed_in
@require_http_methods(["GET", "POST"])
def redaction(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Cover and mute."""
    return _task(request, recording_id, REDACTION)


@signed_in
@require_http_methods(["GET", "POST"])
def still(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Keep one frame as a picture."""
    return _task(request, recording_id, STILL)


@signed_in
@require_http_methods(["GET", "POST"])
def sheet(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Show what there is to see on one page."""
    return _task(request, recording_id, SHEET)


@signed_in
@require_http_methods(["GET", "POST"])
def plain_mp4(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Make a file that every player takes."""
    return _task(request, recording_id, PLAIN_MP4)


@signed_in
@require_POST
def draft_clear(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Throw the drawing away."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.EDIT)
    place = place_of(request)
    draft_discard(who=who, recording=recording, part=place.part)
    messages.success(request, "Your drawing was thrown away.")
    return redirect(f"{reverse('edit-redaction', kwargs={'recording_id': recording_id})}{place.part_query}")


def _clip_order(who: Who, recording: Recording, form: ClipForm) -> Job:
    return clip_request(
        who=who, recording=recording, stretches=form.stretches(), compatible=form.compatible(),
        written=form.written(), **_asking(form),
    )  # fmt: skip


def _redaction_order(who: Who, recording: Recording, form: RedactionForm) -> Job:
    given = form.cleaned_data
    draft = joined(film_of(recording, given["part"]), given["draft"], form.typed())
    return redaction_request(
        who=who, recording=recording, draft=draft, compatible=form.compatible(), written=form.written(), **_asking(form)
    )


def _still_order(who: Who, recording: Recording, form: StillForm) -> Job:
    moment = form.cleaned_data["moment"]
    return still_request(who=who, recording=recording, moment=moment, written=form.written(), **_asking(form))


def _sheet_order(who: Who, recording: Recording, form: SheetForm) -> Job:
    return sheet_request(who=who, recording=recording, count=form.cleaned_data["count"], **_asking(form))


def _plain_order(who: Who, recording: Recording, form: PlainMp4Form) -> Job:
    return transcode_request(who=who, recording=recording, **_asking(form))


def _asking(form: CopyForm) -> dict[str, Any]:
    given = form.cleaned_data
    return {"reason": given["reason"], "part": given["part"], "request_key": str(given["request"])}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing the editor makes. `error_field`: where its refusals are shown; None: above the form."""

    key: str
    form: type[CopyForm]
    order: Callable[[Who, Recording, Any], Job]
    error_field: str | None = None


CLIP = Task("clip", ClipForm, _clip_order, "lines")
REDACTION = Task("redaction", RedactionForm, _redaction_order)
STILL = Task("still", StillForm, _still_order, "moment")
SHEET = Task("sheet", SheetForm, _sheet_order, "count")
PLAIN_MP4 = Task("plain-mp4", PlainMp4Form, _plain_order)


def _task(request: HttpRequest, recording_id: UUID, task: Task) -> HttpResponse:
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.EDIT)
    if request.method != "POST":
        return _page(request, recording, task)
    form = task.form(request.POST)
    if form.is_valid():
        try:
            return redirect("job", job_id=_ordered(who, recording, task, form).pk)
        except EditRefused as refused:
            form.add_error(task.error_field, [fault.detail for fault in refused.faults])
        except NotEditable as refused:
            form.add_error(None, refused.message)
    return _page(request, recording, task, form)


def _ordered(who: Who, recording: Recording, task: Task, form: CopyForm) -> Job:
    try:
        return task.order(who, recording, form)
    except IdempotencyKeyReused:
        # the browser's Back brought the page with the name of the copy before, and now another one is wanted
        form.cleaned_data["request"] = uuid4()
        return task.order(who, recording, form)


def _page(request: HttpRequest, recording: Recording, task: Task, form: CopyForm | None = None) -> HttpResponse:
    who = who_of(request)
    opening = opening_of(request, recording) if recording.state == State.PLAYABLE else None
    if opening is None:
        context = editor_context(who, recording, task.key, reason_form=ReasonForm(), next=request.get_full_path())
        return render(request, "editing/ask.html", context)
    asked = request.POST.get("part") or request.GET.get("part", "")
    chosen = chosen_of(recording, asked, is_by_part=task is PLAIN_MP4)
    draft = draft_of(who, recording, chosen.number) if task is REDACTION else None
    drawn = {"draft": json.dumps(draft.content)} if draft is not None else {}
    context = player_context(recording, chosen, opening)
    if task is REDACTION and chosen.film is not None and chosen.number is not None:
        context |= finding_context(who, recording, chosen.part)
    context |= {
        "form": form or task.form.fresh(chosen.number, **drawn), "draft": draft,
        "why_not": chosen.why_not if task is not PLAIN_MP4 else "",
    }  # fmt: skip
    # 'redact it there' names a frame in the address
    context["start"] = place_of(request) if request.method == "GET" else Place()
    page = f"editing/{task.key.replace('-', '_')}.html"
    status = UNPROCESSABLE if form is not None else 200
    return render(request, page, editor_context(who, recording, task.key, **context), status=status)
