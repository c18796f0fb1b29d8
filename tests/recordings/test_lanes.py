"""What came with later versions is made for what was taken in before: so many at a time, once; nothing else moves."""

import pytest
from django.core.management import call_command
from django.test import override_settings

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.words import deed_words
from evidence.jobs.models import Job, JobState
from evidence.recordings.findings import loudness_words
from evidence.recordings.hearing import voice_of
from evidence.recordings.lanes import without_loudness, without_voice
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.services.lanes import lanes_ask, loudness_ask, loudness_keep
from evidence.recordings.services.preparing import PREPARATION
from evidence.vault.models import StoredObject
from tests import factories
from tests.editing.material import recorded
from tests.jobs.running import jobs_run

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("recording.voice", "recording.loudness")


@pytest.fixture(autouse=True)
def lane_is_on(settings):
    settings.VOICE_LANE = True


def before_lanes():
    """A recording with sound as a version without lanes left it."""
    with override_settings(VOICE_LANE=False):
        return recorded(officer=factories.person("officer"))


def told(capsys, *options: str) -> str:
    call_command("lanes_prepare", *options)
    return capsys.readouterr().out


def test_what_lacks_speech_and_loudness_is_prepared_for_them_and_nothing_else_of_it_changes(capsys):
    recording = before_lanes()
    recorded(officer=factories.person("officer"), with_sound=False)
    files = {file.pk: (file.stored_id, file.sha256) for file in recording.files.all()}
    stored, probe = set(StoredObject.objects.values_list("key", flat=True)), master_of(recording).probe
    said = told(capsys)
    assert "Without a speech lane: 1 files." in said
    assert "Asked for now: 2. Under way: 2." in said
    assert "Asked for now: 0. Under way: 2." in told(capsys)
    jobs_run()
    assert voice_of(recording, 1) is not None
    master = master_of(recording)
    assert "LUFS" in loudness_words(master.probe)
    assert {**master.probe, "loudness": None} == {**probe, "loudness": None}
    after = {file.pk: (file.stored_id, file.sha256) for file in recording.files.exclude(role=FileRole.VOICE)}
    assert after == files
    assert len(set(StoredObject.objects.values_list("key", flat=True)) - stored) == 1, "the lane, and nothing besides"
    measured = lines(Event.objects.filter(subject_id=recording.pk, verb="recording:loudness:measured"))
    assert [deed_words(line) for line in measured] == ["measured how loud it is"]
    assert "Nothing is missing." in told(capsys)
    assert Job.objects.filter(kind__in=KINDS).count() == 2


def master_of(recording) -> RecordingFile:
    return recording.files.get(role=FileRole.MASTER)


def test_no_more_are_under_way_than_was_said_newest_first_and_the_next_time_goes_on(capsys):
    old, new = before_lanes(), before_lanes()
    type(old).objects.filter(pk=old.pk).update(recorded_at="2020-01-01T00:00Z")
    assert lanes_ask(at_most=0).asked == 0
    assert lanes_ask(at_most=1).asked == 1
    assert Job.objects.get(kind__in=KINDS).subject_id == new.pk
    assert lanes_ask(at_most=3).asked == 2, "one was under way"
    Job.objects.filter(kind__in=KINDS).update(state=JobState.SUCCEEDED)
    assert lanes_ask(at_most=50).asked == 1
    assert Job.objects.filter(kind__in=KINDS).count() == 4


def test_what_failed_is_left_alone_until_it_is_said_again(capsys):
    before_lanes()
    lanes_ask(at_most=9)
    Job.objects.filter(kind="recording.voice").update(state=JobState.FAILED)
    Job.objects.filter(kind="recording.loudness").update(state=JobState.CANCELLED)
    assert "left alone: 2" in told(capsys)
    assert not Job.objects.filter(state=JobState.QUEUED).exists()
    assert "Asked for now: 2." in told(capsys, "--again")
    jobs_run()
    assert (without_voice().count(), without_loudness().count()) == (0, 0)


def test_where_the_speech_lane_is_off_only_loudness_is_asked_for(capsys, settings):
    settings.VOICE_LANE = False
    before_lanes()
    assert "Speech lane: off" in told(capsys)
    assert set(Job.objects.filter(kind__in=KINDS).values_list("kind", flat=True)) == {"recording.loudness"}


def test_silence_is_known_and_what_is_known_is_not_measured_over():
    recording = before_lanes()
    file = master_of(recording)
    job = loudness_ask(file=file, actor=PREPARATION)
    loudness_keep(job=job, file=file, loudness=None)
    loudness_keep(job=job, file=file, loudness={"integrated_lufs": -1.0, "range_lu": 0.0, "sampled": False})
    assert master_of(recording).probe["loudness"] is None
    assert not without_loudness().exists()
    assert Event.objects.filter(verb="recording:loudness:measured").count() == 1
