"""A job from asking to its end, in this process: one attempt owns it, and its end is one transaction."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Subject
from evidence.identity.models import SecurityEntry
from evidence.identity.services import security_log
from evidence.jobs.errors import JobCancelled, JobLost
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import (
    job_beat,
    job_cancel,
    job_claim,
    job_enqueue,
    job_fail,
    job_finishing,
    job_retry,
    jobs_reconcile,
)
from tests.jobs.running import ACTOR, asked, jobs_run, made, state
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def _claimed(job: Job) -> Job:
    claimed = job_claim(job_id=job.pk, owner="test")
    assert claimed is not None
    return claimed


def _expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_same_key_gives_the_one_job():
    first = job_enqueue(kind="test.note", key="once", actor=ACTOR, params={"a": 1})
    second = job_enqueue(kind="test.note", key="once", actor=ACTOR, params={"a": 2})
    assert first.pk == second.pk
    assert second.params == {"a": 1}


def test_job_of_an_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        asked("test.nothing")


def test_job_keeps_who_asked_and_what_for():
    subject = Subject("recording", uuid4())
    job = job_enqueue(kind="test.note", key="whose", actor=ACTOR, subject=subject)
    job.refresh_from_db()
    assert job.requested_by == ACTOR
    assert job.subject == subject


def test_job_is_gone_when_the_business_transaction_rolls_back():
    with transaction.atomic():
        asked("test.note")
        transaction.set_rollback(True)
    assert not Job.objects.exists()


def test_five_deliveries_are_one_attempt():
    job = asked("test.note")
    for _ in range(5):
        attempt(job.pk)
    assert state(job) == JobState.SUCCEEDED
    assert (job.attempt, made(job)) == (1, 1)
    assert job.result == {"made": str(job.pk)}


def test_job_that_is_not_due_is_not_claimed():
    due_at = timezone.now() + timedelta(hours=1)
    job = job_enqueue(kind="test.note", key="later", actor=ACTOR, not_before=due_at)
    assert job_claim(job_id=job.pk, owner="test") is None


def test_second_worker_takes_a_job_only_after_the_lease_ran_out():
    job = asked("test.note")
    first = _claimed(job)
    assert job_claim(job_id=job.pk, owner="other") is None
    _expire(job)
    second = _claimed(job)
    assert second.token == first.token + 1


def test_heartbeat_lengthens_the_lease():
    claimed = _claimed(asked("test.note"))
    Job.objects.filter(pk=claimed.pk).update(lease_until=timezone.now())
    job_beat(job=claimed, progress=None)
    claimed.refresh_from_db()
    assert claimed.lease_until - timezone.now() > timedelta(seconds=settings.JOB_LEASE_S - 5)


def test_stale_token_can_neither_beat_nor_finish_nor_fail():
    job = asked("test.note")
    stale = _claimed(job)
    _expire(job)
    owner = _claimed(job)
    with pytest.raises(JobLost):
        job_beat(job=stale, progress=None)
    with pytest.raises(JobLost), job_finishing(job=stale):
        security_log(kind="test:made", detail=str(job.pk))
    with pytest.raises(JobLost):
        job_fail(job=stale, code="x", message="x", is_final=True)
    assert made(job) == 0
    with job_finishing(job=owner, result={"by": "owner"}):
        security_log(kind="test:made", detail=str(job.pk))
    assert (state(job), job.result, made(job)) == (JobState.SUCCEEDED, {"by": "owner"}, 1)


def test_what_finishing_wrote_goes_with_its_failure():
    job = asked("test.note")

    def finish() -> None:
        with job_finishing(job=_claimed(job)) as result:
            security_log(kind="test:made", detail=str(job.pk))
            result["not JSON"] = object()

    with pytest.raises(TypeError):
        finish()
    assert (made(job), state(job)) == (0, JobState.RUNNING)


def test_failed_attempt_is_tried_again_later_and_then_succeeds():
    job = asked("test.failing", times=1)
    attempt(job.pk)
    assert state(job) == JobState.QUEUED
    assert job.not_before > timezone.now() + timedelta(seconds=3)
    assert job.error == "It did not work this time."
    attempt(job.pk)
    assert state(job) == JobState.QUEUED, "tried before it was due"
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
    attempt(job.pk)
    assert (state(job), job.attempt, job.error, made(job)) == (JobState.SUCCEEDED, 2, "", 1)


def test_each_failure_waits_longer_than_the_last():
    job = asked("test.failing", times=9)
    Job.objects.filter(pk=job.pk).update(max_attempts=4)
    waits = []
    for _ in range(3):
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        attempt(job.pk)
        job.refresh_from_db()
        waits.append((job.not_before - timezone.now()).total_seconds())
    assert waits[0] < waits[1] < waits[2]


def test_last_failure_is_for_good_and_the_item_is_told_once():
    job = asked("test.failing", times=9)
    for _ in range(job.max_attempts):
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        attempt(job.pk)
    assert (state(job), job.attempt, job.error_code) == (JobState.FAILED, 3, "no-luck")
    attempt(job.pk)
    assert made(job, "test:failed") == 1


def test_failure_that_trying_again_cannot_mend_is_final_at_once():
    job = asked("test.failing", times=9, is_final=True)
    attempt(job.pk)
    assert (state(job), job.attempt) == (JobState.FAILED, 1)


def test_unforeseen_error_fails_with_words_for_people():
    job = asked("test.crashing")
    attempt(job.pk)
    assert (state(job), job.error_code) == (JobState.FAILED, "unexpected")
    assert "division" not in job.error


def test_kind_without_a_handler_fails_and_says_so():
    job = asked("test.note")
    Job.objects.filter(pk=job.pk).update(kind="test.newer", max_attempts=1)
    attempt(job.pk)
    assert (state(job), job.error_code) == (JobState.FAILED, "unknown-kind")


def test_job_whose_workers_died_each_time_fails_without_running_again():
    job = asked("test.note")
    for _ in range(job.max_attempts):
        _claimed(job)
        _expire(job)
    attempt(job.pk)
    assert (state(job), job.error_code, made(job)) == (JobState.FAILED, "worker-stopped", 0)


def test_waiting_job_is_cancelled_at_once_and_never_runs():
    job = asked("test.split", parts=[{"value": 1}])
    job_cancel(job=job, actor=ACTOR)
    assert (state(job), job.cancel_requested_by_id) == (JobState.CANCELLED, ACTOR.id)
    attempt(job.pk)
    assert (state(job), made(job), made(job, "test:cancelled")) == (JobState.CANCELLED, 0, 1)


def test_cancel_wins_over_a_finish_that_comes_after_it():
    job = asked("test.note")
    claimed = _claimed(job)
    job_cancel(job=job, actor=ACTOR)
    assert state(job) == JobState.RUNNING
    with pytest.raises(JobCancelled), job_finishing(job=claimed):
        security_log(kind="test:made", detail=str(job.pk))
    assert made(job) == 0


def test_failing_attempt_of_a_cancelled_job_ends_it_as_cancelled():
    job = asked("test.note")
    _claimed(job)
    job_cancel(job=job, actor=ACTOR)
    _expire(job)
    attempt(job.pk)
    assert state(job) == JobState.CANCELLED


def test_person_tries_a_failed_job_again_with_all_its_attempts():
    job = asked("test.failing", times=1, is_final=True)
    attempt(job.pk)
    job_retry(job=job, actor=ACTOR)
    assert (state(job), job.attempt, job.error, job.settled_at) == (JobState.QUEUED, 0, "", None)
    Job.objects.filter(pk=job.pk).update(params={"times": 0})
    jobs_run()
    assert (state(job), made(job)) == (JobState.SUCCEEDED, 1)


def test_item_is_told_again_if_telling_it_failed(monkeypatch):
    job = asked("test.crashing")
    SecurityEntry.objects.all().delete()

    def refuses(kind: str) -> None:
        raise ConnectionError(kind)

    monkeypatch.setattr("tests.jobs.handlers.security_log", lambda kind, detail: refuses(kind))
    with pytest.raises(ConnectionError):
        attempt(job.pk)
    assert state(job) == JobState.FAILED
    monkeypatch.undo()
    assert jobs_reconcile() == 1
    attempt(job.pk)
    assert made(job, "test:failed") == 1
