"""tus 1.0.0, rule by rule: what is answered, and what is in the spool and in the row afterwards."""

import sqlite3
import zlib
from base64 import b64encode
from datetime import timedelta
from email.utils import parsedate_to_datetime
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from evidence.ingest.models import Upload, UploadState
from evidence.ingest.queries import bytes_to_come
from evidence.ingest.services import uploads_sweep
from evidence.ingest.spool import reserve_bytes
from evidence.jobs.models import Job
from tests.ingest.sending import CHUNK, checksum, dock_sender, metadata_header, path_of, sha256, upload_at

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 40
SHA = sha256(CONTENT)
HALF = len(CONTENT) // 2


def told(**more: str) -> str:
    return metadata_header(sha256=SHA, **more)


# what is wrong with an announcement, its headers, status, code
REFUSED_ANNOUNCEMENTS = {
    "no version": ({"tus_resumable": None}, 412, "tus-version"),
    "another version": ({"tus_resumable": "0.2.2"}, 412, "tus-version"),
    "no length": ({"upload_length": None}, 400, "upload-invalid"),
    "length that is no number": ({"upload_length": "many"}, 400, "upload-invalid"),
    "negative length": ({"upload_length": "-1"}, 400, "upload-invalid"),
    "length and deferred length": ({"upload_defer_length": "1"}, 400, "upload-invalid"),
    "deferred length, which is not offered": (
        {"upload_length": None, "upload_defer_length": "1"},
        400,
        "upload-invalid",
    ),
    "concatenation, which is not offered": ({"upload_concat": "partial"}, 400, "upload-invalid"),
    "more than is taken": ({"upload_length": str(6 * 1024**4)}, 413, "upload-too-large"),
    "a length beyond every number": ({"upload_length": "9" * 30}, 413, "upload-too-large"),
    "metadata that is not base64": ({"upload_metadata": "filename ***"}, 400, "upload-invalid"),
    "metadata with the same key twice": ({"upload_metadata": f"{told()},{told()}"}, 400, "upload-invalid"),
    "metadata with an empty key": ({"upload_metadata": f"{told()}, "}, 400, "upload-invalid"),
    "no SHA-256 from a dock": ({"upload_metadata": metadata_header(filename="a.mp4")}, 400, "upload-invalid"),
    "a SHA-256 that is none": ({"upload_metadata": metadata_header(sha256="abc")}, 400, "upload-invalid"),
    "a size that is not the length": ({"upload_metadata": told(size="7")}, 400, "upload-invalid"),
    "a size of 5000 figures": ({"upload_metadata": told(size="9" * 5000)}, 400, "upload-invalid"),
    "a checksum algorithm we do not offer": ({"upload_checksum": "crc64 AAAA"}, 400, "upload-invalid"),
}


@pytest.mark.parametrize("wrong", REFUSED_ANNOUNCEMENTS)
def test_announcement_that_breaks_a_rule_is_refused_with_a_problem_and_makes_nothing(dock, spool, wrong):
    headers, status, code = REFUSED_ANNOUNCEMENTS[wrong]
    response = dock.create(CONTENT, **headers)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert response["Tus-Resumable"] == "1.0.0"
    assert ("Tus-Version" in response) == (status == 412)
    assert not Upload.objects.exists()
    assert not spool.exists() or not any(spool.iterdir())


def test_options_tells_what_is_offered_and_needs_neither_version_nor_sign_in(dock, settings):
    response = dock.ask("OPTIONS", "/tus/v1/", content_type="", tus_resumable=None, authorization=None)
    assert response.status_code == 200
    assert response["Tus-Version"] == "1.0.0"
    assert response["Tus-Extension"] == "creation,creation-with-upload,checksum,expiration,termination"
    assert response["Tus-Max-Size"] == str(settings.UPLOAD_MAX_BYTES)
    assert response["Tus-Checksum-Algorithm"] == "sha1,sha256,md5,crc32"


def test_creation_answers_201_with_an_absolute_address_the_offset_and_the_expiry(dock, settings):
    response = dock.create(CONTENT)
    assert response.status_code == 201
    assert response["Location"].startswith("http://docks.localhost/tus/v1/")
    assert response["Upload-Offset"] == "0"
    left = parsedate_to_datetime(response["Upload-Expires"]) - timezone.now()
    assert abs(left.total_seconds() - settings.UPLOAD_EXPIRY_S) < 5


