"""How a job stands, in words people use."""

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from evidence.jobs.models import Job, JobState, Unit
from evidence.jobs.services import job_cancel, job_claim
from evidence.jobs.words import amount_words, job_words, left_words
from tests.jobs.running import ACTOR, asked
from workers.handlers.attempt import attempt


def _running(**fields: object) -> Job:
    return Job(kind="test.tool", state=JobState.RUNNING, **fields)


def test_progress_reads_as_a_person_would_say_it():
    now = timezone.now()
    job = _running(
        stage="masking frame", progress_done=5_200, progress_total=18_000, stage_began_at=now - timedelta(seconds=50)
    )
    assert job_words(job, now=now) == "masking frame 5,200 of 18,000, about 2 min"


def test_bytes_read_as_sizes():
    job = _running(
        stage="writing the image", progress_done=1_200_000_000, progress_total=3_400_000_000, unit=Unit.BYTES
    )
    assert job_words(job) == "writing the image 1.2 GB of 3.4 GB"


def test_stage_without_a_total_stands_alone():
    assert job_words(_running(stage="looking into the file", progress_done=3)) == "looking into the file"
    assert amount_words(3, 0, Unit.COUNT) == ""


@pytest.mark.parametrize(
    ("done", "total", "elapsed_s", "words"),
    [
        (0, 10, 60, ""), (10, 10, 60, ""), (5, 10, 1, ""), (9, 10, 9, "about 5 s"), (1, 2, 42, "about 45 s"),
        (1, 2, 59.9, "about 60 s"), (1, 2, 60, "about 1 min"), (1, 3, 3600, "about 2 h 00 min"),
        (1, 4, 1700, "about 85 min"), (1, 4, 4000, "about 3 h 20 min"),
    ],
)  # fmt: skip
def test_estimate_is_rounded_to_what_can_be_known(done, total, elapsed_s, words):
    assert left_words(done=done, total=total, elapsed_s=elapsed_s) == words


@given(st.integers(0, 10**12), st.integers(0, 10**12), st.floats(0, 10**7))
def test_estimate_never_breaks(done, total, elapsed_s):
    words = left_words(done=done, total=total, elapsed_s=elapsed_s)
    assert words == "" or words.startswith("about ")


@pytest.mark.django_db(transaction=True)
def test_words_follow_a_job_through_its_life():
    job = asked("test.split", parts=[{"value": 1}, {"value": 2}])
    assert job_words(job) == "waiting to start"
    attempt(job.pk)
    job.refresh_from_db()
    assert job_words(job) == "working in parts, 0 of 20"
    for part in job.children.all():
        attempt(part.pk)
    job.refresh_from_db()
    assert job_words(job) == "putting the parts together"
    attempt(job.pk)
    job.refresh_from_db()
    assert job_words(job).startswith("finished ")


@pytest.mark.django_db(transaction=True)
def test_failed_attempt_says_what_happened_and_when_it_goes_on():
    job = asked("test.failing", times=5)
    attempt(job.pk)
    job.refresh_from_db()
    now = job.not_before - timedelta(seconds=30)
    assert job_words(job, now=now) == "It did not work this time. Trying again in 30 s (attempt 2 of 3)."


@pytest.mark.django_db(transaction=True)
def test_job_that_was_asked_to_stop_says_so():
    job = asked("test.note")
    assert job_words(job_claim(job_id=job.pk, owner="here")) == "starting"
    assert job_words(job_cancel(job=job, actor=ACTOR)) == "stopping"
