"""What a handler is given: progress that is written for it, orders to stop that reach it, scratch that goes away."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone

from evidence.jobs import pulse as pulse_module
from evidence.jobs.errors import JobCancelled, JobLost, WorkerStopping
from evidence.jobs.kinds import KINDS
from evidence.jobs.models import Job, JobState, Unit
from evidence.jobs.pulse import Pulse
from evidence.jobs.services import job_cancel, job_claim
from evidence.jobs.work import Work
from tests.jobs.running import ACTOR, asked, state, waits_until
from workers.handlers.attempt import STOPPING, attempt
from workers.handlers.scratch import scratch_of, scratch_sweep
from workers.handlers.table import HANDLERS, Handler

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claimed(monkeypatch: pytest.MonkeyPatch) -> Job:
    monkeypatch.setattr(pulse_module, "LISTEN_EVERY_S", 0.05)
    return job_claim(job_id=asked("test.note").pk, owner="here")


def _work(job: Job, pulse: Pulse) -> Work:
    return Work(job=job, pulse=pulse, scratch=Path("/nowhere"))


def _never() -> bool:
    return False


def test_progress_reaches_the_row_and_keeps_the_time_its_stage_began(claimed):
    with Pulse(claimed, is_stopping=_never) as pulse:
        work = _work(claimed, pulse)
        work.progress(0, 10, "reading the file", Unit.BYTES)
        waits_until(lambda: state(claimed) and claimed.stage == "reading the file", 5, "the write")
        began_at = claimed.stage_began_at
        work.progress(7, 10, "reading the file", Unit.BYTES)
        waits_until(lambda: state(claimed) and claimed.progress_done == 7, 5, "the write")
    assert (claimed.progress_total, claimed.unit, claimed.stage_began_at) == (10, Unit.BYTES, began_at)


@contextmanager
def _pulse_connections(met: Callable[[BaseDatabaseWrapper], None]) -> Iterator[None]:
    """Calls `met` with each database connection that a heartbeat thread opens."""

    def opened(connection: BaseDatabaseWrapper, **_: object) -> None:
        if threading.current_thread().name.startswith("pulse-"):
            met(connection)

    connection_created.connect(opened)
    try:
        yield
    finally:
        connection_created.disconnect(opened)


def test_many_calls_of_progress_are_few_writes(claimed, monkeypatch):
    monkeypatch.setattr(pulse_module, "LISTEN_EVERY_S", 0.2)
    writes = []

    def count(execute, sql, *rest):
        writes.extend([sql] if sql.startswith("UPDATE") else [])
        return execute(sql, *rest)

    with (
        _pulse_connections(lambda connection: connection.execute_wrappers.append(count)),
        Pulse(claimed, is_stopping=_never) as pulse,
    ):
        work = _work(claimed, pulse)
        until = time.monotonic() + 1
        while time.monotonic() < until:
            work.progress(1, 2, "counting")
    assert 1 <= len(writes) <= 6


def test_cancel_reaches_the_handler(claimed):
    with Pulse(claimed, is_stopping=_never) as pulse:
        work = _work(claimed, pulse)
        assert not work.is_cancelled()
        job_cancel(job=claimed, actor=ACTOR)
        waits_until(work.is_cancelled, 5, "the order")
        with pytest.raises(JobCancelled):
            work.progress(1, 2, "on and on")


def test_lost_job_reaches_the_handler(claimed):
    with Pulse(claimed, is_stopping=_never) as pulse:
        work = _work(claimed, pulse)
        Job.objects.filter(pk=claimed.pk).update(token=claimed.token + 1)
        waits_until(work.is_cancelled, 5, "the loss")
        with pytest.raises(JobLost):
            work.check()


def test_stopping_worker_reaches_the_handler_at_once(claimed):
    with Pulse(claimed, is_stopping=lambda: True) as pulse, pytest.raises(WorkerStopping):
        _work(claimed, pulse).check()


def test_lease_that_cannot_be_renewed_in_time_is_lost(claimed, settings):
    settings.JOB_LEASE_S, settings.JOB_HEARTBEAT_S = 0.3, 0.05

    def fails(_: BaseDatabaseWrapper) -> None:
        raise DatabaseError("gone away")

    with _pulse_connections(fails), Pulse(claimed, is_stopping=_never) as pulse:
        assert pulse.interruption is None
        waits_until(lambda: pulse.interruption is JobLost, 5, "the loss")


def test_worker_that_is_stopping_gives_the_job_back_and_takes_no_other(monkeypatch):
    def handle(work: Work) -> None:
        STOPPING.set()
        work.check()

    monkeypatch.setitem(HANDLERS, "test.note", Handler(handle=handle))
    job, other = asked("test.note"), asked("test.part", value=1)
    try:
        attempt(job.pk)
        attempt(other.pk)
    finally:
        STOPPING.clear()
    assert (state(job), job.attempt) == (JobState.QUEUED, 0)
    assert (state(other), other.attempt) == (JobState.QUEUED, 0)


def test_handler_that_raises_for_its_killed_tool_is_cancelled_not_failed(monkeypatch):
    monkeypatch.setattr(pulse_module, "LISTEN_EVERY_S", 0.05)

    def handle(work: Work) -> None:
        job_cancel(job=work.job, actor=ACTOR)
        waits_until(work.is_cancelled, 5, "the order")
        raise BrokenPipeError("the tool is gone")

    monkeypatch.setitem(HANDLERS, "test.note", Handler(handle=handle))
    job = asked("test.note")
    attempt(job.pk)
    assert (state(job), job.error) == (JobState.CANCELLED, "")


def test_handler_that_writes_nothing_is_done_when_it_returns(monkeypatch):
    monkeypatch.setitem(HANDLERS, "test.note", Handler(handle=lambda work: None))
    job = asked("test.note")
    attempt(job.pk)
    assert state(job) == JobState.SUCCEEDED


def test_scratch_is_private_empty_and_gone_afterwards(claimed):
    with scratch_of(claimed) as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert list(folder.iterdir()) == []
        (folder / "half").write_bytes(b"x")
    assert not folder.parent.exists()


def test_scratch_of_a_failing_handler_is_gone_too(monkeypatch):
    seen = []

    def handle(work: Work) -> None:
        seen.append(work.scratch)
        (work.scratch / "half").write_bytes(b"x")
        raise ZeroDivisionError

    monkeypatch.setitem(HANDLERS, "test.note", Handler(handle=handle))
    attempt(asked("test.note").pk)
    assert not seen[0].exists()


def test_sweep_takes_what_dead_attempts_left_and_nothing_else(claimed):
    dead = job_claim(job_id=asked("test.note").pk, owner="dead")
    with scratch_of(claimed) as folder:
        left = folder.parent.parent / str(dead.pk) / str(dead.token)
        left.mkdir(parents=True)
        assert scratch_sweep() == 0
        Job.objects.filter(pk=dead.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        job_claim(job_id=dead.pk, owner="second")
        assert scratch_sweep() == 1
        assert folder.is_dir()
        assert not left.exists()


def test_every_handler_is_of_a_kind_that_can_be_asked_for():
    assert set(HANDLERS) <= set(KINDS)
