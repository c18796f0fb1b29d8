"""Preparation end to end: real files, the real sandbox, real jobs. What comes out is what a page shows."""

import json
from pathlib import Path

import pytest

from evidence.custody.queries import lines, subject_events
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_retry, job_settle
from evidence.jobs.services.attempts import BLOCKED_AT_MOST
from evidence.recordings.models import FileRole, Kind, Recording, RecordingFile, State
from evidence.recordings.queries import parts_of, viewing_files
from evidence.recordings.services.preparing import preparation_ask, preparation_retry
from evidence.vault.models import StoredObject
from evidence.vault.services import object_read
from tests import factories
from tests.jobs.running import jobs_run
from tests.workers.media.sources import source
from workers.exec.sandbox import choice
from workers.handlers import proxy
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)

DIRECT = ("mp4", "no_audio", "variable_rate", "rotated", "mov", "half_silent", "sound_only", "webm")
REMUXED = ("mpegts", "mkv_h264", "fragmented", "cut_faststart")
PROXIED = ("hevc", "ten_bit", "avi_mjpeg", "pcm_mov")
EXPLAINED = {
    "empty": "empty (0 bytes)",
    "text": "text file, whatever its name says",
    "playlist": "points at other files",
    "no_index": "The end of the file is missing",
}


def prepared(path: Path, **facts: object) -> Recording:
    file = factories.sealed(path, **facts)
    preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    return Recording.objects.get(pk=file.recording_id)


def roles(recording: Recording) -> set[str]:
    return {file.role for file in recording.files.all()}


def verbs(recording: Recording) -> list[str]:
    return [line.verb for line in lines(subject_events("recording", recording.id))]


@pytest.mark.parametrize("kind", DIRECT)
def test_what_browsers_play_is_played_from_the_sealed_bytes_and_nothing_is_encoded(kind: str) -> None:
    recording = prepared(source(kind))
    assert recording.state == State.PLAYABLE, recording.state_reason
    assert recording.playable_at
    assert FileRole.PROXY not in roles(recording)
    (shown,) = viewing_files(recording)
    assert shown.role == FileRole.MASTER
    assert not Job.objects.filter(kind="recording.proxy").exists()


def test_rotation_and_silence_are_told_as_they_are_shown() -> None:
    turned, silent = prepared(source("rotated")), prepared(source("no_audio"))
    assert (turned.width, turned.height) == (240, 320)
    assert (turned.has_audio, silent.has_audio) == (True, False)


@pytest.mark.once
@pytest.mark.parametrize(("kind", "way"), [(k, "remux") for k in REMUXED] + [(k, "proxy") for k in PROXIED])
def test_anything_else_gets_one_proxy_with_an_index_of_its_own_and_says_so(kind: str, way: str) -> None:
    recording = prepared(source(kind))
    assert recording.state == State.PLAYABLE, recording.state_reason
    proxies = recording.files.filter(role=FileRole.PROXY)
    assert proxies.count() == 1
    assert recording.files.filter(role=FileRole.PROXY_INDEX).count() == 1
    assert proxies[0].probe is not None
    assert proxies[0].probe["way"] == way
    assert [file.role for file in viewing_files(recording)] == [FileRole.PROXY]
    assert "recording:proxy:sealed" in verbs(recording)
    index = recording.files.get(role=FileRole.PROXY_INDEX)
    content = json.loads(b"".join(object_read(index.stored, 0, index.size_bytes)))
    assert content["v"] == 1


@pytest.mark.parametrize("kind", list(EXPLAINED))
def test_a_file_that_cannot_be_played_is_sealed_and_explained(kind: str) -> None:
    recording = prepared(source(kind))
    assert recording.state == State.NOT_PLAYABLE
    assert EXPLAINED[kind] in recording.state_reason
    assert roles(recording) == {FileRole.MASTER}
    assert viewing_files(recording) == []
    assert verbs(recording) == ["recording:master:sealed", "recording:preparation:finished"]


