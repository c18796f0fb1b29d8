"""What every request meets first and last: its id, and one place that turns our errors into pages or problems."""

from collections.abc import Callable
from uuid import uuid4

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from evidence.custody.context import request_scope
from evidence.http.error_views import not_allowed
from evidence.http.errors import AppError
from evidence.http.problem import problem_response, wants_problem

Handler = Callable[[HttpRequest], HttpResponse]


class ClientAddressMiddleware:
    """Puts the client's address where Django and the throttles look, if proxies of ours say it.

    Each proxy adds the address it was called from at the right of `X-Forwarded-For`; what stands further left than we
    have proxies was written by the client and is not believed.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        said = [address.strip() for address in request.headers.get("X-Forwarded-For", "").split(",")]
        proxies = settings.TRUSTED_PROXIES
        if proxies and len(said) >= proxies and said[-proxies]:
            request.META["REMOTE_ADDR"] = said[-proxies]
        return self.get_response(request)


class RequestIdMiddleware:
    """Gives each request an id of our own making: in events, problem documents and log lines."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        with request_scope(uuid4()) as identifier, structlog.contextvars.bound_contextvars(request=str(identifier)):
            response = self.get_response(request)
            response["X-Request-Id"] = str(identifier)
            return response


class ErrorPageMiddleware:
    """Shows an `AppError` from a page as `errors/problem.html`, and from a program's path as problem+json; likewise the
    bare 405 of a view that takes other methods only."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        response = self.get_response(request)
        return not_allowed(request, response) if isinstance(response, HttpResponseNotAllowed) else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Called by Django for an exception a view did not catch."""
        if not isinstance(exception, AppError):
            return None
        if wants_problem(request):
            return problem_response(exception)
        context = {"error": exception, "page_title": exception.title}
        return render(request, "errors/problem.html", context, status=exception.status)
