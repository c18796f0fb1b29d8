"""What a file in quarantine means: for its recording, a disc, those who want to see it, and the daily job."""

import pytest
from django.utils import timezone

from evidence.court.models import DiscSetState
from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.verbs import Verb
from evidence.custody.words import line_words
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job, JobState
from evidence.recordings.errors import NotPlayable
from evidence.recordings.models import FileRole, PlaybackSession
from evidence.recordings.queries import original_file, queue_flagged
from evidence.recordings.services.playback import playable_files, playback_open
from evidence.vault import checking
from evidence.vault.checking import Checked
from evidence.vault.errors import ObjectQuarantined, VaultUnavailable
from evidence.vault.models import CheckResult, ObjectClass, RunKind, StoredObject, VaultRun
from evidence.vault.services import object_local, object_quarantine, object_suspect
from tests import factories
from tests.court import making
from tests.jobs.running import jobs_run
from tests.sharing.conftest import outside
from tests.sharing.conftest import sharing as sharing
from tests.vault.checks import aged, flip, lies, put, remove, vault_new
from workers.handlers.fixity import checks_ask
from workers.handlers.quarantine import owner_of, quarantine_release, quarantine_tell

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(monkeypatch, settings, tmp_path):
    vault_new(settings, tmp_path)
    monkeypatch.setattr(checking, "PAUSES_S", (0.0, 0.0, 0.0))


@pytest.fixture
def scene(tmp_path):
    return factories.scene(tmp_path)


def quarantined(stored, result=CheckResult.DAMAGED):
    assert object_quarantine(stored=stored, result=result, because="Its SHA-256 is another.")
    quarantine_tell(stored, Checked(result, "Its SHA-256 is another.", 4))
    stored.refresh_from_db()


def verbs(subject_id):
    return list(Event.objects.filter(subject_id=subject_id).order_by("subject_seq").values_list("verb", "outcome"))


def test_record_of_the_recording_says_it_and_it_is_flagged_in_words(scene):
    quarantined(scene.file.stored)
    assert verbs(scene.recording.id)[-2:] == [
        ("recording:fixity:checked", "failed"), ("recording:file:quarantined", "done"),
    ]  # fmt: skip
    scene.recording.refresh_from_db()
    assert scene.recording.is_flagged
    assert scene.recording.flag_reason.startswith("Original: damaged or missing in the vault, and in quarantine.")
    manager = factories.who(Role.EVIDENCE_MANAGER)
    assert scene.recording in queue_flagged(manager)


def test_damaged_working_copy_is_in_the_queue_as_well(scene, tmp_path):
    copy = factories.copy_of(scene.file, b"a clip", tmp=tmp_path, made_by=scene.officer)
    quarantined(copy.files.get(role=FileRole.COPY).stored)
    assert list(queue_flagged(factories.who(Role.EVIDENCE_MANAGER))) == [copy]


def test_quarantined_file_is_neither_played_nor_shared_nor_downloaded_and_no_event_claims_it(scene):
    quarantined(scene.file.stored)
    before = Event.objects.filter(subject_id=scene.recording.id).count()
    with pytest.raises(NotPlayable, match="in quarantine"):
        playback_open(who=who_is(scene.officer), recording=scene.recording, reason_code="statement")
    with pytest.raises(NotPlayable, match="in quarantine"):
        playable_files(scene.recording)
    detective = factories.client_for(factories.person(Role.INVESTIGATOR))
    answer = detective.get(f"/api/v1/recordings/{scene.recording.id}/download")
    assert answer.status_code == 409
    assert answer.json()["code"] == "vault-object-quarantined"
    assert "in quarantine" in answer.json()["detail"]
    assert Event.objects.filter(subject_id=scene.recording.id).count() == before


def test_viewing_that_is_open_gets_no_more_bytes(scene):
    client = factories.client_for(scene.officer)
    client.post(f"/recordings/{scene.recording.id}/open", {"reason_code": "statement"})
    session = PlaybackSession.objects.get()
    video = f"/media/{session.id}/video/1"
    assert b"".join(client.get(video).streaming_content) == b"sixty seconds of footage"
    quarantined(scene.file.stored)
    answer = client.get(video)
    assert answer.status_code == 409
    assert b"in quarantine" in answer.content


def test_recipient_of_a_link_gets_no_copy_and_the_record_claims_none(sharing):
    recipient = outside(sharing.link(may_download=True))
    viewer = recipient.opened()
    quarantined(sharing.recording.files.get(role=FileRole.MASTER).stored)
    assert recipient.get(f"{viewer}video/1").status_code == 409
    assert recipient.get(f"{viewer}download/1").status_code == 409
    assert not Event.objects.filter(verb=Verb.LINK_DOWNLOADED).exists()


@pytest.mark.django_db(transaction=True)
def test_quarantined_exhibit_is_put_on_no_disc():
    bench = making.bench()
    file = making.recorded(bench.officer)
    disc_set = bench.request(bench.exhibit(file.recording))
    quarantined(file.stored)
    making.built(disc_set)
    assert disc_set.state == DiscSetState.FAILED
    assert disc_set.problem.startswith("AB/1 is not what was sealed")


