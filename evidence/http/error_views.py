"""Pages and problem documents for what Django itself refuses: unknown pages, CSRF, crashes."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

from evidence.http.errors import AppError, Forbidden, MethodNotAllowed, NotFound
from evidence.http.problem import problem_response, wants_problem


def _answer(request: HttpRequest, error: AppError, template: str) -> HttpResponse:
    if wants_problem(request):
        return problem_response(error)
    return render(request, template, {"error": error, "page_title": error.title}, status=error.status)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was not ours, or the page was open longer than the session."""
    error = Forbidden("This page was open too long, or the form did not come from here. Go back, reload and try again.")
    error.code = "csrf"
    return _answer(request, error, "errors/csrf.html")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was sent cannot be read."""
    return _answer(
        request, AppError("The request could not be read. Check the address and try again."), "errors/400.html"
    )


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's own refusal."""
    return _answer(request, Forbidden("You cannot open this page."), "errors/403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none that this person may know of."""
    return _answer(request, NotFound("There is no such page. Check the address, or search."), "errors/404.html")


def not_allowed(request: HttpRequest, refused: HttpResponseNotAllowed) -> HttpResponse:
    """A page for Django's bare refusal of a method; `Allow` still says which are taken."""
    response = _answer(request, MethodNotAllowed(request.method or ""), "errors/405.html")
    response["Allow"] = refused["Allow"]
    return response


def crashed(request: HttpRequest) -> HttpResponse:
    """Something broke on our side."""
    error = AppError("Something went wrong on our side. Nothing was changed. Try again; if it stays, tell support.")
    error.status, error.code, error.title = 500, "crashed", "Sorry, there is a problem"
    return _answer(request, error, "errors/500.html")
