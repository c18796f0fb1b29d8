"""What was heard: the speech lane and the transcript, from the real jobs to the page."""

import json

import pytest

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.jobs.models import Job, JobState
from evidence.recordings import hearing
from evidence.recordings.hearing import HOW_TO_ADD, Word
from evidence.recordings.models import FileRole, Recording
from evidence.recordings.queries import original_file, parts_of
from evidence.recordings.services.derived import Derived, derived_register
from evidence.recordings.services.hearing import hearing_finish, transcript_ask, transcripts_ask
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
from tests import factories
from tests.editing.material import PART, prepared, recorded, recorded_in_parts
from tests.factories import client_for
from tests.jobs.running import jobs_run
from tests.workers.media.sources import ffmpeg

pytestmark = pytest.mark.django_db(transaction=True)
IS_INSTALLED = hearing.is_available()
SAID = "flite=text='Stop there please. What is your name and where do you live now':voice=slt"
WORDS = [[1000, 1400, 98, "Drop"], [1400, 1600, 97, "the"], [1600, 2000, 40, "knife."], [4000, 4400, 90, "<b>now</b>"]]


@pytest.fixture
def officer(db):
    return factories.person("officer")


@pytest.fixture
def who(officer):
    from evidence.identity.who import who_is

    return who_is(officer)


@pytest.fixture
def installed(monkeypatch):
    monkeypatch.setattr(hearing, "EXTRA", ("json",))
    monkeypatch.setattr("evidence.recordings.services.hearing.is_available", lambda: True)


@pytest.mark.slow
@pytest.mark.skipif(not IS_INSTALLED, reason="the extra for transcripts is not installed here")
def test_words_of_clear_speech_are_written_down_through_the_real_job(officer, who, tmp_path):
    path = tmp_path / "speech.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=160x120:r=5:d=6", "-f", "lavfi", "-i", SAID, "-map", "0:v", "-map", "1:a",
        "-af", "adelay=2000,apad", "-t", "7", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
    )  # fmt: skip
    recording = prepared(path, officer=officer)
    transcript_ask(who=who, recording=recording)
    jobs_run()
    words = hearing.words_of(recording, 1)
    said = {hearing.plain(word.text) for word in words}
    assert len({"stop", "there", "what", "is", "your", "name", "where", "do", "you", "live", "now"} & said) >= 8
    assert all(1_000 <= word.start_ms < word.end_ms <= 8_000 for word in words)
    assert hearing.hits_of(words, "your name")


def written(recording: Recording, tmp_path, role=FileRole.TRANSCRIPT, content=None, part=1) -> None:
    """A transcript of a part as a worker leaves it."""
    path = tmp_path / f"{role}-{part}.json"
    path.write_text(json.dumps(content or {"v": 1, "language": "en", "words": WORDS}))
    put = object_put(object_class=ObjectClass.DERIVED, source=path)
    derived_register(original_file(recording, part), Derived(role, put, "application/json"))


def page(officer, recording, query=""):
    client = client_for(officer)
    client.post(f"/recordings/{recording.pk}/open", {"reason_code": "investigation"})
    return client.get(f"/recordings/{recording.pk}/{query}").content.decode()


def test_speech_is_found_after_preparation_and_stands_on_the_page_as_lane_and_as_text(officer, tmp_path, settings):
    settings.VOICE_LANE = True
    path = tmp_path / "speech.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=160x120:r=5:d=6", "-f", "lavfi", "-i", SAID, "-map", "0:v", "-map", "1:a",
        "-af", "adelay=2000,apad", "-t", "6", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
    )  # fmt: skip
    recording = prepared(path, officer=officer)
    (start, _), *_ = hearing.voice_of(recording, 1)
    assert abs(start - 2) < 0.4
    assert Event.objects.filter(subject_id=recording.pk, verb="recording:voice:found").count() == 1
    text = page(officer, recording)
    assert 'data-lane="speech"' in text
    assert "stretch of speech" in text or "stretches of speech" in text
    assert "It misses what is drowned by other sound." in text


def test_page_says_that_nobody_has_listened_and_that_there_is_no_sound(officer):
    assert "Nobody has listened for speech in this recording." in page(officer, recorded(officer=officer))
    assert "There is no sound in this recording." in page(officer, recorded(officer=officer, with_sound=False))


def test_without_the_extra_the_page_says_how_to_add_it_and_nothing_is_asked_for(officer, monkeypatch):
    monkeypatch.setattr(hearing, "EXTRA", ("no_such_package",))
    recording = recorded(officer=officer)
    assert HOW_TO_ADD in page(officer, recording)
    client = client_for(officer)
    answer = client.post(f"/recordings/{recording.pk}/transcript", {"at_part": 1}, follow=True)
    assert HOW_TO_ADD in answer.content.decode()
    assert not Job.objects.filter(kind="recording.transcript").exists()


@pytest.mark.skipif(IS_INSTALLED, reason="the extra for transcripts is installed here")
def test_worker_without_the_extra_fails_in_words_and_the_page_offers_to_try_again(officer, who, installed):
    recording = recorded(officer=officer)
    job = transcript_ask(who=who, recording=recording)
    assert transcript_ask(who=who, recording=recording).pk == job.pk
    jobs_run()
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "media:transcript_missing")
    verbs = list(Event.objects.filter(subject_id=recording.pk).values_list("verb", flat=True))
    assert verbs.count("recording:transcript:requested") == 1
    assert verbs.count("recording:transcript:failed") == 1
    text = page(officer, recording)
    assert "requirements/transcript.txt" in text
    assert "Make a transcript" in text
    assert transcript_ask(who=who, recording=recording).state == JobState.QUEUED


