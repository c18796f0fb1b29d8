"""Long jobs leave a place for short ones, in a worker that does both."""

import pytest
from django.conf import settings

from evidence.jobs.models import JobState
from tests.jobs.running import asked, broker_empty, rung, state
from workers.handlers.places import Places

pytestmark = pytest.mark.django_db(transaction=True)


def _taken(places: Places, queue: str, count: int) -> list[bool]:
    """What `count` jobs of a queue hear that want a place at the same time."""
    if not count:
        return []
    with places.place(queue) as has_place:
        return [has_place, *_taken(places, queue, count - 1)]


def test_worker_for_everything_keeps_one_place_for_short_jobs_and_one_for_the_sweeps():
    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=settings.CELERY_WORKER_CONCURRENCY)
    assert _taken(places, "redact", 5) == [True, True, True, False, False]
    assert _taken(places, "ingest", 5) == [True, True, True, True, False]
    with places.place("redact"), places.place("redact"), places.place("redact"):
        assert _taken(places, "ingest", 2) == [True, False]


def test_small_worker_for_everything_keeps_its_second_place_for_short_jobs_first():
    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=2)
    with places.place("redact") as has_place:
        assert has_place
        assert _taken(places, "redact", 1) == [False]
        assert _taken(places, "ingest", 1) == [True]


def test_worker_for_letters_keeps_a_place_for_the_sweeps():
    places = Places()
    places.limit(queues=[settings.JOB_SWEEP_QUEUE], concurrency=2)
    assert _taken(places, settings.JOB_SWEEP_QUEUE, 2) == [True, False]


def test_worker_for_uploads_alone_fills_all_its_places():
    places = Places()
    places.limit(queues=["ingest"], concurrency=2)
    assert _taken(places, "ingest", 2) == [True, True]


def test_worker_with_one_place_still_does_long_jobs():
    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=1)
    assert _taken(places, "export", 2) == [True, False]


def test_worker_for_long_jobs_alone_fills_all_its_places():
    places = Places()
    places.limit(queues=["redact"], concurrency=4)
    assert _taken(places, "redact", 4) == [True] * 4


def test_place_that_becomes_free_rings_for_the_longest_waiting():
    first, second = asked("test.part", value=1), asked("test.split", parts=[{"value": 1}])
    broker_empty()
    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=2)
    with places.place("redact"), places.place("redact") as has_place:
        assert not has_place
        assert rung("redact") == []
    assert (rung("redact"), rung("export")) == ([str(first.pk)], [])
    assert second.state == JobState.QUEUED


def test_short_job_that_was_turned_away_is_rung_for_before_a_long_one_that_waits_longer():
    long, short = asked("test.part", value=1), asked("test.note")
    broker_empty()
    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=3)
    with places.place("ingest"), places.place("ingest"), places.place("ingest") as has_place:
        assert not has_place
    assert rung("ingest")[0] == str(short.pk)
    assert str(long.pk) in rung("redact")


def test_job_without_a_place_stays_in_its_queue(monkeypatch):
    from workers.handlers import attempt as module

    places = Places()
    places.limit(queues=settings.JOB_QUEUES, concurrency=1)
    monkeypatch.setattr(module, "PLACES", places)
    job = asked("test.part", value=1)
    with places.place("redact"):
        module.attempt(job.pk)
        assert (state(job), job.attempt) == (JobState.QUEUED, 0)
    module.attempt(job.pk)
    assert state(job) == JobState.SUCCEEDED
