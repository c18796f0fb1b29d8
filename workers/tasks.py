"""What a worker runs: one job by its id, the sweeps, a thread that keeps watch; and what it checks before it begins.

Thin on purpose. Celery acknowledges first and keeps no results: the job's row is the truth, a message only a bell. A
newcomer's trap: the reconciler is no Celery task. A task needs a place, and all places may be taken for an hour just
when a lost job has to be found.
"""

import logging
import os
import threading
import time
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import beat_embedded_init, worker_init, worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connections

from evidence.custody.errors import RecordUnguarded
from evidence.custody.guard import guard_require
from evidence.jobs.services import jobs_reconcile
from workers.handlers.attempt import STOPPING, attempt
from workers.handlers.fixity import checks_ask
from workers.handlers.locking import locks_ask, selftest_ask
from workers.handlers.places import PLACES
from workers.handlers.table import SWEEPS

log = logging.getLogger(__name__)


@shared_task(name="continuity.jobs.run")
def job_run(job_id: str) -> None:
    """Attempt one job."""
    attempt(UUID(job_id))


@shared_task(name="continuity.sweep")
def sweep() -> None:
    """Run every sweep; one that fails is noted and does not keep the others from running."""
    for name, run in SWEEPS.items():
        try:
            count = run()
        except Exception:
            log.exception("sweep of %s failed", name)
            continue
        if count:
            log.info("sweep of %s put %s in order", name, count)


@shared_task(name="continuity.vault.checks")
def vault_checks() -> None:
    """Ask for the checks of the vault that are due, and for its locks to be extended."""
    selftest_ask()
    checks_ask()
    locks_ask()


def keep_watch() -> None:
    """Ring again for what got lost, every few seconds until this worker ends; at first also for what was rung lately.

    Each worker does so: ringing twice is harmless, and there is a watch for as long as there is a worker.
    """
    is_start = True
    while True:
        is_start = not _reconciled(is_start=is_start) and is_start
        if STOPPING.wait(settings.JOB_RECONCILE_S):
            break
    connections.close_all()


def _reconciled(*, is_start: bool) -> bool:
    """Whether it could be done; a database or a broker that is away is no reason to end the watch."""
    try:
        count = jobs_reconcile(is_start=is_start)
    except Exception:
        log.exception("lost jobs could not be looked for")
        connections.close_all()  # the next turn tries on a new connection
        return False
    if count:
        log.info("rung again for %s jobs", count)
    return True


@worker_init.connect
def prepare(sender: Any, **_: Any) -> None:
    """Refuse to work while the custody record is not protected, and keep a place for short work."""
    PLACES.limit(queues=sender.app.amqp.queues.consume_from, concurrency=sender.concurrency)
    try:
        guard_require()
    except RecordUnguarded as unguarded:
        # Celery swallows plain exceptions here
        raise SystemExit(str(unguarded)) from unguarded


@worker_ready.connect
def begin(sender: Any, **_: Any) -> None:
    """Say so, ring at once for what was lost while no worker ran, and have the vault's store tried."""
    log.info("worker ready")
    if settings.JOB_VAULT_QUEUE in sender.app.amqp.queues.consume_from:
        _selftest_asked()
    threading.Thread(target=keep_watch, name="watch", daemon=True).start()


def _selftest_asked() -> None:
    """A database that is away is no reason not to begin."""
    try:
        selftest_ask(is_start=True)
    except Exception:
        log.exception("the self-test of the vault could not be asked for")
        connections.close_all()


@worker_shutting_down.connect
def stop(**_: Any) -> None:
    """Have the running attempts hand their jobs back."""
    STOPPING.set()


@beat_embedded_init.connect
def beat_dies_with_worker(**_: Any) -> None:
    """The clock is a child process of the worker; it must not outlive a worker that was killed."""
    threading.Thread(target=_exit_without, args=[os.getppid()], name="worker-watch", daemon=True).start()


def _exit_without(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(1)
    os._exit(1)
