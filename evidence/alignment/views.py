"""Recordings beside one another: choose, say why, watch in step, and decide by how much each begins later. HTTP only.

Every recording is opened for itself, under its own right and with its own event; the reason is asked for once.
"""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from evidence.alignment.errors import NotAPair
from evidence.alignment.forms import HandForm
from evidence.alignment.queries import MOST, Standing, group_for, others_of, pair_for, proposal_for, standing_of
from evidence.alignment.services import alignment_ask, alignment_decide, alignment_set
from evidence.http.errors import AppError
from evidence.identity.access import signed_in
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.jobs.words import job_words
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.forms import ReasonForm
from evidence.recordings.item import item_context
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.opening import opening_keep, opening_of
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.reel import reel_rows
from evidence.recordings.services.playback import playback_open

UNPROCESSABLE = 422
NUDGES = (
    ("-1", "-1 s"),
    ("-0.1", "-0.1 s"),
    ("-0.01", "-0.01 s"),
    ("0.01", "+0.01 s"),
    ("0.1", "+0.1 s"),
    ("1", "+1 s"),
)
"""By how many seconds a press moves an offset, and what stands on the button."""


@signed_in
@require_GET
def beside(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """What can lie beside it; with `?with=` the recordings in step."""
    group = _group(request, recording_id)
    if len(group) == 1:
        return _choose(request, group[0])
    return _page(request, group)


@signed_in
@require_POST
def open_(request: HttpRequest, recording_id: UUID) -> HttpResponseBase:
    """Open all of them for the reason given."""
    who, group = who_of(request), _group(request, recording_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, group, reason_form=form)
    response = redirect(_address(group))
    for recording in group:
        if opening_of(request, recording) is None:
            opened = playback_open(
                who=who, recording=recording, reason_code=form.cleaned_data["reason_code"],
                reason_text=form.cleaned_data["reason_text"], is_for_page=True,
            )  # fmt: skip
            opening_keep(request, response, opened)
    return response


@signed_in
@require_POST
def listen(request: HttpRequest, recording_id: UUID, other_id: UUID) -> HttpResponse:
    """Have the sound of a pair held against each other."""
    one, other = pair_for(who_of(request), recording_id, other_id)
    try:
        alignment_ask(who=who_of(request), one=one, other=other, everywhere="everywhere" in request.POST)
    except NotAPair as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, f"{other.label} is being listened to. This page says what comes of it.")
    return redirect(_address(_group(request, recording_id)))


@signed_in
@require_POST
def decide(request: HttpRequest, recording_id: UUID, other_id: UUID, alignment_id: UUID) -> HttpResponse:
    """Accept or refuse what the sound says."""
    one, other = pair_for(who_of(request), recording_id, other_id, Right.ANNOTATE)
    is_accepted = request.POST.get("answer") == "accept"
    alignment = proposal_for(one, other, alignment_id)
    alignment_decide(who=who_of(request), alignment=alignment, is_accepted=is_accepted)
    messages.success(request, f"The offset of {other.label} was {'accepted' if is_accepted else 'refused'}.")
    return redirect(_address(_group(request, recording_id)))


@signed_in
@require_POST
def set_(request: HttpRequest, recording_id: UUID, other_id: UUID) -> HttpResponse:
    """Set an offset by hand."""
    one, other = pair_for(who_of(request), recording_id, other_id, Right.ANNOTATE)
    form = HandForm(request.POST, prefix=str(other.pk))
    if form.is_valid():
        try:
            alignment_set(
                who=who_of(request),
                one=one,
                other=other,
                offset_ms=form.offset_ms(),
                reason=form.cleaned_data["reason"],
            )
        except Denied:
            raise
        except AppError as refused:
            form.add_error("offset_s", refused.message)
        else:
            messages.success(request, f"The offset of {other.label} is kept.")
            return redirect(_address(_group(request, recording_id)))
    return _page(request, _group(request, recording_id), hand_form=form)


def _group(request: HttpRequest, recording_id: UUID) -> list[Recording]:
    given = request.POST if request.method == "POST" else request.GET
    return group_for(who_of(request), recording_id, [_named(text) for text in given.getlist("with")])


def _named(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as wrong:
        raise RecordingMissing from wrong


def _address(group: list[Recording]) -> str:
    first, *others = group
    return f"{reverse('beside', args=[first.pk])}?{urlencode([('with', each.pk) for each in others])}"


def _choose(request: HttpRequest, recording: Recording) -> HttpResponse:
    who = who_of(request)
    context = item_context(who, recording, "watch", others=others_of(who, recording), most=MOST - 1)
    return render(request, "alignment/choose.html", context)


def _page(
    request: HttpRequest, group: list[Recording], *, reason_form: ReasonForm | None = None,
    hand_form: HandForm | None = None,
) -> HttpResponse:  # fmt: skip
    who, first = who_of(request), group[0]
    openings = [opening_of(request, each) for each in group]
    context = item_context(who, first, "watch", group=group, address=_address(group))
    if not all(openings):
        context |= {"reason_form": reason_form or ReasonForm(), "form": reason_form}
    else:
        standings = [standing_of(first, other) for other in group[1:]]
        context["panes"] = [
            _pane(who, first, opening, standing, hand_form)
            for opening, standing in zip(openings, [None, *standings], strict=True)
            if opening is not None
        ]
        context |= {"nudges": NUDGES, "form": hand_form}
    is_wrong = reason_form is not None or hand_form is not None
    return render(request, "alignment/beside.html", context, status=UNPROCESSABLE if is_wrong else 200)


def _pane(
    who: Who, first: Recording, opening: PlaybackSession, standing: Standing | None, hand_form: HandForm | None
) -> dict[str, Any]:  # fmt: skip
    """One recording: its picture, and, for all but the first, by how much it begins later and who says so."""
    recording = standing.other if standing else first
    may_decide = all(RECORDINGS.decide(who, Right.ANNOTATE, each) for each in (first, recording))
    is_its = hand_form is not None and hand_form.prefix == str(recording.pk)
    offset_s = (standing.offset_ms or 0) / 1000 if standing else 0.0
    form = hand_form if is_its else HandForm(prefix=str(recording.pk), initial={"offset_s": f"{offset_s:.3f}"})
    return {
        "recording": recording, "reel": reel_rows(recording, opening), "standing": standing, "offset_s": offset_s,
        "may_decide": may_decide, "hand_form": form, "is_open": is_its,
        "proposal_s": (standing.proposal_ms or 0) / 1000 if standing else 0.0,
        "job_words": job_words(standing.job) if standing and standing.job else "",
    }  # fmt: skip
