"""Who gets through which door: every role, docks, tokens and nobody, at every endpoint; and only from our own page."""

from uuid import uuid4

import pytest
from django.test import Client

from evidence.fleet.models import Dock
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.ingest.models import Upload
from tests import factories
from tests.ingest.sending import CHUNK, Sender, dock_sender, metadata_header, page_sender, sha256

pytestmark = pytest.mark.django_db
CONTENT = b"bytes of a recording"
MAY = {
    Role.OFFICER: True, Role.SUPERVISOR: True, Role.INVESTIGATOR: True, Role.DISCLOSURE_OFFICER: True,
    Role.EVIDENCE_MANAGER: True, Role.PSD: True, Role.AUDITOR: False, Role.ADMINISTRATOR: False,
}  # fmt: skip
# every endpoint: method, path, status for its owner, for another sender, for one who may not send, for nobody
ENDPOINTS = {
    "announce": ("POST", "/tus/v1/", 201, 201, 403, 401),
    "ask": ("HEAD", "/tus/v1/{id}", 200, 403, 403, 401),
    "send": ("PATCH", "/tus/v1/{id}", 204, 403, 403, 401),
    "end": ("DELETE", "/tus/v1/{id}", 204, 403, 403, 401),
    "receipt": ("GET", "/tus/v1/{id}/receipt", 202, 403, 403, 401),
    "what became of it": ("GET", "/api/v1/uploads/{id}", 200, 403, 403, 401),
    "list": ("GET", "/api/v1/uploads", 200, 200, 200, 401),
    "keys": ("GET", "/api/v1/keys", 200, 200, 200, 200),
}


def asked(sender: Sender, name: str, upload: Upload) -> int:
    method, path = ENDPOINTS[name][:2]
    headers = {"upload_offset": "0", "upload_length": "20"}
    headers["upload_metadata"] = metadata_header(sha256=sha256(CONTENT))
    body = CONTENT if name == "send" else b""
    return sender.ask(method, path.format(id=upload.pk), body, CHUNK, **headers).status_code


def begun(sender: Sender) -> Upload:
    return Upload.objects.get(pk=sender.begun(CONTENT).rpartition("/")[2])


def test_every_role_is_in_the_table_and_every_endpoint_is():
    from django.urls import get_resolver

    assert set(MAY) == set(Role)
    tus = {str(entry.pattern) for entry in get_resolver("evidence.ingest.tus.urls").url_patterns}
    api = {str(entry.pattern) for entry in get_resolver("evidence.ingest.api_urls").url_patterns}
    listed = {path.replace("{id}", "<uuid:upload_id>") for _, path, *_ in ENDPOINTS.values()}
    assert {f"/tus/{path}" for path in tus - {"v1"}} | {f"/api/v1/{path}" for path in api} == listed


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("role", MAY)
def test_person_gets_what_their_role_and_ownership_give(role, name):
    owner, another, not_sender = ENDPOINTS[name][2:5]
    other = begun(dock_sender())
    person = page_sender(factories.person(role))
    if not MAY[role]:
        assert asked(_with_token(person), name, other) == not_sender
        return
    assert asked(person, name, begun(person)) == owner
    # the evidence manager looks after uploads that went wrong: reads every one, writes none
    if role == Role.EVIDENCE_MANAGER and name in {"receipt", "what became of it"}:
        another = owner
    assert asked(person, name, other) == another


def _with_token(sender: Sender) -> Sender:
    """Somebody who may not open the upload page has no token of it, but may have one of another page."""
    person = sender.client.get("/jobs/", headers={"host": "localhost"}).content.decode()
    token = person.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    assert token
    return Sender(sender.client, sender.host, {"x-csrftoken": token})


@pytest.mark.parametrize("name", ENDPOINTS)
def test_dock_gets_its_own_uploads_and_no_other(dock, name):
    owner, another = ENDPOINTS[name][2:4]
    assert asked(dock, name, begun(dock)) == owner
    assert asked(dock, name, begun(dock_sender())) == another


@pytest.mark.parametrize("host", ["localhost", "docks.localhost"])
@pytest.mark.parametrize("name", ENDPOINTS)
def test_nobody_gets_nothing_but_the_keys(dock, name, host):
    assert asked(Sender(Client(), host), name, begun(dock)) == ENDPOINTS[name][5]


def test_token_that_is_none_is_401_with_a_challenge(dock):
    response = Sender(Client(), "docks.localhost", {"authorization": "Bearer cty_wrong"}).create(CONTENT)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_dock_out_of_service_is_refused_at_once(dock):
    path = dock.begun(CONTENT)
    Dock.objects.update(is_active=False)
    assert dock.patch(path, CONTENT).status_code == 403
    assert dock.create(CONTENT).status_code == 403


def test_token_without_the_scope_is_refused(officer):
    token = token_make(owner_kind="person", owner_id=officer.id, label="reader", scopes=["read"])
    assert Sender(Client(), "localhost", {"authorization": f"Bearer {token}"}).create(CONTENT).status_code == 403


def test_persons_own_program_sends_with_a_token(officer):
    token = token_make(owner_kind="person", owner_id=officer.id, label="program", scopes=["upload"])
    sender = Sender(Client(), "localhost", {"authorization": f"Bearer {token}"})
    assert sender.sent(CONTENT).owner_id == officer.id


def test_tokens_work_on_the_site_of_their_audience_only(dock, officer):
    token = token_make(owner_kind="person", owner_id=officer.id, label="program", scopes=["upload"])
    assert Sender(dock.client, "localhost", dock.headers).create(CONTENT).status_code == 403
    person = Sender(Client(), "docks.localhost", {"authorization": f"Bearer {token}"})
    assert person.create(CONTENT).status_code == 403


def test_session_of_the_force_site_is_nobody_on_the_docks_site(person):
    assert Sender(person.client, "docks.localhost", person.headers).create(CONTENT).status_code == 401


def test_session_without_our_pages_token_is_refused(person):
    assert Sender(person.client, "localhost").create(CONTENT).status_code == 403
    assert Sender(person.client, "localhost", {"x-csrftoken": "x" * 64}).create(CONTENT).status_code == 403
    assert not Upload.objects.exists()


def test_other_sites_page_cannot_send_even_with_the_session(person):
    response = person.create(CONTENT, origin="https://elsewhere.example", sec_fetch_site="cross-site")
    assert response.status_code == 403


def test_override_of_the_method_does_not_get_around_the_token(person):
    path = person.begun(CONTENT)
    response = Sender(person.client, "localhost").ask("GET", path, x_http_method_override="DELETE")
    assert response.status_code == 403
    assert person.ask("HEAD", path).status_code == 200


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
def test_our_page_whose_session_ended_is_told_to_wait_so_that_it_can_go_on_after_sign_in(person, method):
    path = person.begun(CONTENT)
    person.client.cookies.clear()
    response = person.ask(method, path, b"", upload_offset="0", sec_fetch_site="same-origin")
    assert response.status_code == 423
    assert response["Retry-After"]


def test_evidence_manager_sees_what_became_of_any_upload_and_an_officer_sees_where_it_is(dock, person):
    manager = page_sender(factories.person(Role.EVIDENCE_MANAGER))
    answer = manager.ask("GET", f"/api/v1/uploads/{begun(dock).pk}").json()
    assert (answer["state"], answer["href"]) == ("open", "")


def test_unknown_upload_is_404_in_the_api(person):
    assert person.ask("GET", f"/api/v1/uploads/{uuid4()}").status_code == 404
