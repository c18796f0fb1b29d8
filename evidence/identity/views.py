"""Sign-in and sign-out. HTTP only; throttling is django-axes'."""

from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import LoginView, LogoutView
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from evidence.identity.forms import SignInForm
from evidence.identity.middleware import SIGNED_IN_AT
from evidence.identity.models import Person
from evidence.identity.services import security_log


class SignInView(LoginView):
    """The sign-in page."""

    template_name = "identity/sign-in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    redirect_field_name = REDIRECT_FIELD_NAME
    extra_context = {"page_title": "Sign in"}

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
        """Sign out and log it."""
        if isinstance(request.user, Person):
            security_log(kind="sign-out", person=request.user, address=request.META.get("REMOTE_ADDR"))
        return super().post(request, *args, **kwargs)


@require_POST
def session_stay(request: HttpRequest) -> HttpResponse:
    """'Stay signed in': any request renews the idle limit; this one does nothing else."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)


def locked_out(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many refused sign-ins from here for this name."""
    security_log(kind="sign-in:locked-out", address=request.META.get("REMOTE_ADDR"))
    return render(request, "identity/locked-out.html", {"page_title": "Too many attempts"}, status=429)
