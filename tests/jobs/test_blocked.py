"""Jobs outlast an outage of what they need: the vault, room on a disk, the sandbox. A bad file ends as before."""

from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import timezone

from evidence.ingest.models import Upload
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_enqueue, job_retry, jobs_reconcile
from evidence.jobs.services.attempts import BLOCKED_AT_MOST
from evidence.jobs.words import job_words
from evidence.vault.errors import VaultUnavailable
from tests.ingest.sending import dock_sender
from tests.jobs.running import ACTOR, asked, broker_empty, made, rung, state
from workers.handlers import ingest
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """What the job needs is away until this is unlinked."""
    sign = tmp_path / "is_away"
    sign.touch()
    return sign


def _tried(job: Job, times: int) -> list[float]:
    """After how many seconds each attempt is to be followed by another; time passes as the row says."""
    waits = []
    for _ in range(times):
        attempt(job.pk)
        job.refresh_from_db()
        waits.append(wait := (job.not_before - timezone.now()).total_seconds())
        gone_by = timedelta(seconds=wait)
        Job.objects.filter(pk=job.pk, blocked_since__isnull=False).update(
            blocked_since=job.blocked_since and job.blocked_since - gone_by, not_before=timezone.now()
        )
    return waits


@pytest.mark.parametrize("what", ["vault", "disk", "sandbox"])
def test_outage_costs_no_attempt_and_the_job_is_done_when_it_is_over(away, what):
    job = asked("test.blocked", folder=str(away.parent), what=what)
    waits = _tried(job, 12)
    assert (state(job), job.attempt, made(job, "test:failed")) == (JobState.QUEUED, 0, 0)
    assert waits[0] < 6
    # within what the attempts themselves took
    assert all(later > earlier - 2 for earlier, later in pairwise(waits))
    assert 290 < waits[-1] <= 300
    away.unlink()
    attempt(job.pk)
    assert (state(job), job.attempt, job.blocked_since, job.error, made(job)) == (JobState.SUCCEEDED, 1, None, "", 1)


def test_words_say_what_it_waits_for(away):
    job = asked("test.blocked", folder=str(away.parent), what="disk")
    attempt(job.pk)
    job.refresh_from_db()
    said = job_words(job, now=job.not_before - timedelta(seconds=30))
    assert said.startswith("The disk for work in progress is full. Ask the administrator to make room. It waits since ")
    assert said.endswith(", and is tried again by itself in 30 s.")


def test_item_hears_that_it_waits(away):
    job = asked("test.blocked", folder=str(away.parent), what="vault")
    _tried(job, 2)
    assert made(job, "test:queued") == 2


def test_after_a_week_it_fails_and_can_be_tried_again(away):
    job = asked("test.blocked", folder=str(away.parent), what="vault")
    attempt(job.pk)
    Job.objects.filter(pk=job.pk).update(blocked_since=timezone.now() - BLOCKED_AT_MOST, not_before=timezone.now())
    attempt(job.pk)
    assert (state(job), job.error_code, made(job, "test:failed")) == (JobState.FAILED, "vault-unavailable", 1)
    away.unlink()
    job_retry(job=job, actor=ACTOR)
    attempt(job.pk)
    assert (state(job), made(job)) == (JobState.SUCCEEDED, 1)


def test_file_that_is_missing_from_the_vault_is_no_outage(away):
    job = asked("test.blocked", folder=str(away.parent), what="damage")
    for _ in range(job.max_attempts):
        Job.objects.filter(pk=job.pk).update(not_before=timezone.now())
        attempt(job.pk)
    assert (state(job), job.attempt) == (JobState.FAILED, 3)


def test_sender_reads_that_a_commit_waits_for_the_vault(monkeypatch):
    upload = dock_sender().sent(b"recording")
    job = Job.objects.get(key=f"ingest:{upload.pk}")

    def away(**_: object) -> None:
        raise VaultUnavailable("The vault cannot be reached.")

    monkeypatch.setattr(ingest, "upload_put", away)
    attempt(job.pk)
    assert (state(job), job.attempt) == (JobState.QUEUED, 0)
    problem = Upload.objects.get(pk=upload.pk).problem
    assert "The vault cannot be reached." in problem
    assert "What was sent is safe" in problem


def test_preparation_that_was_cancelled_while_that_could_be_done_gets_a_failed_end_and_is_told():
    migration = import_module("evidence.jobs.migrations.0002_blocked_since")
    now = timezone.now()
    stuck, render, live = (
        job_enqueue(kind=kind, key=key, actor=ACTOR)
        for kind, key in (("recording.prepare", "a"), ("copy.render", "b"), ("recording.prepare", "c"))
    )
    Job.objects.filter(pk__in=[stuck.pk, render.pk]).update(state=JobState.CANCELLED, settled_at=now)
    Job.objects.filter(pk=live.pk).update(cancel_requested_at=now)
    migration.cancelled_to_failed(apps, None)
    for job in (stuck, render, live):
        job.refresh_from_db()
    assert (stuck.state, stuck.error_code, stuck.settled_at) == (JobState.FAILED, "cancelled", None)
    assert (render.state, live.state, live.cancel_requested_at) == (JobState.CANCELLED, JobState.QUEUED, None)
    broker_empty()
    assert jobs_reconcile() == 1
    assert rung("ingest") == [str(stuck.pk)]
