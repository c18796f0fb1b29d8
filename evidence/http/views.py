"""What every site serves to everybody, signed in or not."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe


@require_safe
@cache_control(public=True, max_age=3600)
def favicon(request: HttpRequest) -> HttpResponse:
    """The mark, where browsers look for it unasked: for answers that are no page and name no icon of their own."""
    return redirect(static("app/mark.svg"))
