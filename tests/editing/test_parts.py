"""A long copy is made in parts by whoever is free: one copy comes of it, the same whoever made it, or none."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest

from evidence.editing.services import clip_request, redaction_request, transcode_request
from evidence.jobs.models import Job, JobState
from evidence.jobs.queries import parts_done
from evidence.jobs.services import job_cancel, job_claim, job_retry
from evidence.jobs.words import job_words
from evidence.recordings.models import FileRole, Recording
from evidence.recordings.queries import original_file
from evidence.vault.models import ObjectIntent
from evidence.vault.services import ORPHAN_AGE, vault_sweep
from tests.editing.material import (
    COUNT,
    PART,
    bytes_of,
    copies_of,
    drawn,
    fetched,
    frames,
    numbers,
    recorded_in_parts,
    track,
)
from tests.jobs.running import jobs_run, state
from tests.workers.media import render_sources as numbered
from workers.handlers import parts
from workers.handlers.attempt import attempt
from workers.handlers.table import SWEEPS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def short_parts(settings):
    settings.RENDER_PART_FRAMES = 24


def begun(job: Job) -> list[Job]:
    """The parts, once the first attempt has asked for them."""
    attempt(job.pk)
    assert state(job) == JobState.WAITING, job.error
    return list(job.children.order_by("seq"))


def clip(who, master, **options) -> Job:
    return clip_request(
        who=who, recording=master, stretches=[frames(0, COUNT)], reason="For court", compatible=True, **options
    )


def made(job: Job) -> Recording:
    jobs_run()
    assert state(job) == JobState.SUCCEEDED, (job.error_code, job.error)
    return Recording.objects.get(pk=job.result["recording"])


def left() -> int:
    """What lies in the vault and nobody speaks of."""
    return ObjectIntent.objects.count()


def test_long_clip_is_made_in_parts_whose_progress_adds_up_and_nothing_of_them_is_left(who, master, tmp_path):
    job = clip(who, master)
    children = begun(job)
    assert [child.progress_total for child in children] == [24, 24, 27]
    attempt(children[0].pk)
    Job.objects.filter(pk=children[1].pk).update(progress_done=6)
    done = parts_done(job)
    assert (done.work_done, done.work_total) == (30, COUNT)
    assert job_words(job).startswith(f"working in parts, 30 of {COUNT}")
    copy = made(job)
    assert numbers(fetched(copy, tmp_path)) == list(range(COUNT))
    assert copy.statement["frames"] == COUNT
    assert {"name": "h264.part_frames", "value": "24"} in copy.statement["settings"]
    assert left() == 0


def test_copy_through_the_joint_of_a_split_recording_is_made_in_parts_of_both_files(who, officer, tmp_path):
    split = recorded_in_parts(officer=officer)
    mutes = [{"start_frame": 25, "end_frame": 35, "reason": "privacy"}]
    draft = drawn([track(25, 35)], mutes=mutes)
    job = redaction_request(who=who, recording=split, draft=draft, reason="Third party", compatible=True)
    assert [child.progress_total for child in begun(job)] == [24, 36]
    copy = made(job)
    path = fetched(copy, tmp_path)
    shown = numbered.frames_of(path)
    assert [frame.number for frame in shown] == list(range(2 * PART))
    assert [frame.at for frame in shown] == [Fraction(at, 25) for at in range(2 * PART)]
    assert all(int(np.ptp(frame.luma[115:150, 42:98].astype(int))) <= 8 for frame in shown[25:35])
    sound = np.abs(numbered.sound_in(path)).max(axis=0)
    assert sound[numbered.RATE : round(1.4 * numbered.RATE)].max() < 0.01
    assert [row["sha256"] for row in copy.statement["sources"]] == [
        file.sha256 for file in split.files.filter(role=FileRole.MASTER).order_by("part")
    ]
    assert {"name": "h264.part_frames", "value": "24"} in copy.statement["settings"]
    assert left() == 0


@pytest.mark.slow
def test_same_order_gives_the_same_bytes_whoever_makes_which_part_first(who, master):
    one, other = clip(who, master), clip(who, master)
    begun(one)
    for child in reversed(begun(other)):
        attempt(child.pk)
    first, second = made(one), made(other)
    assert bytes_of(original_file(first)) == bytes_of(original_file(second))
    assert first.statement == second.statement


@pytest.mark.slow
def test_fast_redaction_in_parts_is_the_one_made_in_one_piece(who, master, settings):
    draft = drawn([track(12, 50)])
    asked = {"who": who, "recording": master, "draft": draft, "reason": "Third party", "compatible": False}
    settings.RENDER_PART_FRAMES = 12
    in_parts = redaction_request(**asked)
    assert len(begun(in_parts)) > 1
    settings.RENDER_PART_FRAMES = 0
    whole = redaction_request(**asked)
    assert bytes_of(original_file(made(in_parts))) == bytes_of(original_file(made(whole)))


def test_plain_mp4_is_made_in_parts_frame_for_frame(who, master, tmp_path):
    job = transcode_request(who=who, recording=master, reason="For the CPS")
    assert len(begun(job)) == 3
    copy = made(job)
    assert numbers(fetched(copy, tmp_path)) == list(range(COUNT))
    assert copy.statement["is_frame_for_frame"] is True
    assert (copy.statement["kind"], copy.statement["frames_in"]) == ("transcode", COUNT)
    assert left() == 0


@pytest.mark.slow
def test_short_copy_is_made_in_one_piece(who, master, settings):
    settings.RENDER_PART_FRAMES = 60
    job = clip(who, master)
    assert made(job).statement["frames"] == COUNT
    assert job.children.count() == 0


def test_cancelling_the_whole_stops_its_parts_and_clears_what_they_made(who, master):
    job = clip(who, master)
    children = begun(job)
    attempt(children[0].pk)
    assert left() == 1
    running = job_claim(job_id=children[1].pk, owner="elsewhere")
    job_cancel(job=job, actor=who.actor)
    attempt(job.pk)
    assert [state(child) for child in children] == ["succeeded", "running", "cancelled"]
    assert Job.objects.get(pk=running.pk).cancel_requested_at is not None
    assert (left(), copies_of(master)) == (0, 0)


@pytest.mark.slow
def test_part_whose_worker_died_is_taken_again(who, master):
    job = clip(who, master)
    children = begun(job)
    job_claim(job_id=children[1].pk, owner="dead")
    Job.objects.filter(pk=children[1].pk).update(lease_until="2020-01-01T00:00:00Z")
    attempt(children[1].pk)
    assert made(job).statement["frames"] == COUNT
    children[1].refresh_from_db()
    assert children[1].attempt == 2


@pytest.mark.slow
def test_part_that_was_swept_is_made_anew_and_no_other(who, master):
    job = clip(who, master)
    children = begun(job)
    for child in children:
        attempt(child.pk)
    children[1].refresh_from_db()
    ObjectIntent.objects.filter(key=children[1].result["put"]["key"]).delete()
    tokens = [Job.objects.get(pk=child.pk).token for child in children]
    assert made(job).statement["frames"] == COUNT
    again = [Job.objects.get(pk=child.pk).token for child in children]
    assert [after > before for before, after in zip(tokens, again, strict=True)] == [False, True, False]


def test_sweep_leaves_the_parts_of_a_copy_that_is_being_made_and_takes_those_of_one_that_is_not(who, master):
    job = clip(who, master)
    attempt(begun(job)[0].pk)

    def swept() -> int:
        ObjectIntent.objects.update(touched_at="2020-01-01T00:00:00Z")
        SWEEPS["parts"]()
        return vault_sweep()

    assert list(SWEEPS).index("parts") < list(SWEEPS).index("vault")
    assert ORPHAN_AGE.total_seconds() > 0
    assert swept() == 0
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, settled_at="2026-01-01T00:00:00Z")
    assert swept() == 1


@pytest.mark.slow
def test_failed_copy_that_is_tried_again_makes_its_parts_anew(who, master):
    job = clip(who, master)
    children = begun(job)
    attempt(children[0].pk)
    Job.objects.filter(pk=children[1].pk).update(attempt=3, state=JobState.QUEUED)
    attempt(children[1].pk)
    assert (state(job), job.error_code) == (JobState.FAILED, "worker-stopped")
    attempt(job.pk)
    assert left() == 0
    job_retry(job=job, actor=who.actor)
    assert made(job).statement["frames"] == COUNT
    assert left() == 0


@pytest.mark.slow
def test_part_with_damaged_bytes_is_made_anew_and_not_joined(who, master, monkeypatch):
    job = clip(who, master)
    children = begun(job)
    for child in children:
        attempt(child.pk)
    usual = parts.put_from_obj
    keys = iter([children[1].pk])

    def swapped(obj):
        """The first time, part 1 of the copy is part 0 in its place."""
        mine = usual(obj)
        if next(keys, None) is not None:
            return dataclasses.replace(usual(Job.objects.get(pk=children[2].pk).result["put"]))
        return mine

    monkeypatch.setattr(parts, "put_from_obj", swapped)
    assert made(job).statement["frames"] == COUNT
    assert Job.objects.get(pk=children[0].pk).params["again"] == 1


@pytest.mark.slow
def test_recording_whose_pictures_cannot_be_copied_after_all_is_encoded_throughout(who, master, settings, monkeypatch):
    settings.RENDER_PART_FRAMES = 12
    draft = drawn([track(12, 50)])
    job = redaction_request(who=who, recording=master, draft=draft, reason="Third party", compatible=False)
    children = begun(job)
    attempt(children[0].pk)
    Job.objects.filter(pk=children[0].pk).update(result={"not_smart": "A part that must be encoded anew is damaged."})
    copy = made(job)
    assert copy.statement["findings"][0]["code"] == "encoded_throughout"
    assert "A part that must be encoded anew is damaged." in copy.statement["segments"][0]["because"]
    assert copy.statement["frames"] == COUNT
