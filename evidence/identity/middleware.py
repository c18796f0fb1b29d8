"""Gives every page request its `who`, ends sessions that are too old, and records refusals."""

from collections.abc import Callable
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import SimpleLazyObject

from evidence.identity.errors import Denied
from evidence.identity.services import denial_record
from evidence.identity.who import NOBODY, Who, who_is

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
SEEN_EVERY_S = 60
"""How far the server's count may lag behind: the pages' own count is this much shorter (`base.html`)."""
Handler = Callable[[HttpRequest], HttpResponse]


class WhoMiddleware:
    """Sets `request.who` (lazily) and enforces the absolute session limit; renews the idle one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle one request."""
        if request.user.is_authenticated:
            if _is_too_old(request):
                logout(request)
            elif not _is_poll(request):
                _idle_limit_renew(request)
        request.who = SimpleLazyObject(lambda: _who(request))  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """A refusal that no view caught: write it, then let the error page be shown."""
        if isinstance(exception, Denied):
            denial_record(exception)


def _is_too_old(request: HttpRequest) -> bool:
    began = parse_datetime(request.session.get(SIGNED_IN_AT, ""))
    return began is None or timezone.now() - began > timedelta(seconds=settings.SESSION_ABSOLUTE_S)


def _is_poll(request: HttpRequest) -> bool:
    """A page asking by itself how something goes: it must not keep an unattended session alive.

    htmx says so with a header of its own, scripts of ours with `X-Poll`.
    """
    return request.method == "GET" and "true" in {request.headers.get("HX-Request"), request.headers.get("X-Poll")}


def _idle_limit_renew(request: HttpRequest) -> None:
    """Start the idle limit anew; written at most once a minute, for each write locks the embedded database."""
    now = timezone.now()
    seen = parse_datetime(request.session.get(SEEN_AT, ""))
    if seen is None or (now - seen).total_seconds() >= SEEN_EVERY_S:
        request.session[SEEN_AT] = now.isoformat()


def _who(request: HttpRequest) -> Who:
    return who_is(request.user) if request.user.is_authenticated else NOBODY


def who_of(request: HttpRequest) -> Who:
    """The asker behind a page request."""
    return cast(Who, request.who)  # type: ignore[attr-defined]
