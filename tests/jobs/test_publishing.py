"""The broker is a bell: rung on commit, rung again for what it lost, and never allowed to stop a request."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.celery import app
from evidence.jobs import publishing
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_cancel, job_claim, job_enqueue, jobs_reconcile
from tests.jobs.running import ACTOR, asked, broker_empty, rung, state
from tests.servers.running import free_ports
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


def _past(job: Job, **fields: int) -> None:
    Job.objects.filter(pk=job.pk).update(
        **{name: timezone.now() - timedelta(seconds=seconds) for name, seconds in fields.items()}
    )


@pytest.fixture
def _broker_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A publisher whose Redis is not there."""
    (port,) = free_ports(1)
    bell = publishing.Celery("nowhere", set_as_current=False, broker=f"redis://127.0.0.1:{port}/0")
    monkeypatch.setattr(publishing, "_bell", bell)


def test_broker_gets_the_id_after_the_commit_and_nothing_else():
    with transaction.atomic():
        job = asked("test.note", secret="PC 4312")
        assert rung() == []
    assert rung() == [str(job.pk)]


def test_each_kind_rings_on_its_own_queue():
    assert rung("redact") == []
    job = asked("test.tool")
    assert (rung("ingest"), rung("redact")) == ([], [str(job.pk)])


@pytest.mark.usefixtures("_broker_is_down")
def test_asking_for_work_survives_a_broker_that_is_down(caplog):
    job = asked("test.note")
    assert state(job) == JobState.QUEUED
    assert "broker not reached" in caplog.text
    assert jobs_reconcile() == 0


def test_job_the_broker_never_heard_of_is_found():
    job = asked("test.note")
    broker_empty()
    assert jobs_reconcile() == 0, "rung a moment ago"
    _past(job, publish_at=1)
    assert jobs_reconcile() == 1
    assert rung() == [str(job.pk)]


def test_starting_worker_rings_for_everything_due():
    job = asked("test.note")
    broker_empty()
    assert jobs_reconcile(is_start=True) == 1
    assert rung() == [str(job.pk)]


def test_long_wait_rings_ever_more_rarely():
    job = asked("test.note")
    _past(job, publish_at=1, not_before=300)
    jobs_reconcile()
    job.refresh_from_db()
    assert timedelta(seconds=290) < job.publish_at - timezone.now() < timedelta(seconds=310)
    _past(job, publish_at=1, not_before=86_400)
    jobs_reconcile()
    job.refresh_from_db()
    assert job.publish_at - timezone.now() <= publishing.AGAIN_AT_MOST


def test_job_for_later_rings_when_it_is_due():
    job = job_enqueue(
        kind="test.note", key="later", actor=ACTOR, not_before=timezone.now() + timedelta(seconds=3600)
    )  # fmt: skip
    assert (jobs_reconcile(), rung()) == (0, [])
    _past(job, publish_at=1, not_before=1)
    assert jobs_reconcile() == 1


def test_lease_that_ran_out_rings_at_once():
    job = asked("test.note")
    job_claim(job_id=job.pk, owner="dead")
    assert jobs_reconcile() == 0
    _past(job, lease_until=1)
    assert jobs_reconcile() == 1
    assert settings.JOB_LEASE_S > 0


def test_end_that_no_item_was_told_of_rings():
    job = asked("test.split", parts=[{"value": 1}, {"value": 2}])
    attempt(job.pk)
    job_cancel(job=job, actor=ACTOR)
    assert jobs_reconcile(is_start=True) == 3
    for row in Job.objects.all():
        attempt(row.pk)
    assert jobs_reconcile(is_start=True) == 0


def test_folders_never_show_half_a_message(shape):
    if shape != "embedded":
        assert settings.CELERY_BROKER_URL.startswith("redis:")
        return
    folder = Path(settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    broken: list[str] = []
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            found = [path for path in folder.iterdir() if path.name.partition(".")[2] == "ingest.msg"]
            broken.extend(path.name for path in found if not path.read_bytes().endswith(b"}"))

    looking = threading.Thread(target=look)
    looking.start()
    with app.connection_for_write() as connection:
        channel = connection.default_channel
        for number in range(300):
            channel._put("ingest", {"body": "x" * 10_000, "number": number})
    is_over.set()
    looking.join()
    assert broken == []
    with app.connection_for_read() as connection:
        taken = [connection.default_channel._get("ingest")["number"] for _ in range(300)]
    assert sorted(taken) == list(range(300))
    assert [path.name for path in folder.iterdir() if path.name.partition(".")[2] == "ingest.msg"] == []
