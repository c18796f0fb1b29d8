"""The page of proposals to mute: found in the transcript by rules, or wherever a chosen phrase is said. HTTP only."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.mute_forms import PHRASE_MAX, MutesForm
from evidence.editing.queries import mute_proposals_of, mutes_decided
from evidence.editing.services import mutes_decide
from evidence.editing.showing import chosen_of, editor_context, player_context
from evidence.http.templatetags.words import times
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.recordings.forms import ReasonForm
from evidence.recordings.models import Recording, State
from evidence.recordings.opening import opening_of
from evidence.recordings.place import Place
from evidence.recordings.policy import Right
from evidence.recordings.queries import parts_of, recording_for

UNPROCESSABLE = 422


@signed_in
@require_http_methods(["GET", "POST"])
def mutes(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Show the proposals; or take what was said to them into the drawing."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.EDIT)
    given = request.POST if request.method == "POST" else request.GET
    opening = opening_of(request, recording) if recording.state == State.PLAYABLE else None
    if opening is None:
        context = editor_context(who, recording, "redaction", reason_form=ReasonForm(), next=request.get_full_path())
        return render(request, "editing/ask.html", context)
    chosen = chosen_of(recording, given.get("part", ""))
    said = given.get("said", "").strip()[:PHRASE_MAX]
    form = MutesForm(
        request.POST if request.method == "POST" else None, part=chosen.number, said=said,
        proposals=mute_proposals_of(recording, chosen.number, said), decided=mutes_decided(recording, chosen.number),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        answer = _decided(request, recording, form, part=chosen.number, said=said)
        if answer is not None:
            return answer
    context = player_context(recording, chosen, opening)
    context |= {"form": form, "why_not": chosen.why_not, "said": said}
    context["rows"] = [(row, form[row.key]) for row in form.proposals]
    status = UNPROCESSABLE if request.method == "POST" else 200
    page = editor_context(who, recording, "redaction", **context)
    return render(request, "editing/mutes.html", page, status=status)


def _decided(
    request: HttpRequest, recording: Recording, form: MutesForm, *, part: int | None, said: str
) -> HttpResponse | None:
    """To the drawing; None where it was refused, which the form then says."""
    try:
        added = mutes_decide(
            who=who_of(request), recording=recording, decisions=form.decisions(), part=part, phrase=said,
            reason=form.cleaned_data["reason"],
        )  # fmt: skip
    except EditRefused as refused:
        form.add_error(None, [fault.detail for fault in refused.faults])
        return None
    except NotEditable as refused:
        form.add_error(None, refused.message)
        return None
    messages.success(request, f"What you said was kept. The sound is muted {times(added)} more in your drawing.")
    query = Place(part).part_query if len(parts_of(recording)) > 1 else ""
    return redirect(f"{reverse('edit-redaction', kwargs={'recording_id': recording.id})}{query}")
