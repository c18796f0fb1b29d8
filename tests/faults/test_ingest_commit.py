"""A worker is killed before every single step of a commit; whoever comes next makes one Master of it, and loses none.

The steps are the real ones: each link, fsync, unlink and database commit of the attempt. The dying process counts them
and kills itself as the kernel would.
"""

import signal
import subprocess
import sys
import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone

from evidence.custody.models import Event
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.services import upload_put, upload_seal, uploads_sweep
from evidence.jobs.errors import JobLost
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_claim, job_finishing
from evidence.recordings.models import Recording
from evidence.vault.services import object_read, vault_sweep
from tests.ingest.conftest import _empty_spool  # noqa: F401 - files that other tests left would be in the way
from tests.ingest.sending import dock_sender, sha256
from tests.servers.live import environment
from tests.vault.conftest import intents_age
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)
_CHILD = """
import os, signal, sys, threading
from uuid import UUID
import django
django.setup()
from django.db.backends.base.base import BaseDatabaseWrapper
from workers.handlers.attempt import attempt

deadly, main, steps = int(sys.argv[2]), threading.current_thread(), 0

def deadly_before(step):
    def taken(*args, **kwargs):
        global steps
        if threading.current_thread() is main:
            steps += 1
            if steps == deadly:
                os.kill(os.getpid(), signal.SIGKILL)
        return step(*args, **kwargs)
    return taken

for name in ("link", "fsync", "unlink", "fchmod"):
    setattr(os, name, deadly_before(getattr(os, name)))
BaseDatabaseWrapper._commit = deadly_before(BaseDatabaseWrapper._commit)
attempt(UUID(sys.argv[1]))
"""
STEPS = 17
"""More than a commit has on any shape of the product; a test holds that."""
CONTENT = b"recording" * 10_000


def attempt_killed_at(job: Job, step: int) -> bool:
    """One attempt in a process of its own; False when it ended before it came to that step."""
    argv = [sys.executable, "-c", _CHILD, str(job.pk), str(step)]
    ended = subprocess.run(
        argv, env={**environment(), "PYTHONPATH": "."}, capture_output=True, check=False, timeout=120
    )
    assert ended.returncode in (0, -signal.SIGKILL), ended.stderr.decode()
    return ended.returncode != 0


def attempt_again(job: Job) -> None:
    """As the next worker does once the dead one's lease has run out."""
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(lease_until=past)
    attempt(job.pk)


@pytest.mark.parametrize("step", range(1, STEPS))
def test_attempt_killed_before_a_step_leaves_one_master_and_one_receipt_after_the_next(step, settings, monkeypatch):
    monkeypatch.setattr("evidence.ingest.services.sweeping.LEFT_OVER_S", 0.0)
    upload = dock_sender().sent(CONTENT)
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    attempt_killed_at(job, step)
    attempt_again(job)
    _whole(upload, CONTENT)
    uploads_sweep()
    intents_age()
    vault_sweep()
    assert list(settings.SPOOL_DIR.iterdir()) == []
    assert b"".join(object_read(upload.file.stored, 0, len(CONTENT))) == CONTENT


def test_every_step_of_a_commit_is_among_those_and_the_steps_are_met():
    upload = dock_sender().sent(CONTENT)
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    assert attempt_killed_at(job, 4)
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert not attempt_killed_at(job, STEPS)
    _whole(upload, CONTENT)


def _whole(upload: Upload, content: bytes) -> None:
    upload.refresh_from_db()
    assert upload.state == UploadState.SEALED
    assert Job.objects.get(key=f"ingest:{upload.pk}").state == JobState.SUCCEEDED
    stored = upload.file.stored
    assert b"".join(object_read(stored, 0, stored.size_bytes)) == content
    assert upload.receipt["receipt"]["sha256"] == sha256(content)
    for verb in ("recording:master:sealed", "recording:receipt:issued"):
        assert Event.objects.filter(verb=verb).count() == 1


def test_put_that_the_sweep_took_while_nobody_worked_is_put_again():
    upload = dock_sender().sent(b"recording")
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    assert job_claim(job_id=job.pk, owner="a worker that dies") is not None
    upload_put(upload=upload)
    intents_age()
    assert vault_sweep() >= 1
    attempt_again(job)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.QUEUED, "put-expired")
    Job.objects.update(not_before=timezone.now())
    attempt(job.pk)
    upload.refresh_from_db()
    assert upload.file.sha256 == sha256(b"recording")


def test_attempt_that_lost_its_job_seals_nothing():
    upload = dock_sender().sent(b"recording")
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    slow = job_claim(job_id=job.pk, owner="slow")
    put = upload_put(upload=upload)
    attempt_again(job)
    with pytest.raises(JobLost), job_finishing(job=slow):
        upload_seal(upload=upload, put=put, damaged=())
    upload.refresh_from_db()
    assert upload.state == UploadState.SEALED
    assert Recording.objects.count() == 1


def test_commit_that_keeps_failing_is_put_off_in_words_and_done_when_its_cause_is_gone(settings, tmp_path):
    upload = dock_sender().sent(CONTENT)
    job = Job.objects.get(key=f"ingest:{upload.pk}")
    Job.objects.update(max_attempts=1)
    settings.IS_PRODUCTION, settings.RECEIPT_KEY_FILE = True, tmp_path / "receipt.pem"
    attempt(job.pk)
    upload.refresh_from_db()
    assert upload.state == UploadState.RECEIVED
    assert "receipts is missing" in upload.problem
    assert "What was sent is safe" in upload.problem
    assert not Recording.objects.exists()
    settings.IS_PRODUCTION = False
    long_ago = timezone.now() - timedelta(hours=1)
    Upload.objects.update(received_at=long_ago)
    Job.objects.update(finished_at=long_ago)
    uploads_sweep()
    attempt(job.pk)
    _whole(upload, CONTENT)
    assert upload.problem == ""


def test_same_bytes_sealed_at_the_same_moment_are_two_recordings_of_which_one_names_the_other():
    uploads = [dock_sender().sent(CONTENT, recorded_at=timezone.now().isoformat()) for _ in range(4)]
    jobs = [Job.objects.get(key=f"ingest:{upload.pk}").pk for upload in uploads]
    threads = [threading.Thread(target=_attempt_here, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Job.objects.filter(pk__in=jobs, state=JobState.SUCCEEDED).count() == 4
    assert Recording.objects.count() == 4
    assert Recording.objects.filter(flag_reason__contains="The same bytes as").count() == 3


def _attempt_here(job_id: UUID) -> None:
    try:
        attempt(job_id)
    finally:
        connections.close_all()
