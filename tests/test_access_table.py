"""Every role against every endpoint. An endpoint that is in neither table here fails the test: nothing opens unseen.

The rows are in `access_rows`; `ELSEWHERE` there names tests of rooms that drive their endpoints through the roles.
"""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver

from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.recordings.models import Recording
from tests import factories
from tests.access_rows import ELSEWHERE, RESTRICTED, ROWS, Row
from tests.factories import Scene, client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROOT = Path(__file__).parent
SHARES = 6
"""Thousands of requests: in one test, all others would be done before it."""
REFUSED = {401, 403, 404, 410}


def routes(site: str) -> list[str]:
    """Every route of a site's URLconf, as it is written there."""

    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield route
            elif isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)

    return list(walk(import_module(settings.SITE_URLCONFS[site]).urlpatterns, ""))


EVERYWHERE = [(site, route) for site in settings.SITE_NAMES for route in routes(site)]


def cast(scene: Scene) -> dict[str, Person | None]:
    """The twelve people of the table."""
    roles = {
        "other-supervisor": Role.SUPERVISOR, "investigator": Role.INVESTIGATOR, "disclosure": Role.DISCLOSURE_OFFICER,
        "manager": Role.EVIDENCE_MANAGER, "psd": Role.PSD, "auditor": Role.AUDITOR, "administrator": Role.ADMINISTRATOR,
        "postless": None,
    }  # fmt: skip
    known = {"nobody": None, "own": scene.officer, "colleague": scene.colleague, "supervisor": scene.sergeant}
    return {**known, **{name: factories.person(role) for name, role in roles.items()}}


def address(route: str, ids: dict[str, object]) -> str:
    path = route
    for name, value in ids.items():
        for converter in ("uuid", "int", "str", "slug"):
            path = path.replace(f"<{converter}:{name}>", str(value))
    assert "<" not in path, path
    return f"/{path}"


def is_refused(answer: HttpResponseBase) -> bool:
    """Refused as a program or a page refuses: a status, or the way to sign in."""
    return answer.status_code in REFUSED or answer.get("Location", "").startswith(settings.LOGIN_URL)


def asked(client: Client, row: Row, ids: dict[str, Any]) -> HttpResponseBase:
    if "_cookie" in ids:
        name, value = ids["_cookie"]
        client.cookies[name] = value
    form = {"content_type": "application/json"} if row.is_json else {}
    headers = {"If-Match": '"1"'} if row.method == "patch" else {}
    path = address(row.route, {name: value for name, value in ids.items() if name != "_cookie"})
    answer: HttpResponseBase = getattr(client, row.method)(path, row.data, headers=headers, **form)
    return answer


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("is_restricted", [False, True], ids=["open", "restricted"])
def test_exactly_those_get_through_whose_role_says_so(is_restricted: bool, share: int, tmp_path: Path) -> None:
    scene = factories.scene(tmp_path)
    clients = {name: client_for(person) for name, person in cast(scene).items()}
    wrong = {}
    for row in ROWS[share::SHARES]:
        left = RESTRICTED.get(row.allowed, row.allowed) if row.restricted is None else row.restricted
        if is_restricted and left == row.allowed and row.restricted is None:
            continue  # whom a restriction leaves all that they had: told by the other run
        allowed = left if is_restricted else row.allowed
        through = set()
        for name, client in clients.items():
            Recording.objects.update(version=1, title="", is_restricted=is_restricted)
            answer = asked(client, row, row.ids(scene))
            assert answer.status_code < 500, (row, name, answer.status_code)
            if not is_refused(answer):
                through.add(name)
        if through != allowed:
            wrong[f"{row.method} /{row.route}"] = {"let in": through - allowed, "kept out": allowed - through}
    assert wrong == {}


def test_every_endpoint_is_in_a_table() -> None:
    own = {("force", row.route) for row in ROWS}
    missing = [
        (site, route)
        for site, route in EVERYWHERE
        if (site, route) not in own and not any(site == s and route.startswith(start) for s, start in ELSEWHERE)
    ]
    assert missing == []


def test_the_rooms_tables_that_are_named_here_exist() -> None:
    used = {
        path
        for (site, start), path in ELSEWHERE.items()
        if any(s == site and r.startswith(start) for s, r in EVERYWHERE)
    }
    absent = [path for path in sorted(used) if not (ROOT / path).is_file()]
    assert absent == []


PUBLISHED = ("log", "api/v1/log", "api/v1/log/consistency")
OPEN_TO_ALL = {
    ("force", "sign-in"), ("force", "sign-out"), ("force", "api/v1/keys"), ("docks", "api/v1/keys"),
    ("share", "robots.txt"), *((site, page) for site in ("force", "share", "public") for page in PUBLISHED),
    *((site, "favicon.ico") for site in settings.SITE_NAMES),
}  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_nobody_gets_through_anywhere_without_signing_in(method: str) -> None:
    """Whatever the endpoint and however it is asked: sent away, refused, or not there at all."""
    samples = {"uuid": str(uuid4()), "int": "1", "str": "video", "slug": "a" * 43}
    through = []
    for site, route in EVERYWHERE:
        if (site, route) in OPEN_TO_ALL:
            continue
        path = route
        for converter, value in samples.items():
            while f"<{converter}:" in path:
                begin = path.index(f"<{converter}:")
                path = path[:begin] + value + path[path.index(">", begin) + 1 :]
        answer = getattr(client_for(None, site=site), method)(f"/{path}", {}, content_type="application/json")
        # tus: a version of the protocol is asked for before anything else
        if not is_refused(answer) and answer.status_code not in {405, 412}:
            through.append((site, route, answer.status_code))
    assert through == []