def test_address_without_a_slash_at_the_end_announces_too(dock):
    usual = {"upload_length": "5", "upload_metadata": metadata_header(sha256=SHA)}
    assert dock.ask("POST", "/tus/v1", b"", "", **usual).status_code == 201


def test_empty_file_is_complete_with_its_announcement(dock):
    path = dock.begun(b"")
    upload = upload_at(path)
    assert upload.state == UploadState.RECEIVED
    assert Job.objects.get(kind="ingest.commit").subject_id == upload.pk
    assert dock.ask("HEAD", path)["Upload-Length"] == "0"


def test_creation_with_upload_keeps_the_bytes_that_came_with_it(dock):
    response = dock.create(CONTENT, body=CONTENT[:HALF])
    assert response.status_code == 201
    assert response["Upload-Offset"] == str(HALF)
    path = path_of(response)
    assert dock.patch(path, CONTENT[HALF:], at=HALF).status_code == 204
    assert upload_at(path).state == UploadState.RECEIVED


def test_creation_with_upload_of_the_whole_file_is_received(dock, spool):
    path = path_of(dock.create(CONTENT, body=CONTENT, upload_checksum=checksum("sha256", CONTENT)))
    assert upload_at(path).state == UploadState.RECEIVED
    assert (spool / path.rpartition("/")[2]).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [(CONTENT + b"x", {}, 413), (CONTENT, {"upload_checksum": checksum("sha1", b"other")}, 460)],
)
def test_creation_whose_bytes_are_refused_leaves_no_upload_that_nobody_knows_of(dock, spool, body, headers, status):
    assert dock.create(CONTENT, body=body, **headers).status_code == status
    assert not Upload.objects.filter(state=UploadState.OPEN).exists()


def test_body_of_an_announcement_under_another_type_is_refused(dock):
    usual = {"upload_length": "5", "upload_metadata": metadata_header(sha256=SHA)}
    assert dock.ask("POST", "/tus/v1/", b"12345", "application/octet-stream", **usual).status_code == 415


def test_head_tells_offset_length_and_metadata_as_sent_and_is_never_cached(dock):
    path = dock.begun(CONTENT, officer="4312")
    dock.patch(path, CONTENT[:100])
    response = dock.ask("HEAD", path)
    assert response.status_code == 200
    assert response["Upload-Offset"] == "100"
    assert response["Upload-Length"] == str(len(CONTENT))
    assert response["Upload-Metadata"] == metadata_header(filename="shift.mp4", sha256=SHA, officer="4312")
    assert response["Cache-Control"] == "no-store"
    assert "Upload-Expires" in response


def test_head_still_answers_for_a_finished_upload(dock):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT)
    response = dock.ask("HEAD", path)
    assert response.status_code == 200
    assert response["Upload-Offset"] == response["Upload-Length"] == str(len(CONTENT))
    assert "Upload-Expires" not in response


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
def test_upload_that_never_was_is_404_without_an_offset(dock, method):
    response = dock.ask(method, f"/tus/v1/{uuid4()}", upload_offset="0")
    assert response.status_code == 404
    assert "Upload-Offset" not in response


def test_patch_moves_the_offset_and_the_bytes_lie_in_the_spool(dock, spool):
    path = dock.begun(CONTENT)
    response = dock.patch(path, CONTENT[:HALF])
    assert response.status_code == 204
    assert response["Upload-Offset"] == str(HALF)
    assert (spool / path.rpartition("/")[2]).read_bytes() == CONTENT[:HALF]
    assert upload_at(path).offset_bytes == HALF
    assert dock.patch(path, CONTENT[HALF:], at=HALF)["Upload-Offset"] == str(len(CONTENT))


def test_last_byte_makes_the_upload_received_and_asks_for_the_commit_once(dock):
    upload = dock.sent(CONTENT)
    assert upload.state == UploadState.RECEIVED
    assert upload.received_at is not None
    assert Job.objects.filter(key=f"ingest:{upload.pk}", queue="ingest").count() == 1


