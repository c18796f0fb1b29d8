"""Received bytes become a Master or are refused: what is sealed, whose it is, and what is said about every doubt."""

import base64
import json
import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from evidence.custody.canonical import canonical_bytes
from evidence.custody.models import Event
from evidence.http.templatetags.words import when
from evidence.identity.models import Post
from evidence.identity.roles import Role
from evidence.identity.services import post_give
from evidence.ingest.errors import ReceiptKeyMissing
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.services import upload_commit, uploads_sweep
from evidence.jobs.models import Job, JobState
from evidence.recordings.models import Recording
from evidence.vault.models import ObjectIntent, StoredObject
from evidence.vault.services import object_read
from tests import factories
from tests.ingest.sealed import CONTENT, committed, flagged, known, recording_of
from tests.ingest.sending import RECORDED_AT, page_sender, sha256

pytestmark = pytest.mark.django_db


def test_sealed_bytes_are_the_bytes_sent_and_the_spool_is_empty(dock, worn, spool, django_capture_on_commit_callbacks):
    upload = dock.sent(CONTENT, **known(camera="CAM-1"))
    with django_capture_on_commit_callbacks(execute=True):
        upload = upload_commit(upload=upload)
    assert upload.state == UploadState.SEALED
    stored = upload.file.stored
    assert b"".join(object_read(stored, 0, stored.size_bytes)) == CONTENT
    assert (stored.sha256, upload.sha256) == (sha256(CONTENT), sha256(CONTENT))
    assert list(spool.iterdir()) == []


def test_recording_says_who_when_where_from_and_prepares_itself(dock, worn, officer):
    upload = committed(dock, **known(camera="CAM-1", incident="CV-20431", recording="r1", part="1"))
    recording = recording_of(upload)
    assert recording.officer == officer
    assert recording.unit == Post.objects.get(person=officer).unit
    assert (recording.camera, recording.dock_id) == (worn, dock.dock.id)
    assert (recording.recorded_at, recording.recorded_at_source) == (RECORDED_AT, "declared")
    assert recording.incident_ref == "CV-20431"
    assert (recording.is_flagged, recording.flag_reason) == (False, "")
    assert Job.objects.get(kind="recording.prepare").key == f"prepare:{upload.file.id}"


def test_sealing_and_receipt_are_events_by_the_dock_in_one_act(dock, worn):
    upload = committed(dock, **known(camera="CAM-1"))
    events = Event.objects.filter(subject_id=upload.file.recording_id).order_by("subject_seq")
    assert [event.verb for event in events] == ["recording:master:sealed", "recording:receipt:issued"]
    assert len({event.act for event in events}) == 1
    assert {(event.actor_kind, event.actor_id) for event in events} == {("dock", dock.dock.id)}
    assert json.loads(bytes(events[0].body))["subject"]["files"][0]["sha256"] == sha256(CONTENT)


def test_committing_twice_makes_one_recording_one_receipt_one_event(dock, worn):
    upload = committed(dock, **known(camera="CAM-1"))
    again = upload_commit(upload=Upload.objects.get(pk=upload.pk))
    assert again.receipt == upload.receipt
    assert (Recording.objects.count(), StoredObject.objects.count()) == (1, 1)
    assert Event.objects.filter(verb="recording:receipt:issued").count() == 1


def test_two_commits_that_both_put_the_bytes_make_one_recording(dock, worn):
    upload = dock.sent(CONTENT, **known(camera="CAM-1"))
    slow = Upload.objects.get(pk=upload.pk)
    upload_commit(upload=upload)
    upload_commit(upload=slow)
    assert (Recording.objects.count(), StoredObject.objects.count()) == (1, 1)


# ---- what is doubtful is sealed and flagged


