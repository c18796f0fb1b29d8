"""What the shell of every page shows: navigation by right, who is signed in, and when the session ends."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from evidence.identity.roles import Role
from evidence.identity.who import NOBODY, Who

NAVIGATION: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("My queue", "/", ()),
    ("Find", "/recordings/", ()),
    ("Upload", "/upload", tuple(role for role in Role if role not in {Role.AUDITOR, Role.ADMINISTRATOR})),
    ("Cases", "/cases/", ()),
    ("Jobs", "/jobs/", ()),
    ("Audit", "/audit/", (Role.AUDITOR, Role.PSD, Role.EVIDENCE_MANAGER)),
    ("Status", "/status", (Role.ADMINISTRATOR, Role.EVIDENCE_MANAGER, Role.AUDITOR)),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of `base.html`. `nav` items: label, href, active."""
    who: Who = getattr(request, "who", NOBODY)
    path = request.path_info
    return {
        "who": who,
        "nav": [
            {"label": label, "href": href, "active": path == href or (href != "/" and path.startswith(href))}
            for label, href, roles in NAVIGATION
            if who.is_person and (not roles or who.has(*roles))
        ],
        "force_name": settings.FORCE_NAME,
        "session_idle_s": settings.SESSION_IDLE_S,
        "marking": "OFFICIAL-SENSITIVE",
    }