def test_words_are_searched_on_the_page_and_escaped(officer, tmp_path):
    recording = recorded(officer=officer)
    written(recording, tmp_path)
    text = page(officer, recording, "?said=THE+KNIFE")
    assert "was made out 1 time." in text
    assert "<mark>the knife.</mark>" in text
    assert "knife. (?)" in text
    assert "&lt;b&gt;now&lt;/b&gt;" in text
    assert "<b>now</b>" not in text
    assert "up to 18 words in 100 were wrong" in text
    assert "was not made out anywhere" in page(officer, recording, "?said=gun")


def test_words_and_speech_of_a_split_recording_are_one_on_its_time_line_and_parts_without_are_named(
    officer, who, tmp_path, installed
):
    split = recorded_in_parts(officer=officer, parts=(1, 2, 3))
    joint_s = PART / 25
    assert "Nobody has had the words of parts 1, 2 and 3 written down." in page(officer, split)
    words = {1: [[200, 400, 90, "Drop"], [1000, 1500, 90, "the"]], 2: [[100, 300, 90, "knife"]]}
    for part, rows in words.items():
        written(split, tmp_path, content={"v": 1, "language": "en", "words": rows}, part=part)
    written(split, tmp_path, FileRole.VOICE, {"v": 1, "speech": [[0, 200], [1300, 1500]]}, part=1)
    written(split, tmp_path, FileRole.VOICE, {"v": 1, "speech": [[500, 700]]}, part=3)
    text = page(officer, split, "?said=the+knife")
    assert "<mark>the knife</mark>" in text
    assert 'data-seek-seconds="1.000"' in text, "where the phrase begins"
    assert "All 3 words" in text
    assert "Nobody has had the words of part 3 written down." in text
    assert f'data-seek-seconds="{2 * joint_s + 0.5:.3f}"' in text, "speech of part 3"
    assert "2 stretches of speech" in text, "what is heard after the last picture has no place on the line"
    assert 'data-lane="speech"' in text
    assert "Nobody has listened for speech in part 2." in text
    assert [row.text for row in hearing.words_on_line(split, parts_of(split)[1:2])[0]] == ["knife"]


def test_transcripts_of_all_parts_that_have_none_are_asked_for_at_once(officer, who, tmp_path, installed):
    split = recorded_in_parts(officer=officer, parts=(1, 2, 3))
    written(split, tmp_path, part=2)
    client = client_for(officer)
    client.post(f"/recordings/{split.pk}/transcript", {"every": "1", "at_part": "2"})
    asked = Event.objects.filter(subject_id=split.pk, verb="recording:transcript:requested")
    assert sorted(line.body["data"]["part"] for line in lines(asked)) == [1, 3]
    assert Job.objects.filter(kind="recording.transcript").count() == 2
    text = page(officer, split)
    assert "The words of parts 1 and 3 are being written down" in text
    assert "Make the transcripts" not in text
    assert set(transcripts_ask(who=who, recording=split)) == set(Job.objects.filter(kind="recording.transcript"))


def test_program_reads_the_words_and_each_reading_is_an_event(officer, tmp_path):
    recording = recorded(officer=officer)
    client, address = client_for(officer), f"/api/v1/recordings/{recording.pk}/transcript"
    missing = client.get(address)
    assert (missing.status_code, missing.json()["code"]) == (404, "transcript-missing")
    written(recording, tmp_path)
    words = client.get(address).json()["words"]
    assert words[0] == {"start_ms": 1000, "end_ms": 1400, "sure": 98, "untrusted_text": "Drop"}
    assert Event.objects.filter(subject_id=recording.pk, verb="recording:transcript:read").count() == 1


def test_program_asks_for_a_transcript_and_is_told_where_none_can_be_made(officer, installed):
    silent = recorded(officer=officer, with_sound=False)
    refused = client_for(officer).post(f"/api/v1/recordings/{silent.pk}/transcript")
    assert (refused.status_code, refused.json()["code"]) == (400, "transcript-not-possible")
    recording = recorded(officer=officer)
    answers = [client_for(officer).post(f"/api/v1/recordings/{recording.pk}/transcript") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert len({answer.json()["job"] for answer in answers}) == 1


def test_transcript_is_not_shown_to_who_has_not_opened_the_recording(officer, tmp_path):
    recording = recorded(officer=officer)
    written(recording, tmp_path)
    assert "knife" not in client_for(officer).get(f"/recordings/{recording.pk}/?said=knife").content.decode().replace(
        "?said=knife", ""
    ).replace("said%3Dknife", "")


def test_result_appears_once_with_an_event_that_names_the_model(officer, who, tmp_path, installed):
    recording = recorded(officer=officer)
    job = transcript_ask(who=who, recording=recording)
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"v": 1, "language": "en", "words": WORDS}))
    put = object_put(object_class=ObjectClass.DERIVED, source=path)
    about = {"model": "whisper-tiny", "sha256": "ab" * 32}
    derived = Derived(FileRole.TRANSCRIPT, put, "application/json", about)
    hearing_finish(job=job, file=original_file(recording), derived=derived)
    assert hearing.words_of(recording, 1)[0] == Word(1000, 1400, 98, "Drop")
    event = Event.objects.get(subject_id=recording.pk, verb="recording:transcript:made")
    assert event.actor_id == officer.pk
