"""A job in parts: the last part starts the join, a failed part fails the whole, and cancelling reaches every part."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.jobs.errors import JobIsPart, JobLost
from evidence.jobs.models import Job, JobState
from evidence.jobs.queries import PartsDone, parts_done
from evidence.jobs.services import Part, job_cancel, job_claim, job_fan_out, job_finishing, job_retry
from tests.jobs.running import ACTOR, asked, jobs_run, made, state
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def _split(**bad: object) -> Job:
    parts = [{"value": value} for value in (1, 2, 3, 4)]
    if bad:
        parts[1] |= bad
    return asked("test.split", parts=parts)


def test_four_parts_are_done_and_joined_in_order():
    job = _split()
    attempt(job.pk)
    assert (state(job), job.remaining, job.children.count()) == (JobState.WAITING, 4, 4)
    jobs_run()
    assert (state(job), job.result) == (JobState.SUCCEEDED, {"sum": 10, "asked": 4})
    assert made(job) == 1


def test_parts_belong_to_whoever_asked_for_the_whole():
    job = _split()
    attempt(job.pk)
    assert {part.requested_by for part in job.children.all()} == {ACTOR}


def test_progress_of_the_parts_adds_up():
    job = _split()
    attempt(job.pk)
    parts = list(job.children.order_by("seq"))
    attempt(parts[0].pk)
    assert parts_done(job) == PartsDone(done=1, total=4, work_done=10, work_total=40)
    Job.objects.filter(pk=parts[1].pk).update(progress_done=7)
    assert parts_done(job).work_done == 17


def test_failed_part_fails_the_whole_with_its_words_and_stops_the_rest():
    job = _split(fails=True)
    attempt(job.pk)
    parts = list(job.children.order_by("seq"))
    running = job_claim(job_id=parts[3].pk, owner="elsewhere")
    attempt(parts[1].pk)
    assert (state(job), job.error) == (JobState.FAILED, "This part cannot be made.")
    assert [state(part) for part in parts] == ["cancelled", "failed", "cancelled", "running"]
    assert running.pk == parts[3].pk
    assert parts[3].cancel_requested_at is not None
    attempt(job.pk)
    assert made(job, "test:failed") == 1


def test_cancelling_the_whole_reaches_every_part():
    job = _split()
    attempt(job.pk)
    first, *others = job.children.order_by("seq")
    job_claim(job_id=first.pk, owner="elsewhere")
    job_cancel(job=job, actor=ACTOR)
    assert state(job) == JobState.CANCELLED
    assert first.cancel_requested_at is None
    assert state(first) == JobState.RUNNING
    assert first.cancel_requested_at is not None
    assert {state(part) for part in others} == {JobState.CANCELLED}


def test_part_cannot_be_cancelled_or_tried_again_by_itself():
    job = _split()
    attempt(job.pk)
    part = job.children.first()
    with pytest.raises(JobIsPart):
        job_cancel(job=part, actor=ACTOR)
    with pytest.raises(JobIsPart):
        job_retry(job=part, actor=ACTOR)


def test_whole_that_is_tried_again_keeps_the_parts_that_were_done():
    job = _split(fails=True)
    attempt(job.pk)
    first = job.children.get(seq=0)
    attempt(first.pk)
    attempt(job.children.get(seq=1).pk)
    assert state(job) == JobState.FAILED
    Job.objects.filter(pk=job.pk).update(params={"parts": [{"value": value} for value in (1, 20, 3, 4)]})
    job_retry(job=job, actor=ACTOR)
    jobs_run()
    assert (state(job), job.result["sum"]) == (JobState.SUCCEEDED, 28)
    assert made(first, "test:part") == 1


def test_part_that_runs_while_the_whole_starts_again_has_lost_its_job():
    job = _split()
    attempt(job.pk)
    running = job_claim(job_id=job.children.get(seq=0).pk, owner="elsewhere")
    job_cancel(job=job, actor=ACTOR)
    job_retry(job=job, actor=ACTOR)
    attempt(job.pk)
    with pytest.raises(JobLost), job_finishing(job=running):
        raise AssertionError("the body ran")
    jobs_run()
    assert (state(job), job.result["sum"]) == (JobState.SUCCEEDED, 10)


def test_fewer_parts_the_second_time_leave_none_of_the_first():
    job = _split()
    attempt(job.pk)
    job_cancel(job=job, actor=ACTOR)
    Job.objects.filter(pk=job.pk).update(params={"parts": [{"value": 5}]})
    job_retry(job=job, actor=ACTOR)
    jobs_run()
    assert (state(job), job.result["sum"], job.children.count()) == (JobState.SUCCEEDED, 5, 1)


def test_join_has_attempts_of_its_own():
    job = _split()
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    jobs_run()
    assert (state(job), job.attempt) == (JobState.SUCCEEDED, 1)


def test_fan_out_refuses_none_and_parts_of_parts():
    job = _split()
    attempt(job.pk)
    part = job_claim(job_id=job.children.get(seq=0).pk, owner="here")
    with pytest.raises(ValueError, match="a part has none"):
        job_fan_out(job=part, parts=[Part(kind="test.part")])
    with pytest.raises(ValueError, match="needs parts"):
        job_fan_out(job=job_claim(job_id=asked("test.note").pk, owner="here"), parts=[])


def test_stale_token_cannot_fan_out():
    job = asked("test.note")
    stale = job_claim(job_id=job.pk, owner="here")
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    job_claim(job_id=job.pk, owner="elsewhere")
    with pytest.raises(JobLost):
        job_fan_out(job=stale, parts=[Part(kind="test.part")])
    assert not job.children.exists()
