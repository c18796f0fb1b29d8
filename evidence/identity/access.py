"""Who gets past the door of a view: `signed_in`. What they may do inside is their room's policy to say.

Works on function views and on class-based views. A newcomer's trap: an API class needs none of this, DRF's
`IsAuthenticated` is its default.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import method_decorator
from django_htmx.http import HttpResponseClientRedirect

from evidence.http.problem import problem_response, wants_problem
from evidence.identity.errors import SignInNeeded
from evidence.identity.middleware import who_of

View = TypeVar("View", bound=Callable[..., Any])


def signed_in(view: View) -> View:
    """Let only signed-in people through: others are sent to sign in and come back to the page they wanted.

    A program's path answers 401 problem+json instead, and a part of a page loaded by htmx sends the whole page away.
    """
    if isinstance(view, type):
        return cast(View, method_decorator(signed_in, name="dispatch")(view))

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if who_of(request).is_person:
            return cast(HttpResponseBase, view(request, *args, **kwargs))
        return _sent_away(request)

    return cast(View, guarded)


def _sent_away(request: HttpRequest) -> HttpResponseBase:
    if wants_problem(request):
        refused = problem_response(SignInNeeded())
        refused["WWW-Authenticate"] = 'Bearer realm="continuity"'
        return refused
    if request.headers.get("HX-Request") == "true":
        return HttpResponseClientRedirect(settings.LOGIN_URL)
    # what was to be sent is lost with the session: come back to the start rather than to a form's target
    wanted = request.get_full_path() if request.method in {"GET", "HEAD"} else settings.LOGIN_REDIRECT_URL
    return redirect_to_login(wanted, settings.LOGIN_URL)
