"""Many at once: one wins the claim, each part counts once, and cancelling never blocks finishing."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from evidence.jobs.errors import JobInterrupted
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel, job_claim, job_enqueue, job_finishing
from tests.jobs.running import ACTOR, asked, state
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def _together(*deeds: Callable[[], object]) -> list[object]:
    """Do all of it at the same moment, each on a thread and connection of its own; what each gave or raised."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], object]) -> object:
        try:
            gate.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        futures = [pool.submit(run, deed) for deed in deeds]
        return [future.exception(timeout=60) or future.result() for future in futures]


def test_of_eight_workers_one_gets_the_job():
    job = asked("test.note")
    claims = _together(*[lambda: job_claim(job_id=job.pk, owner="somebody")] * 8)
    assert [claim is not None for claim in claims].count(True) == 1
    assert (state(job), job.token) == (JobState.RUNNING, 1)


def test_of_eight_who_ask_for_the_same_work_all_get_the_one_job():
    jobs = _together(*[lambda: job_enqueue(kind="test.note", key="same", actor=ACTOR)] * 8)
    assert len({job.pk for job in jobs if isinstance(job, Job)}) == 1
    assert Job.objects.count() == 1
    assert all(isinstance(job, Job) for job in jobs), jobs


def _parts_claimed(count: int) -> tuple[Job, list[Job]]:
    job = asked("test.split", parts=[{"value": value} for value in range(count)])
    attempt(job.pk)
    return job, [job_claim(job_id=part.pk, owner="somebody") for part in job.children.order_by("seq")]


def _finish(part: Job) -> None:
    with job_finishing(job=part, result={"value": part.seq}):
        pass


def test_parts_that_end_together_are_each_counted_once():
    job, parts = _parts_claimed(4)
    assert _together(*[lambda part=part: _finish(part) for part in parts]) == [None] * 4
    assert (state(job), job.remaining, job.is_joining) == (JobState.QUEUED, 0, True)


def test_cancelling_the_whole_while_its_parts_end_comes_to_one_end():
    for _ in range(5):
        job, parts = _parts_claimed(4)
        given = _together(
            *[lambda part=part: _finish(part) for part in parts], lambda job=job: job_cancel(job=job, actor=ACTOR)
        )
        errors = [one for one in given if isinstance(one, Exception) and not isinstance(one, JobInterrupted)]
        assert errors == []
        assert state(job) == JobState.CANCELLED
        assert all(state(part) == JobState.SUCCEEDED or part.cancel_requested_at for part in parts)
