"""The upload page: by script over tus, or as a plain form; and what became of what one sent. HTTP only."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from evidence.http.pagination import after, cursor_next
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of
from evidence.identity.who import Who
from evidence.ingest.form_files import SpooledFile, SpoolUploadHandler
from evidence.ingest.forms import UploadForm
from evidence.ingest.models import Upload
from evidence.ingest.queries import Standing, standing_of, uploads_of
from evidence.ingest.services import Announced, sender_require, upload_adopt

SHOWN = 25
MOVING = frozenset({"received", "checked", "sealed"})
"""What changes by itself. Not 'open': that waits for its sender, perhaps for days."""
CHUNK_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """An upload as the page lists it."""

    upload: Upload
    standing: Standing


@csrf_exempt
@signed_in
@require_http_methods(["GET", "POST"])
def upload_page(request: HttpRequest) -> HttpResponse:
    """/upload. The form's files go to the spool, which must be said before anything looks into the form."""
    sender_require(who_of(request))
    handler = SpoolUploadHandler()
    request.upload_handlers = [handler]
    try:
        return _protected(request, handler)
    finally:
        handler.drop_left()


@csrf_protect
def _protected(request: HttpRequest, handler: SpoolUploadHandler) -> HttpResponse:
    who = who_of(request)
    if request.method != "POST":
        # no officer to begin with: whoever sends a film in has often not made it
        return _shown(request, UploadForm(initial={"complete": "1"}))
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, form, status=422)
    for file in form.cleaned_data["recordings"]:
        _adopt(who, form, file, handler)
    count = len(form.cleaned_data["recordings"])
    messages.success(
        request, f"{'The file was' if count == 1 else f'{count} files were'} received. Below is how far it is."
    )
    return redirect(reverse("upload"))


def _adopt(who: Who, form: UploadForm, file: SpooledFile, handler: SpoolUploadHandler) -> None:
    announced = Announced(file.size or 0, {**form.metadata(), "filename": file.name or ""})
    upload_adopt(actor=who.actor, door="form", identifier=file.upload_id, announced=announced, sha256=file.sha256)
    handler.adopted(file)


@signed_in
@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """/upload/sent. The list alone, for the page that asks again while something is on its way."""
    sender_require(who_of(request))
    return render(request, "ingest/_sent.html", _sent(request))


def _shown(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    context = {
        "form": form, "chunk_bytes": CHUNK_BYTES, "expires_after_s": settings.UPLOAD_EXPIRY_S,
        "page_title": "Upload recordings", **_sent(request),
    }  # fmt: skip
    return render(request, "ingest/upload.html", context, status=status)


def _sent(request: HttpRequest) -> dict[str, object]:
    who = who_of(request)
    asked_after = request.GET.get("after", "")
    found = list(after(uploads_of(who), "created_at", asked_after)[: SHOWN + 1])
    page, following = cursor_next(found, "created_at", SHOWN)
    rows = [Row(upload, standing_of(who, upload)) for upload in page]
    is_moving = any(row.standing.state in MOVING for row in rows)
    return {"rows": rows, "following": following, "asked_after": asked_after, "is_moving": is_moving}
