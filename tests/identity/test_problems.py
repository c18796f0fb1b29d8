"""Errors of programs' paths: one shape, whoever raised them."""

import pytest
from django.test import Client

from tests.identity import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.SITE_URLCONFS = dict.fromkeys(settings.SITE_NAMES, "tests.identity.pages")


@pytest.fixture
def someone():
    return people.person()


@pytest.fixture
def client(someone):
    client = people.signed_in(someone)
    client.raise_request_exception = False
    return client


def problem(answer, status, code):
    body = answer.json()
    assert answer.status_code == body["status"] == status
    assert answer["Content-Type"] == "application/problem+json"
    assert body["code"] == code
    assert body["type"] == f"urn:continuity:problem:{code}"
    assert body["title"]
    assert body["detail"]
    assert body["request"] == answer["X-Request-Id"]
    return body


def test_an_address_that_does_not_exist(client):
    problem(client.get("/api/v1/nothing-here"), 404, "not-found")
    problem(client.get("/tus/v1/nothing-here"), 404, "not-found")


def test_what_a_view_cannot_find(client):
    problem(client.get("/api/v1/missing"), 404, "not-found")


def test_a_stranger(client):
    body = problem(Client().get("/api/v1/faulty"), 401, "not-authenticated")
    assert "traceback" not in str(body).lower()


def test_a_refusal(client):
    problem(client.get("/api/v1/refused"), 403, "denied")


def test_our_own_error_with_faults_and_members_of_its_own(client):
    body = problem(client.get("/api/v1/faulty"), 409, "conflict")
    assert body["retry"] is True
    assert body["errors"] == [
        {"pointer": "/start", "code": "too-early", "detail": "It starts before the recording."}
    ]  # fmt: skip


def test_a_method_that_does_not_exist(client):
    problem(client.get("/api/v1/faulty").client.delete("/api/v1/faulty"), 405, "method-not-allowed")


def test_a_crash_says_nothing_about_its_cause(client):
    body = problem(client.get("/api/v1/crash"), 500, "crashed")
    assert "ZeroDivision" not in str(body)


def test_a_form_from_elsewhere(someone):
    strict = people.signed_in(someone, enforce_csrf_checks=True)
    problem(strict.post("/api/v1/refused"), 403, "csrf")
    problem(strict.post("/api/v1/faulty"), 403, "permission-denied")
    assert strict.post("/session/stay").status_code == 403


@pytest.mark.parametrize(("address", "status"), [("/nothing", 404), ("/forbidden", 403), ("/crash", 500)])
def test_the_same_errors_are_pages_for_people(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")
    assert "ZeroDivision" not in answer.content.decode()
