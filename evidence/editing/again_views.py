"""The page that starts a new redaction from a finished one. HTTP only."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evidence.editing.again import again_of
from evidence.editing.errors import DraftKept, EditRefused, NotEditable
from evidence.editing.forms import AgainForm
from evidence.editing.services import draft_again
from evidence.http.form_errors import error_show
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.recordings.item import item_context
from evidence.recordings.models import Recording
from evidence.recordings.place import Place
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for

UNPROCESSABLE = 422


@signed_in
@require_http_methods(["GET", "POST"])
def start_again(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Say what will happen; then go to the editor of what the redaction was made from, with its drawing."""
    who = who_of(request)
    copy = recording_for(who, recording_id, Right.WATCH)
    form = AgainForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = draft_again(who=who, copy=copy, is_replacing=form.cleaned_data["replace"])
        except (DraftKept, EditRefused, NotEditable) as refused:
            error_show(form, refused)
        else:
            messages.success(request, "The drawing of the redaction is here, as yours. Change it, then make a copy.")
            editor = reverse("edit-redaction", kwargs={"recording_id": draft.recording_id})
            return redirect(f"{editor}{Place(draft.part or None).part_query}")
    return _page(request, who, copy, form)


def _page(request: HttpRequest, who: Who, copy: Recording, form: AgainForm) -> HttpResponse:
    again, why_not = None, ""
    try:
        again = again_of(who, copy)
    except NotEditable as refused:
        why_not = refused.message
    context = item_context(who, copy, "edit", form=form, again=again, why_not=why_not)
    return render(request, "editing/again.html", context, status=UNPROCESSABLE if form.errors else 200)
