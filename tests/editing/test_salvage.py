"""Salvage in the product: who lends, what is said, what is made, and what stands in whose record."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.editing.lending import lender_of
from evidence.editing.services import salvage_request
from evidence.fleet.models import Camera
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.models import Kind, Recording, RecordingFile, State
from evidence.recordings.queries import original_file
from evidence.recordings.services.preparing import Prepared, preparation_finish
from tests import factories
from tests.editing.material import bytes_of, fetched, made, numbers, prepared, record_of, verbs
from tests.editing.test_pages import opened
from tests.factories import client_for
from tests.jobs.running import jobs_run
from tests.workers.media import render_sources as numbered
from tests.workers.media.cut_files import without_index
from workers.media.probe import probe
from workers.media.wire import to_obj

pytestmark = pytest.mark.django_db
COUNT = 50


@pytest.fixture(scope="module")
def paths(tmp_path_factory):
    folder = tmp_path_factory.mktemp("salvage")
    whole = numbered.coded(folder / "whole.mp4", numbered.even_times(COUNT), sound=numbered.tone(2))
    other = numbered.coded(folder / "other.mp4", numbered.even_times(30), sound=numbered.tone(1.2), first_number=500)
    return without_index(whole, folder / "cut.mp4"), other


@pytest.fixture
def camera(db) -> Camera:
    return Camera.objects.create(serial="VB400-0001")


def looked_at(path, officer: Person, camera: Camera | None, *, minutes: int = 0, **facts) -> RecordingFile:
    """Sealed, and told as our probe tells of it, without a job."""
    at = timezone.now() - timedelta(hours=2) + timedelta(minutes=minutes)
    file = factories.sealed(path, officer=officer, camera=camera, recorded_at=at, **facts)
    preparation_finish(file=file, prepared=Prepared(to_obj(probe(path)), "video/mp4"), derived=())
    return RecordingFile.objects.select_related("recording", "stored").get(pk=file.pk)


def test_the_nearest_whole_recording_of_the_same_camera_lends(who, officer, camera, paths):
    cut, other = paths
    damaged = looked_at(cut, officer, camera)
    looked_at(other, officer, Camera.objects.create(serial="VB400-0002"), minutes=1)
    looked_at(other, officer, camera, minutes=-50)
    nearest = looked_at(other, officer, camera, minutes=20)
    looked_at(cut, officer, camera, minutes=2)
    assert lender_of(who, damaged) == nearest


def test_a_part_of_the_same_recording_lends_before_any_other(who, officer, camera, paths):
    cut, other = paths
    first = looked_at(other, officer, camera, sender_key="one capture")
    damaged = looked_at(cut, officer, camera, minutes=10, sender_key="one capture")
    looked_at(other, officer, camera, minutes=10)
    assert damaged.recording == first.recording
    assert lender_of(who, damaged) == first


def test_settings_that_did_not_fit_are_not_lent_again_while_there_are_others(who, officer, camera, paths):
    cut, other = paths
    damaged = looked_at(cut, officer, camera)
    nearest = looked_at(other, officer, camera, minutes=1)
    job = salvage_request(who=who, recording=damaged.recording, reason="Battery failed")
    assert job.params["recipe"]["lender"]["file"] == str(nearest.id)
    Job.objects.filter(pk=job.pk).update(state="failed", error_code="media:not_salvageable")
    assert lender_of(who, damaged) == nearest
    farther = looked_at(other, officer, camera, minutes=40)
    assert lender_of(who, damaged) == farther


def test_what_the_asker_may_not_know_of_lends_nothing(who, officer, camera, paths):
    cut, other = paths
    damaged = looked_at(cut, officer, camera)
    colleagues = looked_at(other, factories.person(Role.OFFICER), camera, minutes=1)
    assert lender_of(who, damaged) is None
    assert lender_of(who_is(factories.person(Role.EVIDENCE_MANAGER)), damaged) == colleagues


@pytest.mark.once
def test_page_says_who_lends_and_what_that_means_and_orders_once(officer, camera, paths):
    cut, other = paths
    damaged = looked_at(cut, officer, camera)
    lender = looked_at(other, officer, camera, minutes=5)
    client = client_for(officer)
    address = f"/recordings/{damaged.recording_id}/edit/salvage"
    assert f"{address}?part=1" in client.get(f"/recordings/{damaged.recording_id}/").content.decode()
    assert f"{address}?part=1" in client.get(f"/recordings/{damaged.recording_id}/edit/").content.decode()
    page = client.get(address).content.decode()
    assert f"/recordings/{lender.recording_id}/" in page
    assert "nearest whole recording from the same camera" in page
    assert "Say why this copy is made" in client.post(address, {"part": 1, "request": "x" * 8}).content.decode()
    fields = {"part": "1", "request": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "reason": "Battery failed"}
    first, second = (client.post(address, fields) for _ in range(2))
    assert (first.status_code, first["Location"]) == (302, second["Location"])
    assert Job.objects.filter(kind="copy.salvage").count() == 1
    assert verbs(lender.recording).count("recording:settings:lent") == 1
    assert verbs(damaged.recording).count("recording:copy:requested") == 1


@pytest.mark.once
def test_without_a_lender_the_page_says_what_would_help(officer, camera, paths):
    damaged = looked_at(paths[0], officer, camera)
    page = client_for(officer).get(f"/recordings/{damaged.recording_id}/edit/salvage").content.decode()
    assert "no whole recording from the same camera that you may see" in page


@pytest.mark.once
def test_what_did_not_lose_its_index_is_refused_in_words(officer, camera, paths):
    whole = looked_at(paths[1], officer, camera)
    client = client_for(officer)
    answer = client.post(
        f"/api/v1/recordings/{whole.recording_id}/salvages", {"reason": "Try"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "not-editable")
    address = f"/recordings/{whole.recording_id}/edit/salvage"
    assert "There is nothing to salvage" in client.get(address).content.decode()
    fields = {"part": "1", "request": "6f9619ff-8b86-4011-b42d-00c04fc964ff", "reason": "Try"}
    assert client.post(address, fields).status_code == 422


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_a_salvaged_copy_is_made_sealed_marked_and_can_be_watched_and_the_master_is_untouched(officer, paths, tmp_path):
    cut, other = paths
    camera = Camera.objects.create(serial="VB400-0001")
    damaged = prepared(cut, officer=officer)
    assert damaged.state == State.NOT_PLAYABLE
    Recording.objects.filter(pk=damaged.pk).update(camera=camera)
    damaged.refresh_from_db()
    lender = looked_at(other, officer, camera, minutes=3)
    master = bytes_of(original_file(damaged))
    answer = client_for(officer).post(
        f"/api/v1/recordings/{damaged.pk}/salvages", {"reason": "Battery failed"}, content_type="application/json"
    )
    assert answer.status_code == 202
    copy = made(Job.objects.get(pk=answer.json()["id"]))
    assert (copy.kind, copy.state, copy.parent, copy.is_master) == (Kind.SALVAGE, State.PLAYABLE, damaged, False)
    assert numbers(fetched(copy, tmp_path)) == list(range(COUNT))
    statement = copy.statement
    assert statement["lender"]["sha256"] == lender.sha256
    assert statement["sources"][0]["sha256"] == original_file(damaged).sha256
    assert statement["copy_sha256"] == original_file(copy).sha256
    assert {row["code"] for row in statement["assumed"]} == {"pace_lent", "settings_lent", "sound_lent"}
    assert bytes_of(original_file(damaged)) == master
    client = client_for(officer)
    watched = opened(officer, copy).get(f"/recordings/{copy.pk}/").content.decode()
    assert "put together from a recording that lost its index" in watched
    details = client.get(f"/recordings/{copy.pk}/details").content.decode()
    assert "Every picture is shown as long as in another recording from the same camera" in details
    assert "Salvaged copy" in client.get(f"/recordings/{damaged.pk}/copies").content.decode()
    assert record_of(copy)[0].body["data"]["kind"] == "salvage"


@pytest.mark.django_db(transaction=True)
@pytest.mark.once
def test_settings_that_do_not_fit_fail_in_words_and_leave_no_copy(officer, who, paths, tmp_path):
    camera = Camera.objects.create(serial="VB400-0001")
    damaged = looked_at(paths[0], officer, camera)
    strange = numbered.coded(tmp_path / "strange.mp4", numbered.even_times(20))
    content = bytearray(strange.read_bytes())
    head = content.index(b"avcC") + 4
    content[head + 12 : head + 20] = b"\xff" * 8
    (tmp_path / "strange.mp4").write_bytes(content)
    looked_at(paths[1], officer, camera, minutes=3)
    job = salvage_request(who=who, recording=damaged.recording, reason="Battery failed")
    other = factories.sealed(tmp_path / "strange.mp4", officer=officer)
    recipe = {**job.params["recipe"], "lender": {"file": str(other.id), "sha256": other.sha256, "role": "master"}}
    Job.objects.filter(pk=job.pk).update(params={**job.params, "recipe": recipe})
    jobs_run()
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error_code.startswith("media:")
    assert record_of(damaged.recording)[-1].verb == "recording:copy:failed"
    assert not Recording.objects.filter(parent=damaged.recording).exists()
