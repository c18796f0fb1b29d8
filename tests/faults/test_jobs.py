"""Workers that die, messages that get lost, people who cancel: real worker processes, the broker of the shape."""

import os
import signal
import time
from datetime import datetime
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel
from tests.jobs.conftest import _kinds  # noqa: F401 - the kinds of job that exist in tests only
from tests.jobs.running import ACTOR, asked, broker_empty, is_alive, made, pids_in, state, waits_until, worker
from workers import tasks

pytestmark = pytest.mark.django_db(transaction=True)


def _scratch_is_empty(settings: object) -> bool:
    root = Path(settings.SCRATCH_DIR) / "job"
    return not root.exists() or not any(path.is_file() for path in root.rglob("*"))


def test_worker_picks_a_job_up_within_seconds_and_finishes_it_once(tmp_path):
    with worker(tmp_path / "one.log"):
        job = asked("test.note")
        took_s = waits_until(lambda: state(job) == JobState.SUCCEEDED, 20, "the job")
    assert made(job) == 1
    assert took_s < 10


def test_job_enqueued_while_no_worker_ran_and_lost_by_the_broker_is_done(tmp_path):
    job = asked("test.note")
    broker_empty()
    with worker(tmp_path / "one.log"):
        waits_until(lambda: state(job) == JobState.SUCCEEDED, 20, "the job")
    assert made(job) == 1


def test_message_lost_under_a_running_worker_is_rung_again(tmp_path, settings):
    with worker(tmp_path / "one.log"):
        settings.CELERY_BROKER_URL = "memory://"
        job = Job.objects.create(
            kind="test.note", queue="ingest", key="unheard", request=ACTOR.id, requested_by_kind="person",
            requested_by_name="PC 4312 Jones",
        )  # fmt: skip
        waits_until(lambda: state(job) == JobState.SUCCEEDED, 20, "the job")
    assert made(job) == 1


def test_lost_job_is_rung_for_within_seconds_while_every_place_is_taken(tmp_path, settings):
    with worker(tmp_path / "one.log"):
        long = [asked("test.tool", folder=str(tmp_path), for_s=60) for _ in range(3)]
        short = [asked("test.slow", for_s=60) for _ in range(settings.CELERY_WORKER_CONCURRENCY)]
        places = settings.CELERY_WORKER_CONCURRENCY - 2  # one is the sweeps', one the checks of the vault
        waits_until(lambda: _running(long, short) == places, 30, "the last place to be taken")
        lost = asked("test.note")
        broker_empty()
        before_at = timezone.now()
        Job.objects.filter(pk=lost.pk).update(publish_at=before_at)
        waits_until(lambda: Job.objects.get(pk=lost.pk).publish_at > before_at, 15, "the bell for the lost job")
        assert _running(long, short) == places
        for job in (*long, *short):
            job_cancel(job=job, actor=ACTOR)
        waits_until(lambda: state(lost) == JobState.SUCCEEDED, 20, "the lost job")
    assert made(lost) == 1


def test_watch_outlasts_a_database_that_is_away(monkeypatch):
    turns = []

    def reconcile(*, is_start: bool) -> int:
        turns.append(is_start)
        if len(turns) == 1:
            raise OperationalError("the database is away")
        return 0

    monkeypatch.setattr(tasks, "jobs_reconcile", reconcile)
    monkeypatch.setattr(tasks, "STOPPING", Turns(3))
    tasks.keep_watch()
    assert turns == [True, True, False], "what was lost while no worker ran is asked for until it could be"


def test_progress_is_seen_and_cancel_kills_the_tool_and_all_it_started(tmp_path, settings):
    with worker(tmp_path / "one.log"):
        job = asked("test.tool", folder=str(tmp_path), for_s=60)
        waits_until(lambda: len(pids_in(tmp_path)) == 2, 20, "the tool's start")
        pids = pids_in(tmp_path)
        waits_until(lambda: state(job) and job.progress_done == 5_200, 10, "progress")
        assert (job.stage, job.progress_total) == ("masking frame", 18_000)
        job_cancel(job=job, actor=ACTOR)
        took_s = waits_until(lambda: not any(map(is_alive, pids)), 10, "the tool's end")
        waits_until(lambda: state(job) == JobState.CANCELLED, 10, "the job's end")
        waits_until(lambda: made(job, "test:cancelled") == 1, 10, "telling the item")
    assert took_s < 4
    assert made(job) == 0
    assert _scratch_is_empty(settings)


