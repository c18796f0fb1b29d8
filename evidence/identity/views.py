"""Sign-in and sign-out. HTTP only; throttling is django-axes'."""

from typing import Any

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from evidence.identity.forms import SignInForm
from evidence.identity.middleware import SIGNED_IN_AT
from evidence.identity.models import Person
from evidence.identity.services import security_log

IDLE = "idle"


class SignInView(LoginView):
    """The sign-in page."""

    template_name = "identity/sign-in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    redirect_field_name = REDIRECT_FIELD_NAME
    extra_context = {"page_title": "Sign in"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`idle_minutes`: after how long without activity a page ended the session; None where it did not."""
        was_idle = self.request.GET.get("ended") == IDLE
        return super().get_context_data(idle_minutes=settings.SESSION_IDLE_S // 60 if was_idle else None, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        """Note the start of the session, for its absolute limit, and log it."""
        response = super().form_valid(form)
        self.request.session[SIGNED_IN_AT] = timezone.now().isoformat()
        person = self.request.user
        if isinstance(person, Person):
            security_log(kind="sign-in", person=person, address=self.request.META.get("REMOTE_ADDR"))
        return response

    def form_invalid(self, form: Form) -> HttpResponse:
        """Log a refused sign-in; the page says no more than that it did not work."""
        tried = str(form.data.get("username", ""))[:80]
        security_log(kind="sign-in:refused", detail=tried, address=self.request.META.get("REMOTE_ADDR"))
        return super().form_invalid(form)  # type: ignore[arg-type]


class SignOutView(LogoutView):
    """Ends the session, by POST only."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out and log it. A page that nobody uses any more signs out by itself, and says so."""
        if isinstance(request.user, Person):
            detail = "by the page, after no activity" if request.POST.get("ended") == IDLE else ""
            security_log(kind="sign-out", person=request.user, detail=detail, address=request.META.get("REMOTE_ADDR"))
        return super().post(request, *args, **kwargs)


@require_http_methods(["GET", "POST"])
def session_stay(request: HttpRequest) -> HttpResponse:
    """'Stay signed in': any request renews the idle limit; this one does nothing else.

    GET answers with the request token: a page that was open while somebody signed in anew has one of no use.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    if request.method == "POST":
        return HttpResponse(status=204)
    return JsonResponse({"token": get_token(request)}, headers={"Cache-Control": "no-store"})


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many refused sign-ins from here for this name."""
    security_log(kind="sign-in:locked-out", address=request.META.get("REMOTE_ADDR"))
    return render(request, "identity/locked-out.html", {"page_title": "Too many attempts"}, status=429)