# what is wrong with a chunk, its headers, body, status
REFUSED_CHUNKS = {
    "another content type": ({"content_type": "application/octet-stream"}, b"1234", 415),
    "no offset": ({"upload_offset": None}, b"1234", 400),
    "an offset that is no number": ({"upload_offset": "x"}, b"1234", 400),
    "an offset before the right one": ({"upload_offset": "50"}, b"1234", 409),
    "an offset behind the right one": ({"upload_offset": "150"}, b"1234", 409),
    "more bytes than announced": ({"upload_offset": "100"}, CONTENT, 413),
    "an unknown checksum algorithm": ({"upload_offset": "100", "upload_checksum": "crc64 AAAA"}, b"1234", 400),
    "a checksum that is not base64": ({"upload_offset": "100", "upload_checksum": "sha1 !!"}, b"1234", 400),
    "a checksum of other bytes": ({"upload_offset": "100", "upload_checksum": checksum("md5", b"x")}, b"1234", 460),
    "another version": ({"upload_offset": "100", "tus_resumable": "2.0.0"}, b"1234", 412),
}


@pytest.mark.parametrize("wrong", REFUSED_CHUNKS)
def test_chunk_that_breaks_a_rule_is_refused_and_nothing_is_written(dock, wrong):
    headers, body, status = REFUSED_CHUNKS[wrong]
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    response = dock.ask("PATCH", path, body, **{"content_type": CHUNK, **headers})
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.get("Upload-Offset") == ("100" if status == 409 else None)
    assert dock.offset(path) == 100
    assert dock.patch(path, CONTENT[100:], at=100).status_code == 204
    assert upload_at(path).state == UploadState.RECEIVED


@pytest.mark.parametrize("name", ["sha1", "sha256", "md5"])
def test_chunk_with_the_right_checksum_is_kept(dock, name):
    path = dock.begun(CONTENT)
    assert dock.patch(path, CONTENT[:HALF], upload_checksum=checksum(name, CONTENT[:HALF])).status_code == 204
    assert dock.offset(path) == HALF


def test_crc32_is_four_bytes_most_significant_first(dock):
    path = dock.begun(CONTENT)
    crc = b64encode(zlib.crc32(CONTENT).to_bytes(4, "big")).decode()
    assert dock.patch(path, CONTENT, upload_checksum=f"crc32 {crc}").status_code == 204


def test_empty_chunk_at_the_right_place_changes_nothing(dock):
    path = dock.begun(CONTENT)
    assert dock.patch(path, b"")["Upload-Offset"] == "0"
    dock.patch(path, CONTENT)
    assert dock.patch(path, b"", at=len(CONTENT)).status_code == 204
    assert dock.patch(path, b"x", at=len(CONTENT)).status_code == 413


def test_method_override_counts_more_than_the_request_line(dock):
    path = dock.begun(CONTENT)
    response = dock.ask("POST", path, CONTENT, upload_offset="0", x_http_method_override="PATCH")
    assert response.status_code == 204
    assert dock.ask("GET", path, x_http_method_override="HEAD")["Upload-Offset"] == str(len(CONTENT))


@pytest.mark.parametrize(("method", "path"), [("GET", "/tus/v1/"), ("PATCH", "/tus/v1/"), ("GET", "{}"), ("PUT", "{}")])
def test_method_that_means_nothing_is_405_with_those_that_do(dock, method, path):
    response = dock.ask(method, path.format(dock.begun(CONTENT)))
    assert response.status_code == 405
    assert "PATCH" in response["Allow"]


def test_termination_ends_an_unfinished_upload_and_drops_its_bytes(dock, spool, django_capture_on_commit_callbacks):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    with django_capture_on_commit_callbacks(execute=True):
        assert dock.ask("DELETE", path).status_code == 204
    assert list(spool.iterdir()) == []
    for method in ("HEAD", "PATCH", "DELETE"):
        response = dock.ask(method, path, b"", upload_offset="100")
        assert response.status_code == 410
        assert "Upload-Offset" not in response


def test_finished_upload_cannot_be_terminated(dock):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT)
    assert dock.ask("DELETE", path).status_code == 403
    assert upload_at(path).state == UploadState.RECEIVED


def test_expired_upload_is_gone_before_and_after_the_sweep(dock, spool, django_capture_on_commit_callbacks):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert dock.ask("HEAD", path).status_code == 410
    with django_capture_on_commit_callbacks(execute=True):
        assert uploads_sweep() == 1
    assert upload_at(path).state == UploadState.EXPIRED
    assert dock.patch(path, CONTENT[100:], at=100).status_code == 410
    assert list(spool.iterdir()) == []


