"""Ways to run jobs in tests: here and now in this process, or in worker processes that can be killed."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from django.conf import settings

from config.bootstrap.system import ROOT
from evidence.custody.parties import Actor, ActorKind
from evidence.identity.models import SecurityEntry
from evidence.jobs.models import Job, JobState
from evidence.jobs.services import job_enqueue
from tests.servers import live
from workers.exec.process import Running, spawn
from workers.handlers.attempt import attempt

ACTOR = Actor(kind=ActorKind.PERSON, id=uuid4(), name="PC 4312 Jones", post=uuid4())


def asked(kind: str, **params: object) -> Job:
    """A new job of this kind."""
    return job_enqueue(kind=kind, key=f"{kind}:{uuid4()}", actor=ACTOR, params=params)


def jobs_run(rounds: int = 50) -> None:
    """Attempt every due job in this process until none is left. Needs `django_db(transaction=True)`."""
    for _ in range(rounds):
        due = [job.pk for job in Job.objects.filter(state=JobState.QUEUED).order_by("not_before") if _is_due(job)]
        if not due:
            return
        for job_id in due:
            attempt(job_id)
    raise AssertionError("jobs keep coming back")


def _is_due(job: Job) -> bool:
    job.refresh_from_db()
    return job.state == JobState.QUEUED and job.not_before.timestamp() <= time.time()


def made(job: Job, kind: str = "test:made") -> int:
    """How many artefacts there are of the job."""
    return SecurityEntry.objects.filter(kind=kind, detail=str(job.pk)).count()


def waits_until(check: Callable[[], bool], timeout_s: float, what: str) -> float:
    """Waits for it; returns after how many seconds it was so."""
    began_at = time.monotonic()
    while not check():
        if time.monotonic() - began_at > timeout_s:
            raise AssertionError(f"{what} did not happen within {timeout_s} s")
        time.sleep(0.05)
    return time.monotonic() - began_at


def state(job: Job) -> str:
    """As the database has it now."""
    job.refresh_from_db()
    return job.state


@contextmanager
def worker(log: Path, *, is_to_start: bool = True) -> Iterator[Running]:
    """A worker process with the clock that also knows the test kinds; may be killed by the test.

    On every queue but the vault's, whose worker asks for a job of its own when it starts.
    """
    queues = [queue for queue in settings.JOB_QUEUES if queue != settings.JOB_VAULT_QUEUE]
    argv = [sys.executable, "-m", "celery", "--app", "tests.jobs.worker_app", "worker", "--beat"]
    argv += ["--queues", ",".join(queues), "--loglevel", "INFO", "--hostname", f"{log.stem}@test"]
    argv += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    env = {**live.environment(), "CONTINUITY_JOB_LEASE_S": "4", "CONTINUITY_JOB_HEARTBEAT_S": "1"}
    with log.open("wb") as output, spawn(argv, cwd=ROOT, env=env, output=output) as running:
        waits_until(lambda: b"worker ready" in log.read_bytes() or running.poll() is not None, 60, "the worker's start")
        assert running.poll() is None or not is_to_start, log.read_text()
        yield running


def is_alive(pid: int) -> bool:
    """Whether the process is there and not a zombie."""
    stat = Path(f"/proc/{pid}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except (FileNotFoundError, ProcessLookupError):
        return False


def pids_in(folder: Path) -> list[int]:
    """Pids that `test.tool` left."""
    return [int(path.stem) for path in folder.glob("*.pid")]


def broker_empty() -> None:
    """Throw every message away, as a broker that lost its memory."""
    from config.celery import app

    with app.connection_for_write() as connection:
        for queue in settings.JOB_QUEUES:
            connection.default_channel.queue_declare(queue)
            connection.default_channel.queue_purge(queue)


def rung(queue: str = "ingest") -> list[str]:
    """Job ids in the queue, taken out of it."""
    from config.celery import app

    found = []
    with app.connection_for_read() as connection:
        while (message := connection.default_channel.basic_get(queue, no_ack=True)) is not None:
            found.append(connection.default_channel.message_to_python(message).payload[0][0])
    return found
