"""Addresses for tests of the door: identity's own, and pages behind them that say who came in or go wrong."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views import View
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.custody.parties import Subject
from evidence.custody.verbs import Verb
from evidence.http.errors import Conflict, Fault
from evidence.identity.access import signed_in
from evidence.identity.authentication import who_asks
from evidence.identity.errors import Denied
from evidence.identity.middleware import who_of


@signed_in
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(who_of(request).actor.name)


@signed_in
class PageView(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(who_of(request).actor.name)

    post = get


def refused(request: HttpRequest) -> HttpResponse:
    raise Denied(
        "You may not download this.", actor=who_of(request).actor, verb=Verb.ACCESS_DENIED,
        subject=Subject(kind="recording", id=who_of(request).id), right="download", rule="no-rule", is_hidden=False,
    )  # fmt: skip


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def crash_saying(request: HttpRequest, token: str) -> HttpResponse:
    raise KeyError(f"No address for {{'token': '{token}'}}")


def crash(request: HttpRequest, token: str = "") -> HttpResponse:
    raise ZeroDivisionError


class FaultyView(APIView):
    def get(self, request):
        faults = (Fault("/start", "too-early", "It starts before the recording."),)
        raise Conflict("Not now. Try later.", faults=faults, retry=True)

    def post(self, request):
        return Response({"name": who_asks(request).actor.name})


class MissingView(APIView):
    def get(self, request):
        raise Http404


urlpatterns = [
    path("", include("evidence.identity.urls")),
    path("page", page),
    path("class-page", PageView.as_view()),
    path("media/thing", page),
    path("refused", refused),
    path("forbidden", forbidden),
    path("crash", crash),
    path("<slug:token>/crash", crash),
    path("<slug:token>/crash-saying", crash_saying),
    path("<slug:token>/form", page),
    path("api/v1/crash", crash),
    path("api/v1/refused", refused),
    path("api/v1/faulty", FaultyView.as_view()),
    path("api/v1/missing", MissingView.as_view()),
]
handler400 = "evidence.http.error_views.bad_request"
handler403 = "evidence.http.error_views.denied"
handler404 = "evidence.http.error_views.not_found"
handler500 = "evidence.http.error_views.crashed"