def test_expiry_moves_on_with_every_chunk(dock):
    path = dock.begun(CONTENT)
    Upload.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    dock.patch(path, CONTENT[:100])
    assert upload_at(path).expires_at > timezone.now() + timedelta(days=1)


@pytest.mark.parametrize(("method", "suffix"), [("HEAD", ""), ("PATCH", ""), ("DELETE", ""), ("GET", "/receipt")])
def test_upload_of_another_sender_is_403_and_the_attempt_is_in_the_record(dock, method, suffix):
    from evidence.custody.models import Event

    path = dock.begun(CONTENT)
    response = dock_sender().ask(method, path + suffix, b"", upload_offset="0")
    assert response.status_code == 403
    assert Event.objects.get(verb="upload:access:denied").subject_id == upload_at(path).pk
    assert upload_at(path).state == UploadState.OPEN


def test_confirmed_bytes_that_are_gone_from_the_disc_are_told_as_gone(dock, spool):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    (spool / path.rpartition("/")[2]).unlink()
    response = dock.patch(path, CONTENT[100:], at=100)
    assert response.status_code == 410
    assert "from its start" in response.json()["detail"]


def test_unconfirmed_bytes_behind_the_offset_are_cut_off_before_writing_on(dock, spool):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    with (spool / path.rpartition("/")[2]).open("ab") as file:
        file.write(b"never confirmed")
    dock.patch(path, CONTENT[100:200], at=100)
    assert (spool / path.rpartition("/")[2]).read_bytes() == CONTENT[:200]


def test_spool_is_ours_alone(dock, spool):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:100])
    assert spool.stat().st_mode & 0o777 == 0o700
    assert (spool / path.rpartition("/")[2]).stat().st_mode & 0o777 == 0o600


HOSTILE = ["../../etc/passwd", "a\nb.mp4", "evil\u202e4pm.exe", "x" * 300 + ".mp4", "nul\0.mp4", "..\\..\\boot.ini", ""]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_name_is_kept_as_data_and_never_becomes_a_path(dock, spool, name):
    upload = dock.sent(CONTENT, filename=name)
    assert upload.metadata["filename"] == name.replace("\0", "\ufffd")
    assert [path.name for path in spool.iterdir()] == [str(upload.pk)]


def test_metadata_that_is_no_text_is_marked_and_unknown_keys_are_kept(dock):
    latin = b64encode(b"caf\xe9").decode()
    raw = f"filename {latin},sha256 {b64encode(SHA.encode()).decode()},x-own MQ==,flag"
    upload = upload_at(path_of(dock.create(CONTENT, upload_metadata=raw)))
    assert upload.metadata == {"filename": "caf\ufffd", "sha256": SHA, "x-own": "1", "flag": ""}
    assert upload.raw_metadata == raw


def test_upload_that_brought_nothing_for_an_hour_keeps_no_room_from_others(dock):
    path = dock.begun(CONTENT)
    dock.patch(path, CONTENT[:HALF])
    assert bytes_to_come() == len(CONTENT) - HALF
    Upload.objects.update(expires_at=F("expires_at") - timedelta(minutes=61))
    assert bytes_to_come() == 0


def test_reserve_is_a_tenth_of_a_small_disc_two_gib_of_a_large_one_or_what_the_installation_says(settings):
    assert reserve_bytes(20 * 1024**2) == 2 * 1024**2
    assert reserve_bytes(100 * 1024**4) == 2 * 1024**3
    settings.SPOOL_RESERVE_BYTES = 7
    assert reserve_bytes(100 * 1024**4) == 7


@pytest.mark.parametrize("code", [{"sqlite_errorcode": sqlite3.SQLITE_FULL}, {"sqlstate": "53100"}])
def test_database_without_room_is_507_in_words(dock, monkeypatch, code):
    def full(*args: object, **kwargs: object) -> None:
        cause = Exception()
        vars(cause).update(code)
        raise OperationalError("no room") from cause

    path = dock.begun(CONTENT)
    monkeypatch.setattr(Upload, "save", full)
    assert dock.create(CONTENT).json()["code"] == "spool-full"
    monkeypatch.setattr("evidence.ingest.services.sending._confirm", full)
    response = dock.patch(path, CONTENT)
    assert (response.status_code, response.json()["code"]) == (507, "spool-full")
    monkeypatch.setattr("evidence.ingest.tus.senders.token_use", full)
    assert dock.ask("HEAD", path).status_code == 507