def test_job_of_a_killed_worker_runs_again_elsewhere_and_makes_one_artefact(tmp_path):
    with worker(tmp_path / "one.log") as first:
        job = asked("test.tool", folder=str(tmp_path), for_s=60, then_s=0.5)
        waits_until(lambda: len(pids_in(tmp_path)) == 2, 20, "the tool's start")
        pids = pids_in(tmp_path)
        with worker(tmp_path / "two.log"):
            os.kill(first.pid, signal.SIGKILL)
            waits_until(lambda: not any(map(is_alive, pids)), 5, "the end of the dead worker's tool")
            waits_until(lambda: state(job) == JobState.SUCCEEDED, 40, "the job, elsewhere")
    assert made(job) == 1
    assert (job.attempt, job.token) == (2, 2)


def test_clock_does_not_outlive_a_killed_worker(tmp_path):
    with worker(tmp_path / "one.log") as running:
        (clock,) = _children(running.pid)
        assert is_alive(clock)
        os.kill(running.pid, signal.SIGKILL)
        waits_until(lambda: not is_alive(clock), 5, "the clock's end")


def test_worker_told_to_end_hands_its_job_back_uncounted(tmp_path):
    with worker(tmp_path / "one.log") as first:
        job = asked("test.tool", folder=str(tmp_path), for_s=60)
        waits_until(lambda: len(pids_in(tmp_path)) == 2, 20, "the tool's start")
        first.send(signal.SIGTERM)
        waits_until(lambda: state(job) == JobState.QUEUED, 10, "the handing back")
        assert job.attempt == 0
        assert first.wait(timeout_s=10) == 0
    assert not any(map(is_alive, pids_in(tmp_path)))


def test_poisonous_job_ends_failed_and_leaves_the_queue_to_others(tmp_path):
    job = asked("test.poison")
    for turn in range(4):
        with worker(tmp_path / f"{turn}.log", is_to_start=False) as running:
            waits_until(lambda: running.poll() is not None or state(job) == JobState.FAILED, 30, "an end")
            if state(job) == JobState.FAILED:
                break
    assert (job.state, job.error_code, job.attempt) == (JobState.FAILED, "worker-stopped", 3)
    assert made(job, "test:failed") <= 1


def test_four_parts_are_done_three_at_a_time_and_joined(tmp_path):
    with worker(tmp_path / "one.log"):
        job = asked("test.split", parts=[{"value": value, "for_s": 1.5} for value in (1, 2, 3, 4)])
        waits_until(lambda: state(job) == JobState.SUCCEEDED, 40, "the join")
    spans = [(part.started_at, part.finished_at) for part in job.children.all()]
    assert max(_at_once(moment, spans) for moment, _ in spans) == 3
    assert job.result["sum"] == 10


def test_long_jobs_never_keep_short_ones_waiting_and_all_get_done(tmp_path):
    with worker(tmp_path / "one.log"):
        long = [asked("test.tool", folder=str(tmp_path), for_s=6) for _ in range(5)]
        waits_until(lambda: len(pids_in(tmp_path)) >= 6, 30, "the start of three tools")
        short = asked("test.note")
        waits_until(lambda: state(short) == JobState.SUCCEEDED, 5, "the short job")
        assert sum(state(job) == JobState.RUNNING for job in long) == 3
        waits_until(lambda: all(state(job) == JobState.SUCCEEDED for job in long), 40, "the long jobs")
    assert [job.attempt for job in long] == [1] * 5


def test_worker_refuses_to_start_over_an_unguarded_record(tmp_path):
    from django.db import connection

    from evidence.custody.triggers import triggers_install, triggers_remove

    triggers_remove(connection)
    try:
        with worker(tmp_path / "one.log", is_to_start=False) as running:
            assert running.wait(timeout_s=20) not in (None, 0)
    finally:
        triggers_install(connection)
    assert "custody record is not protected" in (tmp_path / "one.log").read_text()


class Turns:
    """Says that the worker ends after so many turns of the watch."""

    def __init__(self, turns: int) -> None:
        self._left = turns

    def wait(self, _: float) -> bool:
        """True when it is over."""
        self._left -= 1
        return self._left == 0


def _running(*jobs: list[Job]) -> int:
    return sum(state(job) == JobState.RUNNING for some in jobs for job in some)


def _at_once(moment: datetime, spans: list[tuple[datetime, datetime]]) -> int:
    return sum(start <= moment < end for start, end in spans)


def _children(pid: int) -> list[int]:
    """The clock: the one child of a worker that is no supervisor."""
    time.sleep(0.5)
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