DOUBTS = {
    "camera nobody knows": (known(camera="CAM-99"), "not one of the force's list"),
    "officer nobody knows": (known(camera="CAM-1", officer="0000"), "officer that the sender named is not known"),
    "recorded in the future": (
        {"camera": "CAM-1", "recorded_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}, "in the future",
    ),
    "recorded long ago": (
        {"camera": "CAM-1", "recorded_at": (datetime.now(UTC) - timedelta(days=400)).isoformat()}, "more than a year",
    ),
    "no time": ({"camera": "CAM-1"}, "did not say when"),
    "a time that is none": ({"camera": "CAM-1", "recorded_at": "2026-13-45T99:00:00Z"}, "cannot be read"),
    "a time without a zone": ({"camera": "CAM-1", "recorded_at": f"{RECORDED_AT:%Y-%m-%dT%H:%M:%S}"}, "local time"),
    "a time before all cameras": ({"camera": "CAM-1", "recorded_at": "0001-01-01T00:00:00Z"}, "between 1970 and 2100"),
    "a time that its zone leads out of the calendar": (
        {"camera": "CAM-1", "recorded_at": "0001-01-01T00:00:00+14:00"}, "between 1970 and 2100",
    ),
    "a time after the last day": (
        {"camera": "CAM-1", "recorded_at": "9999-12-31T23:59:59-14:00"}, "between 1970 and 2100",
    ),
    "a local time at the edge": ({"camera": "CAM-1", "recorded_at": "0001-01-01T00:00:00"}, "between 1970 and 2100"),
    "a part of 5000 figures": (known(camera="CAM-1", part="9" * 5000), "part number"),
    "no camera from a dock": (known(), "did not say which camera"),
    "a part that is no number": (known(camera="CAM-1", part="first"), "part number"),
}  # fmt: skip


@pytest.mark.parametrize("doubt", DOUBTS)
def test_doubtful_recording_is_sealed_and_says_why_a_person_has_to_look(dock, worn, doubt):
    told, words = DOUBTS[doubt]
    assert words in flagged(committed(dock, **told))


def test_unreadable_time_becomes_the_time_of_receipt_and_says_so(dock, worn):
    upload = committed(dock, camera="CAM-1", recorded_at="yesterday")
    recording = recording_of(upload)
    assert (recording.recorded_at, recording.recorded_at_source) == (upload.received_at, "received")


def test_time_at_the_edge_of_the_calendar_leaves_the_officers_queue_in_order(dock, worn, officer):
    for told in ("0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2101-01-01T00:00:00Z"):
        upload = committed(dock, told.encode(), camera="CAM-1", officer=officer.collar_number, recorded_at=told)
        recording = recording_of(upload)
        assert (recording.recorded_at, recording.recorded_at_source) == (upload.received_at, "received")
    shown = page_sender(officer).client.get("/", headers={"host": "localhost"})
    assert shown.status_code == 200
    assert "between 1970 and 2100" in shown.content.decode()


@pytest.mark.parametrize(("year", "zone"), [(9999, "Pacific/Auckland"), (1, "America/New_York")])
def test_stored_time_that_has_no_place_in_the_zone_is_written_in_utc(year, zone):
    at = datetime(year, 12 if year > 1 else 1, 31 if year > 1 else 1, 23 if year > 1 else 0, 59, tzinfo=UTC)
    with timezone.override(zone):
        assert when(at).endswith(":59:00 UTC")


def test_fact_that_no_reader_can_bear_becomes_a_doubt_and_the_bytes_are_sealed(dock, worn, monkeypatch):
    def broken(text: str) -> None:
        raise RecursionError

    monkeypatch.setattr("evidence.ingest.metadata.parse_datetime", broken)
    assert "'recorded_at' cannot be read" in flagged(committed(dock, **known(camera="CAM-1")))


def test_officer_named_counts_more_than_who_had_the_camera(dock, worn):
    other = factories.person()
    assert recording_of(committed(dock, **known(camera="CAM-1", officer=other.collar_number))).officer == other
    assert recording_of(committed(dock, b"2", **known(camera="CAM-1", officer=str(other.id)))).officer == other


def test_unit_is_the_one_served_in_when_it_was_recorded_not_todays(dock, officer):
    old = Post.objects.get(person=officer)
    Post.objects.filter(pk=old.pk).update(until_at=RECORDED_AT + timedelta(hours=1))
    post_give(person=officer, unit=factories.unit(), role=Role.OFFICER, from_at=RECORDED_AT + timedelta(hours=1))
    assert recording_of(committed(dock, **known(officer=officer.collar_number))).unit == old.unit


def test_person_without_a_camera_uploads_their_own_recording(person, officer):
    recording = recording_of(committed(person, **known()))
    assert recording.officer == officer
    assert not recording.is_flagged


def test_officer_who_sends_in_a_colleagues_recording_has_a_person_look_at_it_a_supervisor_has_not(person):
    colleague = factories.person()
    assert "somebody other" in flagged(committed(person, **known(officer=colleague.collar_number)))
    sergeant = page_sender(factories.person(Role.SUPERVISOR))
    recording = recording_of(committed(sergeant, b"other", **known(officer=colleague.collar_number)))
    assert (recording.officer, recording.is_flagged) == (colleague, False)


# ---- what is not what it says


def test_file_whose_hash_lies_is_refused_in_words_kept_and_recorded(dock, worn, spool):
    upload = committed(dock, **known(camera="CAM-1", sha256=sha256(b"another file")))
    assert upload.state == UploadState.REFUSED
    assert "SHA-256" in upload.problem
    assert "Send it again" in upload.problem
    assert "Nothing was sealed" in upload.problem
    assert upload.sha256 == sha256(CONTENT)
    assert (spool / str(upload.pk)).read_bytes() == CONTENT
    event = Event.objects.get(verb="upload:file:refused")
    assert json.loads(bytes(event.body))["data"]["found"] == sha256(CONTENT)
    assert (Recording.objects.count(), StoredObject.objects.count()) == (0, 0)
    assert dock.ask("GET", f"/tus/v1/{upload.pk}/receipt").status_code == 409
    assert dock.ask("HEAD", f"/tus/v1/{upload.pk}").status_code == 200


def test_bytes_of_a_refused_upload_go_when_it_expires_and_not_before(dock, spool, monkeypatch):
    upload = committed(dock, sha256=sha256(b"another file"))
    monkeypatch.setattr("evidence.ingest.services.sweeping.LEFT_OVER_S", 0.0)
    assert uploads_sweep() == 0
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert uploads_sweep() == 1
    assert not (spool / str(upload.pk)).exists()
    assert Upload.objects.get(pk=upload.pk).state == UploadState.REFUSED


AS_THEY_ARE = {
    "empty": b"", "text named mp4": b"hello, I am a text\n", "playlist": b"#EXTM3U\n#EXTINF:1,\nneighbour.ts\n",
    "cut mp4": b"\0\0\0\x20ftypisom" + b"\0" * 600,
}  # fmt: skip


@pytest.mark.parametrize("content", AS_THEY_ARE.values(), ids=AS_THEY_ARE.keys())
def test_odd_file_is_sealed_as_it_is(dock, worn, content):
    upload = committed(dock, content, **known(camera="CAM-1", filename="video.mp4"))
    assert upload.state == UploadState.SEALED
    assert upload.file.sha256 == sha256(content)


def test_name_with_folders_loses_them_and_keeps_everything_else(dock):
    upload = committed(dock, **known(filename="../../etc/\u202epasswd\n.mp4"))
    assert upload.file.untrusted_filename == "\u202epasswd\n.mp4"


# ---- receipts


def signature_check(signed: dict, keys: list[dict]) -> None:
    """Raises InvalidSignature. As a dock does it: nothing of ours but the published key."""
    key = next(key for key in keys if key["key_id"] == signed["key_id"])
    assert key["algorithm"] == "Ed25519"
    message = json.dumps(signed["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key["public_key"]))
    public.verify(base64.b64decode(signed["signature"]), message)


def test_receipt_is_202_until_sealed_then_signed_over_canonical_bytes_with_a_published_key(dock, worn):
    upload = dock.sent(CONTENT, **known(camera="CAM-1"))
    waiting = dock.ask("GET", f"/tus/v1/{upload.pk}/receipt", tus_resumable=None)
    assert (waiting.status_code, waiting.json()["state"]) == (202, "received")
    upload = upload_commit(upload=upload)
    answer = dock.ask("GET", f"/tus/v1/{upload.pk}/receipt", tus_resumable=None)
    assert answer.status_code == 200
    signed = answer.json()
    keys = dock.ask("GET", "/api/v1/keys", authorization=None).json()["keys"]
    signature_check(signed, keys)
    receipt = signed["receipt"]
    assert set(receipt) == {"v", "id", "upload", "recording", "file", "sha256", "size", "sealed_at", "dock"}
    assert (receipt["sha256"], receipt["size"], receipt["dock"]) == (sha256(CONTENT), len(CONTENT), str(dock.dock.id))
    assert canonical_bytes(receipt) == json.dumps(receipt, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(InvalidSignature):
        signature_check({**signed, "receipt": {**receipt, "size": 1}}, keys)


def test_keys_are_published_on_both_sites_without_sign_in(dock, person):
    committed(dock, **known())
    for sender in (dock, person):
        answer = sender.ask("GET", "/api/v1/keys", authorization=None)
        assert [set(key) for key in answer.json()["keys"]] == [
            {"key_id", "algorithm", "use", "public_key", "first_used_at"}
        ]


def test_changed_key_signs_anew_and_old_receipts_can_still_be_checked(dock, settings, tmp_path):
    settings.RECEIPT_KEY_FILE = tmp_path / "first.pem"
    first = committed(dock, b"1", **known())
    settings.RECEIPT_KEY_FILE = tmp_path / "second.pem"
    second = committed(dock, b"2", **known())
    keys = dock.ask("GET", "/api/v1/keys").json()["keys"]
    assert first.receipt["key_id"] != second.receipt["key_id"]
    signature_check(first.receipt, keys)
    signature_check(second.receipt, keys)


def test_key_is_made_once_readable_by_us_alone(dock, settings, tmp_path):
    settings.RECEIPT_KEY_FILE = tmp_path / "keys" / "receipt.pem"
    committed(dock, b"1", **known())
    made = settings.RECEIPT_KEY_FILE.read_bytes()
    committed(dock, b"2", **known())
    assert settings.RECEIPT_KEY_FILE.read_bytes() == made
    assert settings.RECEIPT_KEY_FILE.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.RECEIPT_KEY_FILE.parent.iterdir()] == ["receipt.pem"]


@pytest.mark.parametrize("content", [None, b"not a key"])
def test_production_without_a_receipt_key_seals_nothing_and_keeps_the_bytes(dock, settings, tmp_path, spool, content):
    upload = dock.sent(CONTENT, **known())
    settings.IS_PRODUCTION, settings.RECEIPT_KEY_FILE = True, tmp_path / "receipt.pem"
    if content is not None:
        settings.RECEIPT_KEY_FILE.write_bytes(content)
    with pytest.raises(ReceiptKeyMissing):
        upload_commit(upload=upload)
    assert Upload.objects.get(pk=upload.pk).state == UploadState.RECEIVED
    assert (spool / str(upload.pk)).read_bytes() == CONTENT
    assert (Recording.objects.count(), ObjectIntent.objects.count()) == (0, 0)


# ---- the sweep


def test_received_upload_never_expires_and_is_asked_for_again_when_its_job_gave_up(dock, spool):
    upload = dock.sent(CONTENT, **known())
    past = timezone.now() - timedelta(days=30)
    Upload.objects.update(expires_at=past, received_at=past)
    assert uploads_sweep() == 0
    Job.objects.update(state=JobState.FAILED, finished_at=past, attempt=8)
    assert uploads_sweep() == 1
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    assert (job.state, job.attempt) == (JobState.QUEUED, 0)
    assert (spool / str(upload.pk)).read_bytes() == CONTENT


def test_received_upload_without_a_job_gets_one(dock):
    upload = dock.sent(CONTENT, **known())
    Job.objects.all().delete()
    Upload.objects.update(received_at=timezone.now() - timedelta(hours=1))
    assert uploads_sweep() == 1
    assert Job.objects.get(kind="ingest.commit").subject_id == upload.pk


def test_expiry_below_an_hour_is_refused_in_words(settings):
    settings.UPLOAD_EXPIRY_S = 3599
    (found,) = Upload.check(databases=None)
    assert found.id == "ingest.E001"
    assert "CONTINUITY_UPLOAD_EXPIRY_S is 3599 s" in found.msg
    assert "an hour" in found.hint
    settings.UPLOAD_EXPIRY_S = 3600
    assert Upload.check(databases=None) == []


@pytest.mark.parametrize("left_over_s", [0.0, 3600.0])
def test_expiry_of_seconds_costs_no_byte_that_a_row_speaks_of(dock, spool, settings, monkeypatch, left_over_s):
    monkeypatch.setattr("evidence.ingest.services.sweeping.LEFT_OVER_S", left_over_s)
    settings.UPLOAD_EXPIRY_S = 5
    upload = dock.sent(CONTENT, **known())
    half_an_hour_ago = timezone.now().timestamp() - 1800
    forgotten = spool / str(uuid4())
    forgotten.write_bytes(b"a form that was never sent to its end")
    for path in (spool / str(upload.pk), forgotten):
        os.utime(path, (half_an_hour_ago, half_an_hour_ago))
    uploads_sweep()
    assert (spool / str(upload.pk)).read_bytes() == CONTENT
    assert forgotten.exists() == (left_over_s > 1800)
    assert upload_commit(upload=upload).state == UploadState.SEALED
