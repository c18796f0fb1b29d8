"""The tus door: HTTP in, HTTP out. It translates and decides nothing; every rule of bytes and rows is in `services`.

Plain views, not DRF's, because a body must be read as it comes. Every answer, refusals too, says `Tus-Resumable`.
"""

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from evidence.http.errors import AppError
from evidence.http.problem import problem_response
from evidence.identity.errors import Denied, SignInNeeded, TokenRefused
from evidence.identity.middleware import who_of
from evidence.identity.services import denial_record
from evidence.identity.who import Who
from evidence.ingest.errors import OffsetMismatch, UploadBusy, UploadRefused
from evidence.ingest.metadata import metadata_read
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.queries import receipt_keys, standing_of, upload_for, upload_found
from evidence.ingest.services import (
    Announced,
    upload_append,
    upload_create,
    upload_stand,
    upload_terminate,
    upload_withdraw,
)
from evidence.ingest.tus import protocol
from evidence.ingest.tus.body import Body
from evidence.ingest.tus.senders import sender_of

DOOR = "tus"
RETRY_AFTER_S = "2"
KEYS_AT = "/api/v1/keys"
RECEIPT_TYPES = ["application/json", "text/html"]
"""The first is for whoever takes anything, as programs do."""
View = Callable[..., HttpResponse]


def _speaks_tus(view: View) -> View:
    """Version checks, the method meant, refusals as problem documents."""

    @csrf_exempt
    @wraps(view)
    def door(request: HttpRequest, **parts: UUID) -> HttpResponse:
        request.method = protocol.method_of(request)
        try:
            if request.method != "OPTIONS":
                protocol.version_require(request)
            response = view(request, **parts)
        except AppError as error:
            if isinstance(error, Denied):
                denial_record(error)
            response = _refusal(error)
        response["Tus-Resumable"] = protocol.VERSION
        response.setdefault("Cache-Control", "no-store")
        return response

    return door


@_speaks_tus
def uploads(request: HttpRequest) -> HttpResponse:
    """/tus/v1/: what we offer (OPTIONS), and a new upload (POST)."""
    if request.method == "OPTIONS":
        return protocol.offer(HttpResponse(status=200))
    if request.method == "POST":
        return _create(request)
    raise protocol.MethodRefused("Uploads are announced here by POST.")


@_speaks_tus
def upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """/tus/v1/<id>: where it stands (HEAD), more bytes (PATCH), the end of it (DELETE)."""
    if request.method == "OPTIONS":
        return protocol.offer(HttpResponse(status=200))
    handler = {"HEAD": _stand, "PATCH": _append, "DELETE": _terminate}.get(request.method or "")
    if handler is None:
        raise protocol.MethodRefused("An upload is asked after by HEAD, sent on by PATCH and ended by DELETE.")
    who = sender_of(request)
    return handler(request, who, upload_found(upload_id))


