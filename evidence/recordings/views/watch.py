"""Watch: the reason first, then the player with markers, notes and details; and how it stands while it waits."""

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.jobs.words import job_words
from evidence.recordings.errors import EditConflict, MarkerInvalid, TranscriptNotPossible
from evidence.recordings.findings import loudness_words
from evidence.recordings.forms import DetailsForm, MarkerForm, NoteForm, ReasonForm
from evidence.recordings.hearing_page import hearing_context
from evidence.recordings.item import item_context, still_time
from evidence.recordings.joints import joints_of
from evidence.recordings.media_views import file_response, media_path, part_of
from evidence.recordings.models import PlaybackSession, Recording, State
from evidence.recordings.opening import opening_keep, opening_of
from evidence.recordings.place import Place, place_of
from evidence.recordings.policy import Right
from evidence.recordings.queries import (
    Part,
    marker_of,
    markers_of,
    part_at,
    parts_of,
    preparation_job,
    recording_for,
    seen_by,
)
from evidence.recordings.reel import part_addresses, reel_json
from evidence.recordings.services.hearing import transcript_ask, transcripts_ask
from evidence.recordings.services.notes import details_change, marker_add, marker_remove, note_add
from evidence.recordings.services.playback import playback_close, playback_open
from evidence.recordings.services.preparing import preparation_retry
from evidence.recordings.services.thumbnails import thumbnail_file

UNPROCESSABLE = 422
SAID_MAX = 100


