"""The door of the share site: what every answer there carries, which link a token opens, whose viewing it
is, and what strangers are told.

Wrong, expired and revoked tokens get one page, one status and one look-up. The token in the path is the whole right:
there is no session and no cookie that a foreign page could ride on, so Django's CSRF token (which cannot work under
`Referrer-Policy: no-referrer`, where browsers send `Origin: null`) has nothing to protect; `Sec-Fetch-Site` is checked.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from rest_framework.throttling import SimpleRateThrottle

from evidence.custody.parties import ActorKind
from evidence.http.errors import AppError, Forbidden, MethodNotAllowed
from evidence.recordings.errors import PlaybackOver
from evidence.recordings.media_views import session_of
from evidence.recordings.models import PlaybackSession
from evidence.sharing.errors import LinkGone
from evidence.sharing.models import Link
from evidence.sharing.queries import link_live, opening_is_live
from evidence.sharing.services.opening import link_refuse

HEADERS = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
View = Callable[..., HttpResponseBase]


class WrongTokens(SimpleRateThrottle):
    """How many tokens that open nothing are answered an address; those that do are never held up, so that guessing
    behind a shared address does not shut out its neighbours."""

    scope = "share-wrong-token"
    rate = "30/min"

    def get_cache_key(self, request: Any, view: Any) -> str:
        """By the address that the connection comes from."""
        return f"{self.scope}:{request.META.get('REMOTE_ADDR', '')}"


class TooMany(AppError):
    """Too many wrong addresses from one place."""

    status = 429
    code = "too-many"
    title = "Too many tries"

    def __init__(self) -> None:
        super().__init__(
            "Too many wrong addresses were tried from here. Wait a minute, then open the link you were sent."
        )


def external(view: View) -> View:
    """A view of the share site: its answer is never kept, never indexed, and says nowhere where it came from."""

    @csrf_exempt
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _same_site_require(request)
            response = view(request, *args, **kwargs)
            if isinstance(response, HttpResponseNotAllowed):
                response = _not_allowed(request, response, kwargs.get("token", ""))
        except LinkGone as gone_error:
            response = _gone(request, gone_error)
        except AppError as error:
            response = _problem(request, error, kwargs.get("token", ""))
        for name, value in HEADERS.items():
            response[name] = value
        return response

    return cast(View, shown)


def link_of(request: HttpRequest, token: str) -> Link:
    """The link of a request.

    Raises:
        LinkGone: the token opens nothing; which of the reasons it is, nobody outside learns.
        TooMany: this address has tried too many that open nothing.
    """
    link = link_live(token)
    if link is not None:
        return link
    if not WrongTokens().allow_request(cast(Any, request), cast(Any, None)):
        raise TooMany
    if request.method == "POST":
        link_refuse(token=token)
    raise LinkGone


def session_in(request: HttpRequest, link: Link, session_id: UUID) -> PlaybackSession:
    """The live session of a link, for the browser that opened it.

    Raises:
        PlaybackOver: no key for it, closed, too old, or another link's.
    """
    session = session_of(request, session_id, lambda found: opening_is_live(link, found))
    if session.viewer_kind != ActorKind.RECIPIENT or not opening_is_live(link, session):
        raise PlaybackOver
    return session


def _same_site_require(request: HttpRequest) -> None:
    if request.method == "POST" and request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Forbidden("This form did not come from our page. Open the link you were sent and try again.")


def _problem(request: HttpRequest, error: AppError, token: str) -> HttpResponse:
    context = {"error": error, "page_title": error.title, "back": token}
    return render(request, "sharing/external/problem.html", context, status=error.status)


def _not_allowed(request: HttpRequest, refused: HttpResponseNotAllowed, token: str) -> HttpResponse:
    response = _problem(request, MethodNotAllowed(request.method or ""), token)
    response["Allow"] = refused["Allow"]
    return response


def _gone(request: HttpRequest, error: LinkGone) -> HttpResponse:
    context = {"error": error, "page_title": error.title, "force_name": settings.FORCE_NAME}
    return render(request, "sharing/external/gone.html", context, status=error.status)
