"""A worker killed, a disk full, a person who cancels, while a copy is made: one copy or none, never half of one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.utils import timezone

from config.bootstrap.system import ROOT
from evidence.custody.models import Event
from evidence.editing.services import clip_request, redaction_request, transcode_request
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import Who, who_is
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel
from evidence.jobs.words import job_words
from evidence.recordings.models import Recording
from evidence.recordings.queries import original_file
from evidence.vault.models import ObjectClass, ObjectIntent, StoredObject
from evidence.vault.services import vault_sweep
from tests import factories
from tests.editing.material import COUNT, bytes_of, drawn, frames, made, prepared, record_of, recorded, track
from tests.jobs.running import jobs_run, state, waits_until, worker
from tests.servers import live
from workers.handlers.attempt import attempt
from workers.handlers.parts import parts_keep

pytestmark = pytest.mark.django_db(transaction=True)
LEASE_S = 2
STEPS = {
    "masking frame": (0, True), "storing the copy,": (0, True), "put": (0, True), "registered": (0, True),
    "committed": (1, False),
}  # fmt: skip
"""Step -> copies to be seen after the kill, and whether the job is to be done again."""


@pytest.fixture
def officer() -> Person:
    return factories.person(Role.OFFICER)


@pytest.fixture
def who(officer: Person) -> Who:
    return who_is(officer)


@pytest.fixture
def master(officer: Person) -> Recording:
    return recorded(officer=officer)


def copies(master: Recording) -> int:
    return Recording.objects.filter(parent=master).count()


def sealed_copies() -> int:
    return StoredObject.objects.filter(object_class=ObjectClass.COPY).count()


def told(master: Recording, verb: str) -> int:
    return Event.objects.filter(subject_id=master.pk, verb=verb).count()


def killed(job: Job, step: str) -> int:
    argv = [sys.executable, "-m", "tests.faults.render_attempt", str(job.pk), step]
    env = {
        **os.environ,
        **live.environment(),
        "CONTINUITY_JOB_LEASE_S": str(LEASE_S),
        "CONTINUITY_JOB_HEARTBEAT_S": "1",
    }
    return subprocess.run(argv, cwd=ROOT, env=env, check=False, timeout=120).returncode


@pytest.mark.parametrize("step", STEPS)
def test_worker_killed_at_any_step_leaves_exactly_one_copy_in_the_end(who, master, step):
    seen, is_again = STEPS[step]
    job = redaction_request(who=who, recording=master, draft=drawn([track(0, 30)]), reason="Third party")
    assert killed(job, step) == -signal.SIGKILL
    assert (copies(master), sealed_copies(), told(master, "recording:copy:made")) == (seen,) * 3
    assert state(job) == (JobState.RUNNING if is_again else JobState.SUCCEEDED)
    waits_until(lambda: not is_again or lease_is_over(job), 10 + LEASE_S, "the end of the lease")
    attempt(job.pk)
    jobs_run()
    assert state(job) == JobState.SUCCEEDED
    assert (copies(master), sealed_copies(), told(master, "recording:copy:made")) == (1, 1, 1)
    (copy,) = Recording.objects.filter(parent=master)
    assert copy.statement["frames"] == COUNT
    assert len(bytes_of(original_file(copy))) == original_file(copy).size_bytes
    # what the killed attempt had put is known to the sweep, and to nobody else
    assert ObjectIntent.objects.count() == (1 if step in {"storing the copy,", "put", "registered"} else 0)


PART_STEPS = ["part put", "masking frame", "joined", "registered", "committed"]


@pytest.mark.parametrize(
    "step", [PART_STEPS[0], *(pytest.param(step, marks=pytest.mark.slow) for step in PART_STEPS[1:])]
)
def test_worker_killed_while_a_part_is_made_or_joined_leaves_exactly_one_copy(who, master, settings, step):
    settings.RENDER_PART_FRAMES = 30
    job = redaction_request(who=who, recording=master, draft=drawn([track(0, 30)]), reason="Third party")
    attempt(job.pk)
    children = list(job.children.order_by("seq"))
    assert len(children) == 2
    if step in PART_STEPS[:2]:
        victim = children[1]
    else:
        victim = job
        for child in children:
            attempt(child.pk)
    assert killed(victim, step) == -signal.SIGKILL
    seen = 1 if step == "committed" else 0
    assert (copies(master), sealed_copies(), told(master, "recording:copy:made")) == (seen,) * 3
    if not seen:
        waits_until(lambda: lease_is_over(victim), 10 + LEASE_S, "the end of the lease")
        attempt(victim.pk)
        jobs_run()
    assert state(job) == JobState.SUCCEEDED
    assert (copies(master), sealed_copies(), told(master, "recording:copy:made")) == (1, 1, 1)
    (copy,) = Recording.objects.filter(parent=master)
    assert copy.statement["frames"] == COUNT
    # what dead attempts had put is known to the sweep, and to nobody else
    ObjectIntent.objects.update(touched_at="2020-01-01T00:00:00Z")
    parts_keep()
    vault_sweep()
    assert ObjectIntent.objects.count() == 0


@pytest.mark.slow
def test_two_workers_share_a_copy_and_when_one_is_killed_the_other_makes_all_of_it(who, officer, tmp_path, monkeypatch):
    monkeypatch.setenv("CONTINUITY_RENDER_PART_FRAMES", "150")
    long = long_recording(officer, tmp_path)
    with worker(tmp_path / "one.log") as one, worker(tmp_path / "two.log"):
        job = clip_request(
            who=who, recording=long, stretches=[frames(0, 1500)], reason="For court", compatible=True
        )  # fmt: skip
        running = job.children.filter(state=JobState.RUNNING)
        waits_until(lambda: len({row.owner for row in running.all()}) == 2, 60, "both workers at work")
        os.kill(one.pid, signal.SIGKILL)
        waits_until(lambda: state(job) == JobState.SUCCEEDED, 240, "the copy")
    assert {row.attempt for row in job.children.all()} >= {2}
    assert (copies(long), sealed_copies(), told(long, "recording:copy:made")) == (1, 1, 1)
    (copy,) = Recording.objects.filter(parent=long)
    assert copy.statement["frames"] == 1500
    ObjectIntent.objects.update(touched_at="2020-01-01T00:00:00Z")
    vault_sweep()
    assert ObjectIntent.objects.count() == 0


@pytest.mark.slow
def test_full_disk_under_a_part_is_said_in_words_and_the_copy_is_made_once_there_is_room(
    who, master, tiny_scratch, settings
):
    settings.RENDER_PART_FRAMES = 30
    job = clip_request(who=who, recording=master, stretches=[frames(0, COUNT)], reason="Court", compatible=True)
    attempt(job.pk)
    part = job.children.get(seq=0)
    (tiny_scratch / "filler").write_bytes(b"x" * 185_000)
    attempt(part.pk)
    assert (state(part), part.error_code, state(job)) == (JobState.QUEUED, "disk-full", JobState.WAITING)
    assert job_words(job).endswith("One part waits: The disk for work in progress is full. Ask the administrator to "
                                   "make room.")  # fmt: skip
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_scratch)], check=True)
    Job.objects.filter(pk=part.pk).update(not_before=timezone.now())
    assert made(job).parent == master


def lease_is_over(job: Job) -> bool:
    job.refresh_from_db()
    return job.lease_until is not None and job.lease_until < timezone.now()


@pytest.fixture
def tiny_scratch(settings, tmp_path):
    place = tmp_path / "tiny"
    place.mkdir()
    argv = ["mount", "-t", "tmpfs", "-o", "size=200k,mode=700", "tmpfs", str(place)]
    if subprocess.run(argv, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    settings.SCRATCH_DIR = place
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.parametrize("ask", ["render", "transcode"])
def test_full_disk_is_said_in_words_and_the_copy_is_made_once_there_is_room(who, master, tiny_scratch, ask):
    filler = tiny_scratch / "filler"
    filler.write_bytes(b"x" * 185_000)
    if ask == "render":
        job = clip_request(who=who, recording=master, stretches=[frames(0, COUNT)], reason="For interview")
    else:
        job = transcode_request(who=who, recording=master, reason="For the CPS")
    attempt(job.pk)
    assert state(job) == JobState.QUEUED
    assert job.error_code == "disk-full"
    assert job.error == "The disk for work in progress is full. Ask the administrator to make room."
    assert copies(master) == 0
    subprocess.run(["mount", "-o", "remount,size=64m", str(tiny_scratch)], check=True)
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
    assert made(job).parent == master


def test_running_render_is_cancelled_within_seconds_and_nothing_of_it_is_left(who, officer, tmp_path, settings):
    long = long_recording(officer, tmp_path)
    with worker(tmp_path / "one.log"):
        job = redaction_request(who=who, recording=long, draft=drawn([track(0, 30)]), reason="Third party")
        waits_until(lambda: state(job) == JobState.RUNNING and job.progress_done > 0, 60, "the first frames")
        assert job.stage == "masking frame"
        began_at = time.monotonic()
        job_cancel(job=job, actor=who.actor)
        waits_until(lambda: state(job) == JobState.CANCELLED, 15, "the end")
        took_s = time.monotonic() - began_at
        waits_until(lambda: told(long, "recording:copy:cancelled") == 1, 10, "telling the item")
    assert took_s < 10
    assert (copies(long), sealed_copies()) == (0, 0)
    assert not (Path(settings.SCRATCH_DIR) / "job" / str(job.pk)).exists()
    assert record_of(long)[-1].actor_name == officer.label


def long_recording(officer: Person, tmp_path: Path) -> Recording:
    """Half a minute of 720p, which takes the renderer far longer than a person needs to cancel."""
    path = tmp_path / "long.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=30", "-c:v", "libx264", "-preset",
         "ultrafast", "-g", "50", "-pix_fmt", "yuv420p", str(path)],
        check=True,
    )  # fmt: skip
    return prepared(path, officer=officer)
