"""RFC 9457 problem+json: the one shape of every error the API gives, Django's own 404 and CSRF included."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from evidence.custody.context import request_id
from evidence.http.errors import AppError, Fault

CONTENT_TYPE = "application/problem+json"


def problem_body(
    *, status: int, code: str, title: str, detail: str, faults: tuple[Fault, ...] = (), **extra: object
) -> dict[str, Any]:
    """The members of a problem document; `errors` lists each fault with its pointer."""
    body: dict[str, Any] = {
        "type": f"urn:continuity:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "request": str(request_id()),
        **extra,
    }
    if faults:
        body["errors"] = [{"pointer": fault.pointer, "code": fault.code, "detail": fault.detail} for fault in faults]
    return body


def problem_of(error: AppError) -> dict[str, Any]:
    """The problem document of one of our own errors."""
    return problem_body(
        status=error.status, code=error.code, title=error.title, detail=error.message, faults=error.faults,
        **error.extra,
    )  # fmt: skip


def problem_response(error: AppError) -> JsonResponse:
    """A problem document for views that are not DRF's."""
    return JsonResponse(problem_of(error), status=error.status, content_type=CONTENT_TYPE)


def wants_problem(request: HttpRequest) -> bool:
    """True for paths that programs call: their errors are problem documents, never pages."""
    return request.path_info.startswith(("/api/", "/tus/", "/media/"))


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's handler: our errors, DRF's and Django's become problem documents; anything else stays a crash."""
    error = _as_app_error(exc)
    if error is None:
        return None
    headers = {}
    if isinstance(exc, exceptions.APIException):
        challenge, wait_s = getattr(exc, "auth_header", None), getattr(exc, "wait", None)
        if challenge:
            headers["WWW-Authenticate"] = str(challenge)
        if wait_s:
            headers["Retry-After"] = str(int(wait_s))
    return Response(problem_of(error), status=error.status, headers=headers, content_type=CONTENT_TYPE)


def _as_app_error(exc: Exception) -> AppError | None:
    if isinstance(exc, AppError):
        return exc
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    elif isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if not isinstance(exc, exceptions.APIException):
        return None
    error = AppError(_sentence(exc), faults=tuple(_faults(exc)))
    error.status = exc.status_code
    error.code = str(exc.default_code).replace("_", "-")
    error.title = str(exc.default_detail)
    return error


def _sentence(exc: exceptions.APIException) -> str:
    if isinstance(exc, exceptions.ValidationError):
        return "Some of what was sent is not right. `errors` says what and where."
    return str(exc.detail)


def _faults(exc: exceptions.APIException) -> list[Fault]:
    return _walk(exc.detail, "") if isinstance(exc, exceptions.ValidationError) else []


def _walk(detail: Any, pointer: str) -> list[Fault]:
    if isinstance(detail, Mapping):
        return [fault for key, value in detail.items() for fault in _walk(value, f"{pointer}/{key}")]
    if isinstance(detail, list):
        if all(isinstance(item, exceptions.ErrorDetail) for item in detail):
            return [Fault(pointer or "/", str(item.code), str(item)) for item in detail]
        return [fault for place, value in enumerate(detail) for fault in _walk(value, f"{pointer}/{place}")]
    return [Fault(pointer or "/", getattr(detail, "code", "invalid"), str(detail))]
