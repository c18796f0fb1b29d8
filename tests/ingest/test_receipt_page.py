"""A receipt as a person reads it: the same address, the same owner rule, a page for a browser and JSON for programs."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client

from evidence.custody.models import Event
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording
from tests import factories
from tests.ingest.sending import Sender, page_sender, sha256

pytestmark = pytest.mark.django_db
CONTENT = b"a recording" * 1000
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def read(sender: Sender, upload: Upload, query: str = "", **headers: str):
    given = {"host": sender.host, "accept": BROWSER, **headers}
    return sender.client.get(f"/tus/v1/{upload.pk}/receipt{query}", headers=given)


@pytest.fixture
def sealed(person) -> Upload:
    return upload_commit(upload=person.sent(CONTENT, filename="<b>shift</b>.mp4"))


def test_a_person_reads_what_was_sealed_when_by_which_key_and_how_to_check_it(person, sealed):
    answer = read(person, sealed)
    html = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "&lt;b&gt;shift&lt;/b&gt;.mp4" in html
    signed = sealed.receipt
    for shown in (
        sha256(CONTENT), "11000 bytes", signed["receipt"]["id"], signed["key_id"], signed["signature"],
        f"/recordings/{sealed.file.recording_id}/", sealed.owner_name, "How to check it", "sha256sum", "/api/v1/keys",
        "?download",
    ):  # fmt: skip
        assert shown.replace("+", "&#x2B;") in html or shown in html, shown
    assert answer["Cache-Control"] == "no-store"
    assert "Accept" in answer["Vary"]


def test_the_download_of_the_page_is_the_signed_document_itself(person, sealed):
    answer = read(person, sealed, "?download")
    assert answer["Content-Disposition"] == f'attachment; filename="receipt-{sealed.pk}.json"'
    signed = json.loads(answer.content)
    message = json.dumps(signed["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    known = {key["key_id"]: key["public_key"] for key in person.ask("GET", "/api/v1/keys").json()["keys"]}
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(known[signed["key_id"]]))
    public.verify(base64.b64decode(signed["signature"]), message)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain, */*", ""])
def test_programs_go_on_getting_json(person, sealed, accept):
    answer = read(person, sealed, accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json() == sealed.receipt
    assert "Content-Disposition" not in answer


def test_a_program_with_a_token_gets_json_whatever_it_says_it_takes(officer, sealed):
    token = token_make(owner_kind="person", owner_id=officer.id, label="program", scopes=["upload"])
    sender = Sender(Client(), "localhost")
    assert read(sender, sealed, authorization=f"Bearer {token}").json() == sealed.receipt


def test_a_dock_gets_json_whatever_it_says_it_takes(dock):
    upload = upload_commit(upload=dock.sent(CONTENT))
    assert read(dock, upload, **dock.headers).json() == upload.receipt


def test_a_file_that_is_not_sealed_yet_says_so(person):
    answer = read(person, person.sent(CONTENT))
    assert answer.status_code == 202
    assert "not sealed yet" in answer.content.decode()


def test_a_file_that_never_will_be_says_why_on_a_page(person):
    upload = upload_commit(upload=person.sent(CONTENT, sha256=sha256(b"other")))
    answer = read(person, upload)
    assert (answer.status_code, answer["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert "Nothing was sealed" in answer.content.decode()
    assert upload.state == UploadState.REFUSED


def test_only_the_sender_and_an_evidence_manager_read_it_and_others_are_recorded(sealed):
    another = read(page_sender(factories.person()), sealed)
    assert (another.status_code, another["Content-Type"]) == (403, "text/html; charset=utf-8")
    assert "begun by somebody else" in another.content.decode()
    assert Event.objects.filter(outcome="denied", subject_id=sealed.pk).count() == 1
    assert read(page_sender(factories.person(Role.AUDITOR)), sealed).status_code == 403
    assert read(page_sender(factories.person(Role.EVIDENCE_MANAGER)), sealed).status_code == 200


def test_whoever_may_not_know_of_the_recording_gets_no_link_to_it(person, sealed):
    Recording.objects.update(officer=None, unit=None, is_restricted=True)
    html = read(person, sealed).content.decode()
    assert "Open the recording" not in html
    assert sha256(CONTENT) in html


@pytest.mark.parametrize("query", ["", "?download"])
def test_a_stranger_with_a_browser_signs_in_and_comes_back(sealed, query):
    answer = read(Sender(Client(), "localhost"), sealed, query)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in?next=/tus/v1/{sealed.pk}/receipt{query.replace('?', '%3F')}"
    assert read(Sender(Client(), "localhost"), sealed, accept="*/*").status_code == 401