def test_preparing_twice_leaves_one_of_each() -> None:
    recording = prepared(source("hevc"))
    before = {file.pk for file in recording.files.all()}
    stored = StoredObject.objects.count()
    for job in Job.objects.all():
        Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
        attempt(job.pk)
    assert {file.pk for file in RecordingFile.objects.filter(recording=recording)} == before
    assert StoredObject.objects.count() == stored
    assert verbs(recording).count("recording:preparation:finished") == 1


def test_without_a_working_sandbox_nothing_is_opened_and_the_page_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    file = factories.sealed(source("mp4"))
    job = preparation_ask(file=file, actor=factories.TESTS)
    # a name that is no sandbox forbids the others; the choice is made anew for it
    monkeypatch.setenv(choice.ENV_VARIABLE, "none")
    for _ in range(job.max_attempts + 1):
        Job.objects.filter(pk=job.pk).update(not_before=job.created_at)
        jobs_run()
    recording = Recording.objects.get(pk=file.recording_id)
    assert recording.state == State.PREPARING, "a sandbox that is away for a while leaves nothing unplayable"
    Job.objects.filter(pk=job.pk).update(not_before=job.created_at, blocked_since=job.created_at - BLOCKED_AT_MOST)
    jobs_run()
    recording.refresh_from_db()
    assert recording.state == State.NOT_PLAYABLE
    assert "no working sandbox" in recording.state_reason
    assert "sealed and safe" in recording.state_reason
    assert roles(recording) == {FileRole.MASTER}
    assert "recording:preparation:failed" in verbs(recording)

    monkeypatch.delenv(choice.ENV_VARIABLE)
    team = factories.unit()
    manager = factories.who(factories.Role.EVIDENCE_MANAGER, team)
    preparation_retry(who=manager, recording=recording)
    recording.refresh_from_db()
    assert recording.state == State.PREPARING
    jobs_run()
    recording.refresh_from_db()
    assert (recording.state, recording.state_reason) == (State.PLAYABLE, "")


def test_a_recording_of_two_parts_plays_the_good_one_and_names_the_bad_one() -> None:
    first = factories.sealed(source("mp4"), sender_key="one-capture")
    second = factories.sealed(source("text"), sender_key="one-capture")
    assert first.recording_id == second.recording_id
    for file in (first, second):
        preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    recording = Recording.objects.get(pk=first.recording_id)
    assert recording.state == State.PLAYABLE
    assert [part.state for part in parts_of(recording)] == [State.PLAYABLE, State.NOT_PLAYABLE]
    assert recording.state_reason.startswith("Part 2: This is a text file")


def test_a_still_is_shown_as_it_is(tmp_path: Path) -> None:
    officer = factories.person()
    file = factories.sealed(source("mp4"), officer=officer)
    still = factories.copy_of(file, b"\x89PNG\r\n\x1a\n", tmp=tmp_path, made_by=officer, kind=Kind.STILL)
    RecordingFile.objects.filter(recording=still).update(probe=None)
    preparation_ask(file=still.files.get(), actor=factories.TESTS)
    jobs_run()
    still.refresh_from_db()
    assert still.state == State.PLAYABLE
    assert [shown.media_type for shown in viewing_files(still)] == ["image/png"]


def test_a_failed_copy_says_so_and_can_be_tried_again() -> None:
    file = factories.sealed(source("hevc"))
    preparation_ask(file=file, actor=factories.TESTS)
    attempt(Job.objects.get(kind="recording.prepare").pk)
    copying = Job.objects.get(kind="recording.proxy")
    Job.objects.filter(pk=copying.pk).update(state=JobState.FAILED, error_code="tool_failed", error="ffmpeg failed")
    job_settle(job_id=copying.pk, tell=proxy.failed)
    recording = Recording.objects.get(pk=file.recording_id)
    assert recording.state == State.NOT_PLAYABLE
    assert "sealed and safe" in recording.state_reason
    job_retry(job=copying, actor=factories.TESTS)
    jobs_run()
    recording.refresh_from_db()
    assert recording.state == State.PLAYABLE
