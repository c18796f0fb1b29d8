"""What every site has for everybody: the icon that browsers ask for unasked, and words where a method is not taken."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests import factories
from tests.factories import client_for

SITES = list(settings.SITE_NAMES)
SAMPLES = {"uuid": str(UUID(int=1)), "int": "1", "str": "video", "slug": "a" * 43}


def browser(site: str) -> Client:
    return Client(HTTP_HOST=settings.SITE_HOSTS[site][0])


def words(answer: HttpResponse) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def paths(site: str) -> Iterator[str]:
    """A sample of every address of a site, nothing behind which exists."""

    def walk(patterns: list[Any], before: str) -> Iterator[str]:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield "/" + re.sub(r"<(\w+):\w+>", lambda match: SAMPLES[match[1]], route)
            elif isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, route)

    yield from walk(get_resolver(settings.SITE_URLCONFS[site]).url_patterns, "")


@pytest.mark.parametrize("site", SITES)
def test_every_site_leads_a_browser_to_its_icon_without_signing_in_or_a_cookie(site):
    answer = browser(site).get("/favicon.ico")
    assert answer.status_code == 302
    assert not answer.cookies
    assert "public" in answer["Cache-Control"]
    icon = finders.find(answer["Location"].removeprefix(settings.STATIC_URL))
    assert icon is not None
    assert Path(icon).read_text().startswith("<svg")
    assert browser(site).post("/favicon.ico").status_code == 405


@pytest.mark.django_db
def test_every_address_of_the_force_that_only_takes_forms_says_so_on_a_page_when_it_is_opened():
    client = client_for(factories.person())
    refused = []
    for path in paths("force"):
        answer = client.get(path)
        if answer.status_code != 405 or path.startswith(("/api/", "/tus/", "/media/")):
            continue
        refused.append(path)
        assert "This cannot be done from here" in words(answer), path
        assert "Go back to the page with the button and use it there. Nothing was changed." in words(answer), path
        assert 'href="/"' in answer.content.decode(), path
        assert "POST" in answer["Allow"], path
    recording = f"/recordings/{SAMPLES['uuid']}/"
    assert {"/sign-out", f"{recording}share/new", f"{recording}restriction", f"{recording}access/add"} <= set(refused)


@pytest.mark.django_db
def test_a_page_that_is_sent_something_says_that_it_takes_nothing():
    answer = client_for(factories.person()).post(f"/recordings/{SAMPLES['uuid']}/copies")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET"
    assert "takes nothing that is sent to it" in words(answer)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/api/v1/recordings", "delete"),
        (f"/media/{SAMPLES['uuid']}/close", "get"),
        (f"/media/{SAMPLES['uuid']}/watched/1", "get"),
    ],
)
def test_a_program_is_told_of_a_wrong_method_by_a_problem_document(path, method):
    answer = getattr(client_for(factories.person()), method)(path)
    assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json")
    assert answer.json()["code"] == "method-not-allowed"
    assert answer["Allow"]


@pytest.mark.django_db
def test_the_share_site_says_so_too_and_leads_back_to_the_link_whatever_its_token_is_worth():
    token = "a" * 43
    answer = browser("share").get(f"/{token}/code")
    assert answer.status_code == 405
    assert answer["Allow"] == "POST"
    assert "Go back to the page with the button" in words(answer)
    assert f'href="/{token}/"' in answer.content.decode()
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["Cache-Control"] == "private, no-store"
