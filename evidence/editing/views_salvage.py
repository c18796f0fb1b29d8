"""The page that salvages a recording which lost its index. HTTP only.

There is no footage to show: no opening is asked for. What will be lent, and by which recording, is said before.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evidence.editing.errors import NotEditable
from evidence.editing.footage import part_wanted
from evidence.editing.forms import SalvageForm
from evidence.editing.lending import lender_of
from evidence.editing.services import salvage_request
from evidence.editing.services.salvaging import NOTHING_TO_SALVAGE
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.recordings.item import item_context
from evidence.recordings.models import Recording
from evidence.recordings.policy import Right
from evidence.recordings.queries import recording_for

UNPROCESSABLE = 422


@signed_in
@require_http_methods(["GET", "POST"])
def salvage(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Say what can be saved and with whose help; order it."""
    who = who_of(request)
    recording = recording_for(who, recording_id, Right.EDIT)
    if request.method != "POST":
        return _page(request, recording, _part_asked(request))
    form = SalvageForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            job = salvage_request(
                who=who, recording=recording, reason=given["reason"], part=given["part"],
                request_key=str(given["request"]),
            )  # fmt: skip
        except NotEditable as refused:
            form.add_error(None, refused.message)
        else:
            return redirect("job", job_id=job.pk)
    return _page(request, recording, form.cleaned_data.get("part", 1), form)


def _part_asked(request: HttpRequest) -> int:
    asked = request.GET.get("part", "1")
    return int(asked) if asked.isdecimal() and len(asked) < 6 else 1


def _page(request: HttpRequest, recording: Recording, number: int, form: SalvageForm | None = None) -> HttpResponse:
    who = who_of(request)
    damaged = part_wanted(recording, number).original
    context = item_context(
        who, recording, "edit", form=form or SalvageForm.fresh(number), damaged=damaged,
        lender=lender_of(who, damaged) if damaged.lost_its_index else None,
        why_not="" if damaged.lost_its_index else NOTHING_TO_SALVAGE,
    )  # fmt: skip
    return render(request, "editing/salvage.html", context, status=UNPROCESSABLE if form is not None else 200)
