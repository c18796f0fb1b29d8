"""One attempt at one job, from the ring of the broker to the row that says how it ended.

Reads top to bottom: claim, work under a heartbeat, and the one ending that fits. Handlers raise `JobFailed`, or
anything at all; nothing they raise gets past here. A newcomer's trap: being interrupted is decided by
the row (lost, cancelled, stopping), never by which error the handler happened to raise while its tools were killed.
"""

import errno
import logging
import os
import socket
import threading
from uuid import UUID

import structlog

from evidence.custody.context import request_scope
from evidence.http.errors import AppError
from evidence.http.templatetags.words import times
from evidence.jobs.errors import JobCancelled, JobFailed, JobInterrupted, WorkerStopping
from evidence.jobs.models import Job, JobState
from evidence.jobs.pulse import Pulse
from evidence.jobs.queries import queue_of
from evidence.jobs.services import job_claim, job_end_cancelled, job_fail, job_release, job_settle
from evidence.jobs.work import Work
from evidence.vault.errors import KeyTaken, ObjectLocked, ObjectMissing, VaultFull, VaultUnavailable
from workers.exec.errors import ExecError, SandboxUnavailable
from workers.handlers.places import PLACES
from workers.handlers.scratch import scratch_of
from workers.handlers.table import HANDLERS, Handler

STOPPING = threading.Event()
"""Set when this worker was told to end: attempts hand their jobs back."""
DISK_FULL = "The disk for work in progress is full. Ask the administrator to make room."
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
ENVIRONMENT = (VaultUnavailable, VaultFull, SandboxUnavailable)
"""What fails every job alike until somebody mends it: no job is worn out by it."""
ABOUT_ONE_OBJECT = (KeyTaken, ObjectLocked, ObjectMissing)
"""Of the vault's family, but the vault is there: waiting does not help."""
log = logging.getLogger(__name__)


def attempt(job_id: UUID) -> None:
    """Do the job if it is there to be done, and tell its item if it ended badly. Safe to call any number of times."""
    queue = queue_of(job_id)
    if queue is None or STOPPING.is_set():
        return
    with PLACES.place(queue) as has_place:
        job = job_claim(job_id=job_id, owner=f"{socket.gethostname()}:{os.getpid()}") if has_place else None
        if job is not None:
            with (
                request_scope(job.request),
                structlog.contextvars.bound_contextvars(job=str(job.pk), kind=job.kind),
            ):
                _attempt(job)
    job_settle(job_id=job_id, tell=_tell)


def _attempt(job: Job) -> None:
    log.info("job begun, attempt %s of %s", job.attempt, job.max_attempts)
    try:
        interruption = _work(job)
    except JobFailed as failed:
        _fail(job, failed)
    else:
        _end(job, interruption)


def _work(job: Job) -> type[JobInterrupted] | None:
    """Run the handler. None when it finished, else why it was interrupted.

    Raises:
        JobFailed: it failed by itself.
    """
    if job.attempt > job.max_attempts:
        raise _worn_out(job)
    handler = _handler_of(job)
    with Pulse(job, is_stopping=STOPPING.is_set) as pulse:
        try:
            with scratch_of(job) as scratch:
                _handle(handler, Work(job=job, pulse=pulse, scratch=scratch))
        except JobInterrupted as interrupted:
            return type(interrupted)
        except Exception as error:
            if pulse.interruption is None:
                raise _failure(error) from error
            return pulse.interruption
    return None


def _handle(handler: Handler, work: Work) -> None:
    (handler.join or handler.handle if work.job.is_joining else handler.handle)(work)
    if not work.is_over:
        with work.finishing():
            log.debug("nothing was left to write")


def _end(job: Job, interruption: type[JobInterrupted] | None) -> None:
    if interruption is JobCancelled:
        job_end_cancelled(job=job)
    elif interruption is WorkerStopping:
        job_release(job=job)
    log.info("job ended: %s", "done" if interruption is None else interruption.__name__)


def _fail(job: Job, failed: JobFailed) -> None:
    try:
        is_over = job_fail(
            job=job, code=failed.code, message=failed.message, is_final=failed.is_final,
            is_environment=failed.is_environment,
        )  # fmt: skip
    except JobInterrupted as interrupted:
        _end(job, type(interrupted))
        return
    log.warning(
        "job failed (%s), %s", failed.code, "for good" if is_over else "to be tried again", exc_info=failed.__cause__
    )
    if failed.is_environment and not is_over:
        _tell_waiting(job)


def _handler_of(job: Job) -> Handler:
    handler = HANDLERS.get(job.kind)
    if handler is None:
        message = f"This worker does not know how to do '{job.kind}'. Bring it to the same version as the web server."
        raise JobFailed("unknown-kind", message)
    return handler


def _worn_out(job: Job) -> JobFailed:
    message = (
        f"This work stopped its worker {times(job.max_attempts)} and is not tried again. "
        f"Nothing was changed. Give support the number of this job: {job.pk}."
    )
    return JobFailed("worker-stopped", message, is_final=True)


def _failure(error: Exception) -> JobFailed:
    """What a person is told about an error: the words of our own families, and for all else that it was unexpected."""
    is_environment = _is_environment(error)
    if isinstance(error, JobFailed):
        error.is_environment = is_environment
        return error
    if isinstance(error, AppError | ExecError):
        return JobFailed(error.code, error.message, is_environment=is_environment)
    if is_environment:
        return JobFailed("disk-full", DISK_FULL, is_environment=True)
    return JobFailed(
        "unexpected",
        "Something went wrong that nobody foresaw. Try again; if it fails again, tell support the number of this job.",
    )


def _is_environment(error: BaseException) -> bool:
    """Whether what the job needs was missing; a handler that put it into words of its own says so by its cause."""
    if isinstance(error, JobFailed):
        cause = error.__cause__
        return error.is_environment or (not error.is_final and cause is not None and _is_environment(cause))
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    return isinstance(error, ENVIRONMENT) and not isinstance(error, ABOUT_ONE_OBJECT)


def _tell_waiting(job: Job) -> None:
    handler = HANDLERS.get(job.kind)
    if handler and handler.waiting:
        job.refresh_from_db()
        handler.waiting(job)


def _tell(job: Job) -> None:
    handler = HANDLERS.get(job.kind)
    tell = handler and (handler.failed if job.state == JobState.FAILED else handler.cancelled)
    if tell:
        with request_scope(job.request):
            tell(job)
