"""How many refused sign-ins are too many: django-axes' count for a name from one address, and two wider ones of ours.

The wider ones stop one password tried on many names from an address, and many addresses trying one name. What a
newcomer would get wrong: as lockout parameters of axes they would share its one limit, any good sign-in would reset
them, and a station behind one proxy could be locked out by a single attacker. So they do not hold for who has signed
in from that address before; the narrow count holds for everybody.
"""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from django.utils import timezone

from evidence.identity.models import SecurityEntry, SecurityKind

Credentials = Mapping[str, Any] | None


def name_tried(request: HttpRequest, credentials: Credentials = None) -> str:
    """The sign-in name that is tried, in the one spelling that counts: the sign-in itself knows no capitals either."""
    typed = (credentials or request.POST).get("username") or ""
    return unicodedata.normalize("NFKC", str(typed)).strip().casefold()


class SignInThrottle(AxesDatabaseHandler):  # type: ignore[misc]
    """Axes' own count, then by address and by name."""

    def is_locked(self, request: HttpRequest, credentials: Credentials = None) -> bool:
        """Whether this sign-in is refused unseen."""
        if super().is_locked(request, credentials):
            return True
        name, address = name_tried(request, credentials), request.META.get("REMOTE_ADDR")
        is_crowded = (
            _refused(request, ip_address=address) >= settings.SIGN_IN_ADDRESS_LIMIT
            or _refused(request, username=name) >= settings.SIGN_IN_NAME_LIMIT
        )
        return is_crowded and not _is_known(name, address)


def _refused(request: HttpRequest, **where: str | None) -> int:
    """Refused sign-ins within the cooling-off time; those of somebody who got in after mistyping are taken off."""
    since = timezone.now() - get_cool_off(request)
    recent = AccessAttempt.objects.filter(attempt_time__gte=since, **where)
    return int(recent.aggregate(count=Sum("failures_since_start"))["count"] or 0)


def _is_known(name: str, address: str | None) -> bool:
    """Whether the owner of this name has signed in from this address lately."""
    since = timezone.now() - timedelta(days=settings.SIGN_IN_KNOWN_DAYS)
    return SecurityEntry.objects.filter(
        kind=SecurityKind.SIGN_IN, person__username__iexact=name, address=address, at__gte=since
    ).exists()
