"""The status page: how the vault, the custody record and the work in the background stand."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from evidence.audit.status_policy import status_require
from evidence.audit.status_record import status_now
from evidence.identity.access import signed_in
from evidence.identity.middleware import who_of


@signed_in
@require_GET
@never_cache
def status(request: HttpRequest) -> HttpResponse:
    """Every matter in words, what is wrong first."""
    status_require(who_of(request))
    return render(request, "audit/status.html", {"status": status_now(), "at": timezone.now()})
