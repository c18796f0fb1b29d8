"""The upload page without script: files go through the spool and the one commit service; what one sent is listed."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence.identity.roles import Role
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording, State
from tests import factories
from tests.ingest.sending import page_sender, sha256

pytestmark = pytest.mark.django_db
CONTENT = b"a recording" * 1000


def posted(sender, *files, **fields):
    token = sender.headers["x-csrftoken"]
    data = {"csrfmiddlewaretoken": token, "recordings": list(files), "complete": "1", **fields}
    return sender.client.post("/upload", data, headers={"host": "localhost"})


def file(name: str, content: bytes = CONTENT) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "video/mp4")


def test_files_of_the_form_are_received_each_with_what_was_entered(person, officer, spool):
    response = posted(
        person, file("one.mp4"), file("empty.mp4", b""), camera="CAM-1", recorded_at="2026-06-01T19:04:31",
        officer=officer.collar_number, incident="CV-1",
    )  # fmt: skip
    assert (response.status_code, response["Location"]) == (302, "/upload")
    one, empty = Upload.objects.order_by("-length_bytes")
    assert (one.state, one.door, one.owner_id) == (UploadState.RECEIVED, "form", officer.id)
    assert one.metadata == {
        "filename": "one.mp4", "camera": "CAM-1", "officer": officer.collar_number, "incident": "CV-1",
        "recorded_at": "2026-06-01T19:04:31+01:00",
    }  # fmt: skip
    assert (spool / str(one.pk)).read_bytes() == CONTENT
    assert one.declared_sha256 == sha256(CONTENT)
    assert empty.length_bytes == 0
    assert upload_commit(upload=one).file.sha256 == sha256(CONTENT)


def test_form_without_a_file_says_so_and_makes_nothing(person):
    response = posted(person)
    assert response.status_code == 422
    assert "Choose at least one file." in response.content.decode()
    assert not Upload.objects.exists()


def test_form_that_was_cut_on_its_way_is_refused_and_leaves_no_bytes(person, spool):
    response = posted(person, file("cut.mp4"), complete="")
    assert response.status_code == 422
    assert "connection was lost" in response.content.decode()
    assert not Upload.objects.exists()
    assert list(spool.iterdir()) == []


def test_form_from_elsewhere_is_refused_and_leaves_no_bytes(person, spool):
    data = {"recordings": file("x.mp4"), "complete": "1"}
    assert person.client.post("/upload", data, headers={"host": "localhost"}).status_code == 403
    assert not Upload.objects.exists()
    assert not spool.exists() or list(spool.iterdir()) == []


def test_form_larger_than_is_taken_is_413_and_leaves_no_bytes(person, spool, settings):
    settings.UPLOAD_MAX_BYTES = 100
    assert posted(person, file("big.mp4")).status_code == 413
    assert list(spool.iterdir()) == []


def test_large_file_goes_to_the_spool_in_pieces_and_is_never_whole_in_memory(person, spool):
    import tracemalloc

    large = BytesIO(b"x" * (32 * 1024**2))
    large.name = "large.mp4"
    body, content_type = _encoded(person, large)
    tracemalloc.start()
    response = person.client.generic("POST", "/upload", body, content_type, headers={"host": "localhost"})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert response.status_code == 302
    assert peak < len(body) + 16 * 1024**2  # the test client holds the body once; the product a few pieces


def _encoded(person, large):
    from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

    data = {"csrfmiddlewaretoken": person.headers["x-csrftoken"], "recordings": large, "complete": "1"}
    return encode_multipart(BOUNDARY, data), MULTIPART_CONTENT


def test_page_tells_the_script_whose_files_it_keeps_and_for_how_long(person, officer, settings):
    html = person.shown.content.decode()
    assert f'data-person="{officer.id}"' in html
    assert f'data-expires-after-s="{settings.UPLOAD_EXPIRY_S}"' in html


def test_page_offers_the_script_its_addresses_and_the_form_its_last_field(person):
    html = person.shown.content.decode()
    assert 'data-endpoint="/tus/v1/"' in html
    assert 'data-status-url="/api/v1/uploads/{upload}"' in html
    assert html.rindex('name="complete"') > html.rindex('type="file"')
    assert "app/upload.mjs" in html


@pytest.mark.parametrize("role", Role)
def test_page_and_its_list_are_for_those_who_may_send(role):
    sender = page_sender(factories.person(role))
    expected = 403 if role in {Role.AUDITOR, Role.ADMINISTRATOR} else 200
    assert sender.shown.status_code == expected
    assert sender.client.get("/upload/sent", headers={"host": "localhost"}).status_code == expected


def test_page_without_sign_in_leads_to_it():
    response = Client().get("/upload", headers={"host": "localhost"})
    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/upload")
    assert Client().get("/upload/sent", headers={"host": "localhost"}).status_code == 302


def test_list_asks_again_while_something_moves_by_itself_and_no_longer(person):
    def asks(path="/upload/sent"):
        return "hx-get" in person.client.get(path, headers={"host": "localhost"}).content.decode()

    person.begun(CONTENT, filename="waits for its sender.mp4")
    assert not asks()
    upload = person.sent(CONTENT)
    assert asks()
    assert asks("/upload")
    upload_commit(upload=upload)
    assert asks()
    Recording.objects.update(state=State.NOT_PLAYABLE, state_reason="It is a text.")
    assert not asks()


def test_list_shows_own_uploads_with_state_hash_receipt_and_nothing_of_others(person, officer):
    mine = upload_commit(upload=person.sent(CONTENT, filename="<b>mine</b>.mp4"))
    page_sender(factories.person()).sent(b"theirs", filename="theirs.mp4")
    html = person.client.get("/upload", headers={"host": "localhost"}).content.decode()
    assert "&lt;b&gt;mine&lt;/b&gt;.mp4" in html
    assert "theirs.mp4" not in html
    assert sha256(CONTENT) in html
    assert f"/tus/v1/{mine.pk}/receipt" in html
    assert f"/recordings/{mine.file.recording_id}/" in html


def test_refused_upload_says_why_on_the_page(person):
    upload_commit(upload=person.sent(CONTENT, sha256=sha256(b"other")))
    html = person.client.get("/upload", headers={"host": "localhost"}).content.decode()
    assert "Nothing was sealed" in html


def test_followed_upload_goes_from_sent_to_checked_to_sealed_to_playable(person):
    def state():
        answer = person.ask("GET", f"/api/v1/uploads/{upload.pk}").json()
        return answer["state"], answer["href"]

    upload = person.sent(CONTENT)
    assert state() == ("received", "")
    Upload.objects.update(put={"is": "there"})
    assert state() == ("checked", "")
    Upload.objects.update(put=None)
    recording = upload_commit(upload=Upload.objects.get(pk=upload.pk)).file.recording
    assert state() == ("sealed", f"/recordings/{recording.pk}/")
    Recording.objects.update(state=State.PLAYABLE)
    assert state()[0] == "playable"
    Recording.objects.update(state=State.NOT_PLAYABLE, state_reason="It is a text.")
    answer = person.ask("GET", f"/api/v1/uploads/{upload.pk}").json()
    assert (answer["state"], answer["words"]) == ("not_playable", "It is a text.")


def test_long_list_goes_on_behind_a_link(person):
    for number in range(27):
        person.begun(CONTENT, filename=f"take-{number:02}.mp4")
    first = person.client.get("/upload", headers={"host": "localhost"}).content.decode()
    assert "take-26.mp4" in first
    assert "take-01.mp4" not in first
    query = first.partition('href="?after=')[2].partition('"')[0]
    assert "take-01.mp4" in person.client.get(f"/upload?after={query}", headers={"host": "localhost"}).content.decode()