@signed_in
@require_GET
def watch(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The Watch page: reason, player, or why there is nothing to play."""
    return _page(request, recording_for(who_of(request), recording_id))


@signed_in
@require_GET
def state(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """The part of the Watch page that tells how it stands; asks again for itself until that is settled."""
    who = who_of(request)
    recording = recording_for(who, recording_id)
    return render(request, "recordings/_stage.html", item_context(who, recording, "watch", **_stage(who, recording)))


@signed_in
@require_POST
def open_(request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
    """Open it for the reason given; then back to where the person was going."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.WATCH)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, recording, reason_form=form)
    opened = playback_open(
        who=who, recording=recording, reason_code=form.cleaned_data["reason_code"],
        reason_text=form.cleaned_data["reason_text"], is_for_page=True,
    )  # fmt: skip
    wanted: str = form.cleaned_data["next"]
    is_ours = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    response = redirect(wanted if is_ours else _address(recording))
    opening_keep(request, response, opened)
    return response


@signed_in
@require_POST
def close(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Stop watching: the opening ends and what was watched is written."""
    recording = recording_for(who_of(request), recording_id)
    opening = opening_of(request, recording)
    if opening is not None:
        playback_close(session=opening)
    messages.success(request, "You have closed this recording.")
    return redirect("queue")


@signed_in
@require_POST
def marker_put(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Put a marker; its time is told from the start of the part on show."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.ANNOTATE)
    form = MarkerForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        part = part_of(recording, given["part"] or 1)
        try:
            marker_add(
                who=who, recording=recording, at_s=given["at_s"] + part.offset_s, frame=given["frame"],
                text=given["text"],
            )  # fmt: skip
        except MarkerInvalid as invalid:
            form.add_error("at_s", invalid.message)
        else:
            return _back(request, recording, "markers")
    return _page(request, recording, marker_form=form)


@signed_in
@require_POST
def marker_take(request: HttpRequest, recording_id: UUID, marker_id: UUID) -> HttpResponse:
    """Remove a marker."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.ANNOTATE)
    marker_remove(who=who, marker=marker_of(recording, marker_id))
    return _back(request, recording, "markers")


@signed_in
@require_POST
def note_put(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Write a note."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.ANNOTATE)
    form = NoteForm(request.POST, prefix="note")
    if not form.is_valid():
        return _page(request, recording, note_form=form)
    note_add(who=who, recording=recording, text=form.cleaned_data["text"])
    return _back(request, recording, "notes")


@signed_in
@require_POST
def change(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Change category, title and incident."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.ANNOTATE)
    form = DetailsForm(request.POST, prefix="details")
    if form.is_valid():
        try:
            details_change(who=who, recording=recording, **form.cleaned_data)
        except EditConflict as conflict:
            form.add_error(None, conflict.message)
        else:
            messages.success(request, "The details were saved.")
            return _back(request, recording, "details")
    return _page(request, recording, details_form=form)


@signed_in
@require_POST
def retry(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Try again to prepare it."""
    who = who_of(request)
    preparation_retry(who=who, recording=recording_for(who, recording_id, Right.ANNOTATE))
    return redirect("recording", recording_id=recording_id)


@signed_in
@require_POST
def transcript(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Have the words of a part written down, or of every part that has none (`every`)."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.ANNOTATE)
    try:
        if request.POST.get("every"):
            transcripts_ask(who=who, recording=recording)
        else:
            transcript_ask(who=who, recording=recording, part=place_of(request).part or 1)
    except TranscriptNotPossible as refused:
        messages.error(request, refused.message)
    return _back(request, recording, "speech")


@signed_in
@require_GET
def thumbnail(request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
    """The small picture that a page of results was given the key for."""
    who = who_of(request)
    file = thumbnail_file(who=who, recording=recording_for(who, recording_id), key=request.GET.get("key", ""))
    return file_response(request, file)


def _back(request: HttpRequest, recording: Recording, anchor: str) -> HttpResponse:
    """To the page, where the person was on it."""
    return redirect(f"{_address(recording, place_of(request))}#{anchor}")


def _address(recording: Recording, place: Place | None = None) -> str:
    return f"/recordings/{recording.id}/{place.query if place else ''}"


def _page(request: HttpRequest, recording: Recording, **forms: Any) -> HttpResponse:
    """The Watch page; `forms` replaces those that came back with errors."""
    who = who_of(request)
    place = place_of(request)
    opening = opening_of(request, recording) if recording.state == State.PLAYABLE else None
    context = item_context(who, recording, "watch", opening=opening, **_stage(who, recording))
    # whoever has to give a reason first goes on to where they were going
    context["next"] = request.POST.get("next") or _address(recording, place)
    if context["rights"][Right.WATCH]:
        context |= {"notes": recording.notes.select_related("made_by")}
    if opening is not None:
        part = _part_asked(recording, place.part)
        context |= _viewing(who, recording, opening, part, request.GET.get("said", "").strip()[:SAID_MAX])
        context["start"] = place if place.part in {None, part.number} else Place()
        context["again_url"] = _address(recording, Place(part.number))
        may_mark = context["rights"][Right.ANNOTATE]
        context["marker_selector"] = "#marker-form" if may_mark else ""
    context |= {"details_form": DetailsForm.of(recording), "note_form": NoteForm(prefix="note"), **forms}
    # what came back with errors: the page's title says so first
    context["form"] = next(iter(forms.values()), None)
    is_wrong = bool(forms)
    return render(request, "recordings/watch.html", context, status=UNPROCESSABLE if is_wrong else 200)


def _part_asked(recording: Recording, number: int | None) -> Part:
    parts = parts_of(recording)
    named = [part for part in parts if part.number == number]
    return next(part for part in [*named, *parts] if part.viewing is not None)


def _stage(who: Who, recording: Recording) -> dict[str, Any]:
    """How it stands: what a waiting page says and whether it asks again."""
    is_waiting = recording.state in {State.SEALED, State.PREPARING}
    job = preparation_job(recording)
    return {
        "is_waiting": is_waiting,
        "job_words": job_words(job) if job is not None and is_waiting else "",
        "may_retry": job is not None and job.state == "failed" and recording.state == State.NOT_PLAYABLE,
        "reason_form": ReasonForm(),
    }


def _viewing(who: Who, recording: Recording, opening: PlaybackSession, part: Part, phrase: str) -> dict[str, Any]:
    """What the player needs: addresses under the open session, what lies between the parts, markers, what was seen."""
    parts = parts_of(recording)
    shown = [each for each in parts if each.viewing is not None]
    seen = {each.number: seen_by(who, recording, each) for each in parts}
    reel = reel_json(recording, opening, seen=seen)
    return {
        **part_addresses(recording, part, media_path(opening.id)),
        "part": part,
        "parts": parts,
        "reel": reel,
        "joints": joints_of(recording, parts),
        "loudness": loudness_words(part.original.probe or {}),
        "seen": json.dumps(seen[part.number]),
        "still_at_s": still_time(recording),
        "markers": _marked(recording, parts, part, is_whole=bool(reel)),
        "marker_form": MarkerForm(initial={"part": part.number}),
        **hearing_context(recording, shown if reel else [part], media_path(opening.id), phrase),
        "proxy": part.proxy.probe if part.proxy and part.proxy.probe else None,
    }


def _marked(recording: Recording, parts: list[Part], shown: Part, *, is_whole: bool) -> list[dict[str, Any]]:
    """Markers with the part they lie in and their time there, and, for people, where that is on the time line on show:
    the whole recording's, or the part's own."""
    rows = []
    for marker in markers_of(recording):
        part = (
            next((each for each in parts if each.number == marker.part), None) or part_at(parts, marker.at_s) or shown
        )
        if is_whole or part.number == shown.number:
            local_s = max(0.0, marker.at_s - part.offset_s)
            told_s = marker.at_s if is_whole else local_s
            rows.append({"marker": marker, "part": part.number, "at_s": local_s, "told_s": told_s})
    return rows