@pytest.mark.django_db(transaction=True)
def test_quarantined_disc_image_is_told_of_its_case_and_not_handed_out():
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    making.built(disc_set)
    disc = disc_set.discs.get()
    quarantined(disc.image)
    assert verbs(bench.case.id)[-1] == ("case:disc:quarantined", "done")
    assert disc.volume_id in owner_of(disc.image).says
    answer = factories.client_for(bench.oic).get(f"/cases/{bench.case.id}/discs/{disc_set.id}/1.iso")
    assert answer.status_code == 409


def test_file_that_belongs_to_no_item_is_told_of_the_vault(make):
    stored = put(make, b"alone", ObjectClass.IMAGE)
    quarantined(stored)
    event = Event.objects.latest("at")
    assert (event.verb, event.subject_kind) == ("vault:object:quarantined", "vault")


def test_work_that_was_begun_before_asks_again(scene):
    stale = StoredObject.objects.get(pk=scene.file.stored_id)
    quarantined(scene.file.stored)
    assert stale.quarantined_at is None
    with pytest.raises(ObjectQuarantined), object_local(stale):
        pytest.fail("it was given out")


def test_restored_file_is_released_by_a_person_and_the_flag_goes(scene):
    stored = scene.file.stored
    quarantined(stored)
    manager = factories.who(Role.EVIDENCE_MANAGER)
    checked = quarantine_release(stored=stored, actor=manager.actor, reason="A cable was loose")
    assert checked.result == CheckResult.SOUND
    scene.recording.refresh_from_db()
    assert (scene.recording.is_flagged, scene.recording.flag_reason) == (False, "")
    assert verbs(scene.recording.id)[-1] == ("recording:file:released", "done")
    last = lines([Event.objects.filter(verb=Verb.FILE_RELEASED).get()])[0]
    assert "released it from quarantine: A cable was loose" in line_words(last)
    with object_local(StoredObject.objects.get(pk=stored.pk)):
        pass


def test_file_that_is_still_wrong_is_not_released(scene, tmp_path):
    factories.scene(tmp_path)
    stored = scene.file.stored
    flip(stored)
    quarantined(stored)
    checked = quarantine_release(stored=stored, actor=factories.who(Role.EVIDENCE_MANAGER).actor, reason="Hope")
    assert checked.result == CheckResult.DAMAGED
    stored.refresh_from_db()
    assert stored.quarantined_at


def asked_and_run():
    checks_ask()
    jobs_run()


@pytest.mark.django_db(transaction=True)
def test_daily_jobs_compare_then_read_once_each_and_find_what_is_damaged(tmp_path):
    scene, other = factories.scene(tmp_path), factories.scene(tmp_path)
    aged(other.file.stored, 100)
    stored = aged(scene.file.stored, 100)
    flip(stored)
    found = lies(stored)
    for _ in range(4):
        asked_and_run()
    assert list(Job.objects.order_by("created_at").values_list("kind", "state")) == [
        ("vault.reconcile", JobState.SUCCEEDED), ("vault.fixity", JobState.SUCCEEDED),
    ]  # fmt: skip
    run = VaultRun.objects.get(kind=RunKind.FIXITY)
    assert (run.is_complete, run.objects_count, run.trouble_count) == (True, 2, 1)
    assert lies(stored) == found
    assert original_file(scene.recording).stored.quarantined_at
    assert original_file(other.recording).stored.check_result == CheckResult.SOUND
    read = Event.objects.get(verb=Verb.VAULT_READ)
    assert "read 2 files of the vault again; 1 not what was sealed" in line_words(lines([read])[0])
    assert Event.objects.filter(verb=Verb.VAULT_RECONCILED).count() == 1
    object_suspect(other.file.stored)
    asked_and_run()
    assert Job.objects.filter(kind="vault.fixity").count() == 2
    assert original_file(other.recording).stored.suspected_at is None


@pytest.mark.django_db(transaction=True)
def test_what_the_comparison_misses_is_quarantined_by_the_reading_after_it(tmp_path):
    scene, _ = factories.scene(tmp_path), factories.scene(tmp_path)
    remove(scene.file.stored)
    for _ in range(2):
        asked_and_run()
    scene.file.stored.refresh_from_db()
    assert original_file(scene.recording).stored.check_result == CheckResult.MISSING
    assert verbs(scene.recording.id)[-1] == ("recording:file:quarantined", "done")


@pytest.mark.django_db(transaction=True)
def test_job_waits_while_the_vault_is_away_and_accuses_nobody(tmp_path, monkeypatch):
    scene = factories.scene(tmp_path)
    aged(scene.file.stored, 100)
    factories.scene(tmp_path)
    checks_ask()
    Job.objects.update(state=JobState.SUCCEEDED)
    checks_ask()

    class Away:
        def __getattr__(self, name):
            raise VaultUnavailable("The store cannot be reached.")

    monkeypatch.setattr(checking, "store_named", lambda _: Away())
    jobs_run()
    job = Job.objects.get(kind="vault.fixity")
    assert (job.state, job.attempt, job.error_code) == (JobState.QUEUED, 0, "vault-unavailable")
    assert not StoredObject.objects.exclude(quarantined_at=None).exists()
    monkeypatch.undo()
    Job.objects.update(not_before=timezone.now())
    jobs_run()
    job.refresh_from_db()
    assert job.state == JobState.SUCCEEDED
    assert VaultRun.objects.filter(kind=RunKind.FIXITY).count() == 1
