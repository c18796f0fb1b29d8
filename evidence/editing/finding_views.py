"""What the redaction page sends to find faces and plates: look, stop, cover all that was found. HTTP only.

With script the page decides on each find itself and keeps that in its draft; without it, all are covered at once.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from evidence.editing.errors import DetectionOver, EditRefused, NotEditable
from evidence.editing.models import Detection
from evidence.editing.queries import detection_for
from evidence.editing.reasons import COVER_REASONS
from evidence.editing.services import detection_cancel, detection_request, finds_take
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.jobs.errors import JobOver
from evidence.recordings.opening import opening_of, opening_reason
from evidence.recordings.place import place_of
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for


@signed_in
@require_POST
def find(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Have faces or plates looked for, for the reason the recording was opened for."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.EDIT)
    opening = opening_of(request, recording)
    try:
        detection_request(
            who=who, recording=recording, detectors=request.POST.getlist("detectors"),
            part=place_of(request).part or 1, reason=opening_reason(opening) if opening is not None else "",
        )  # fmt: skip
    except (EditRefused, NotEditable) as refused:
        messages.error(request, refused.message)
    return _back(request, recording_id)


@signed_in
@require_POST
def stop(request: HttpRequest, recording_id: UUID, detection_id: UUID) -> HttpResponse:
    """Stop looking; what was found stays."""
    try:
        detection_cancel(who=who_of(request), detection=_detection(request, recording_id, detection_id))
        messages.info(request, "No more is looked for. What was found so far can be used.")
    except (DetectionOver, JobOver) as refused:
        messages.info(request, refused.message)
    return _back(request, recording_id)


@signed_in
@require_POST
def cover(request: HttpRequest, recording_id: UUID, detection_id: UUID) -> HttpResponse:
    """Cover all that was found."""
    try:
        finds_take(
            who=who_of(request), detection=_detection(request, recording_id, detection_id), effect="solid",
            reason=COVER_REASONS[0][0],
        )  # fmt: skip
        messages.success(request, "All that was found is in your drawing now. What was missed is not: look yourself.")
    except (EditRefused, NotEditable) as refused:
        messages.error(request, refused.message)
    return _back(request, recording_id)


def _detection(request: HttpRequest, recording_id: UUID, detection_id: UUID) -> Detection:
    who = who_of(request)
    return detection_for(who, recording_for(who, recording_id, Right.EDIT), detection_id)


def _back(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    return redirect(f"{reverse('edit-redaction', args=[recording_id])}{place_of(request).part_query}#found")