def receipt(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    """/tus/v1/<id>/receipt: 202 while it is not sealed, 200 with the signed receipt afterwards. No tus request.

    A person's browser gets a page instead; `?download` is its link to the document itself.
    """
    if request.method not in {"GET", "HEAD"}:
        raise protocol.MethodRefused("A receipt is fetched by GET.")
    response = _receipt_read(request, upload_id) if _is_reader(request) else _receipt_told(request, upload_id)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def _is_reader(request: HttpRequest) -> bool:
    """A person with a browser, on the pages' own site; a program asks for JSON or for anything, or brings a token."""
    if "Authorization" in request.headers or getattr(request, "site_name", "") != "force":
        return False
    return request.get_preferred_type(RECEIPT_TYPES) == "text/html"


def _receipt_told(request: HttpRequest, upload_id: UUID) -> JsonResponse:
    found = _with_receipt(request, upload_id)
    if found.receipt is None:
        body = {
            "state": found.state, "offset": found.offset_bytes, "length": found.length_bytes, "problem": found.problem,
        }  # fmt: skip
        return JsonResponse(body, status=202, headers={"Retry-After": RETRY_AFTER_S})
    response = JsonResponse(found.receipt)
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="receipt-{found.pk}.json"'
    return response


def _receipt_read(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    if not who_of(request).is_person:
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    try:
        return (_receipt_told if "download" in request.GET else _receipt_page)(request, upload_id)
    except AppError as error:
        if isinstance(error, Denied):
            denial_record(error)
        context = {"error": error, "page_title": error.title}
        return render(request, "errors/problem.html", context, status=error.status)


def _receipt_page(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    found = _with_receipt(request, upload_id)
    key = receipt_keys().filter(pk=found.receipt["key_id"]).first() if found.receipt else None
    standing = standing_of(who_of(request), found)
    context = {
        "upload": found, "signed": found.receipt, "standing": standing, "key": key, "keys_at": KEYS_AT,
        "page_title": "Receipt",
    }  # fmt: skip
    return render(request, "ingest/receipt.html", context, status=200 if found.receipt else 202)


def _with_receipt(request: HttpRequest, upload_id: UUID) -> Upload:
    """The upload, which has a receipt or may still get one.

    Raises:
        UploadRefused: it never will.
    """
    found = upload_for(sender_of(request), upload_id)
    if found.receipt is None and found.state not in {UploadState.OPEN, UploadState.RECEIVED}:
        raise UploadRefused(found.problem or "This upload ended before it was sealed: there is no receipt.")
    return found


def _create(request: HttpRequest) -> HttpResponse:
    who = sender_of(request)
    body = Body(request)
    if body.is_there and request.content_type != protocol.CHUNK_TYPE:
        raise protocol.TypeRefused
    raw = request.headers.get("Upload-Metadata", "")
    checksum = protocol.checksum_read(request)
    announced = Announced(protocol.length_read(request), metadata_read(raw), raw)
    made = upload_create(who=who, door=DOOR, announced=announced)
    if body.is_there:
        try:
            made.offset_bytes = upload_append(who=who, upload=made, offset_bytes=0, source=body, checksum=checksum)
        except AppError:
            upload_withdraw(who=who, upload=made)
            raise
    response = _answer(201, made)
    address = reverse("tus-upload", kwargs={"upload_id": made.id}, urlconf=request.urlconf)  # type: ignore[attr-defined]
    response["Location"] = request.build_absolute_uri(address)
    return response


def _stand(request: HttpRequest, who: Who, found: Upload) -> HttpResponse:
    found = upload_stand(who=who, upload=found)
    response = _answer(200, found)
    response["Upload-Length"] = str(found.length_bytes)
    if found.raw_metadata:
        response["Upload-Metadata"] = found.raw_metadata
    return response


def _append(request: HttpRequest, who: Who, found: Upload) -> HttpResponse:
    if request.content_type != protocol.CHUNK_TYPE:
        raise protocol.TypeRefused
    offset, checksum = protocol.number_read(request, "Upload-Offset"), protocol.checksum_read(request)
    found.offset_bytes = upload_append(
        who=who, upload=found, offset_bytes=offset, source=Body(request), checksum=checksum
    )
    return _answer(204, found)


def _terminate(request: HttpRequest, who: Who, found: Upload) -> HttpResponse:
    upload_terminate(who=who, upload=found)
    return HttpResponse(status=204)


def _answer(status: int, found: Upload) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Upload-Offset"] = str(found.offset_bytes)
    if not found.is_complete:
        response["Upload-Expires"] = protocol.expires_text(found.expires_at)
    return response


def _refusal(error: AppError) -> HttpResponse:
    response = problem_response(error)
    if isinstance(error, protocol.VersionRefused):
        response["Tus-Version"] = protocol.VERSION
    elif isinstance(error, OffsetMismatch):
        response["Upload-Offset"] = str(error.offset_bytes)
    elif isinstance(error, UploadBusy):
        response["Retry-After"] = RETRY_AFTER_S
    elif isinstance(error, protocol.MethodRefused):
        response["Allow"] = ", ".join(protocol.METHODS)
    elif isinstance(error, SignInNeeded | TokenRefused):
        response["WWW-Authenticate"] = 'Bearer realm="continuity"'
    return response
