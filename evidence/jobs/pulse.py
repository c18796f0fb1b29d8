"""The heartbeat of one attempt: a thread that keeps the lease, writes progress and hears orders to stop.

It is the attempt's only writer while the handler works, one small UPDATE at a time, because SQLite takes one writer.
The handler's thread reads plain attributes. A lease that could not be renewed in time counts as lost, whatever the
reason.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connections

from evidence.jobs.errors import JobCancelled, JobInterrupted, JobLost, WorkerStopping
from evidence.jobs.models import Job
from evidence.jobs.services.attempts import Progress, job_beat, job_is_cancel_requested

LISTEN_EVERY_S = 1.0
log = logging.getLogger(__name__)


class Pulse:
    """Use as a context manager around the handler. `progress` is set by the handler's thread, written by this one."""

    def __init__(self, job: Job, *, is_stopping: Callable[[], bool]) -> None:
        self._job = job
        self._is_stopping = is_stopping
        self._thread = threading.Thread(target=self._run, name=f"pulse-{job.pk}", daemon=True)
        self._ended = threading.Event()
        self._beaten_at = time.monotonic()
        self._written: Progress | None = None
        self.progress: Progress | None = None
        self._interrupted: type[JobInterrupted] | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def interruption(self) -> type[JobInterrupted] | None:
        """Why this attempt is to end early; None while it is not."""
        return self._interrupted or (WorkerStopping if self._is_stopping() else None)

    def _run(self) -> None:
        try:
            while self._interrupted is None and not self._ended.wait(min(LISTEN_EVERY_S, settings.JOB_HEARTBEAT_S)):
                self._once()
        finally:
            connections.close_all()

    def _once(self) -> None:
        try:
            self._beat()
            if job_is_cancel_requested(job=self._job):
                self._interrupted = JobCancelled
        except JobLost:
            self._interrupted = JobLost
        except DatabaseError as error:
            log.warning("heartbeat of job %s not written: %s", self._job.pk, type(error).__name__)
            connections.close_all()
            if time.monotonic() - self._beaten_at > settings.JOB_LEASE_S:
                self._interrupted = JobLost

    def _beat(self) -> None:
        progress, now = self.progress, time.monotonic()
        if progress is self._written and now - self._beaten_at < settings.JOB_HEARTBEAT_S:
            return
        job_beat(job=self._job, progress=progress if progress is not self._written else None)
        self._written, self._beaten_at = progress, now
