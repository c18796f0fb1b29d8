"""Kinds of job that exist in tests only: small, and with something real to look at (rows, files, processes).

Imported by `worker_app` inside a live worker and by the conftest inside the test process; importing registers them.
"""

import errno
import os
import signal
import time
from pathlib import Path

from evidence.identity.services import security_log
from evidence.jobs.errors import JobFailed
from evidence.jobs.kinds import KINDS, JobKind
from evidence.jobs.models import Job
from evidence.jobs.services import Part
from evidence.jobs.work import Work
from evidence.vault.errors import ObjectMissing, VaultUnavailable
from workers.exec.errors import SandboxUnavailable
from workers.exec.process import run
from workers.handlers.table import HANDLERS, Handler


def _made(work: Work) -> None:
    with work.finishing() as result:
        security_log(kind="test:made", detail=str(work.job.pk))
        result["made"] = str(work.job.pk)


def note(work: Work) -> None:
    """Writes one row."""
    work.progress(1, 1, "writing row")
    _made(work)


def slow(work: Work) -> None:
    """Takes `for_s`, unless told to end."""
    until = time.monotonic() + work.params["for_s"]
    while time.monotonic() < until:
        work.check()
        time.sleep(0.1)


def tool(work: Work) -> None:
    """Runs a program that sleeps `for_s` (`then_s` in later attempts) and has a child; leaves pids in `folder`."""
    pids = Path(work.params["folder"])
    for_s = work.params["for_s"] if work.job.attempt == 1 else work.params["then_s"]
    script = f"sleep {for_s} & echo $! > {pids}/$!.pid; echo $$ > {pids}/$$.pid; wait"
    (work.scratch / "output").write_text("half")
    work.progress(5_200, 18_000, "masking frame")
    run(["/bin/sh", "-c", script], timeout_s=120, is_cancelled=work.is_cancelled)
    _made(work)


def failing(work: Work) -> None:
    """Fails as often as `times` says, then succeeds."""
    if work.job.attempt <= work.params["times"]:
        raise JobFailed("no-luck", "It did not work this time.", is_final=work.params.get("is_final", False))
    _made(work)


def crashing(work: Work) -> None:
    """Raises what nobody foresaw."""
    raise ZeroDivisionError(work.job.pk)


def blocked(work: Work) -> None:
    """Finds what it needs away while `is_away` is in `folder`: the vault, room on the disk, the sandbox."""
    if not (Path(work.params["folder"]) / "is_away").exists():
        _made(work)
        return
    match work.params["what"]:
        case "vault":
            raise VaultUnavailable("The vault cannot be reached.")
        case "disk":
            raise OSError(errno.ENOSPC, "no room")
        case "damage":
            raise ObjectMissing("The file is missing from the vault.")
    try:
        raise SandboxUnavailable({})
    except SandboxUnavailable as gone:
        raise JobFailed(gone.code, "There is no sandbox here.") from gone


def poison(work: Work) -> None:
    """Kills its worker."""
    os.kill(os.getpid(), signal.SIGKILL)


def split(work: Work) -> None:
    """Fans out into as many parts as there are in `parts`."""
    parts = [Part(kind="test.part", params=params, work=10) for params in work.params["parts"]]
    work.fan_out(parts, result={"asked": len(parts)})


def part(work: Work) -> None:
    """One part: fails if told to, else gives `value`."""
    if work.params.get("fails"):
        raise JobFailed("bad-part", "This part cannot be made.", is_final=True)
    deadline_at = time.monotonic() + work.params.get("for_s", 0)
    while time.monotonic() < deadline_at:
        work.check()
        time.sleep(0.05)
    work.progress(10, 10, "masking frame")
    with work.finishing({"value": work.params["value"]}):
        security_log(kind="test:part", detail=str(work.job.pk))


def joined(work: Work) -> None:
    """Adds the parts' values up."""
    with work.finishing({"sum": sum(row.result["value"] for row in work.parts), **work.job.result}):
        security_log(kind="test:made", detail=str(work.job.pk))


def told(job: Job) -> None:
    """The item hears of the end."""
    security_log(kind=f"test:{job.state}", detail=str(job.pk))


_SPLIT = Handler(handle=split, join=joined, failed=told, cancelled=told)
HERE = {
    "test.note": (JobKind(queue="ingest", label="Write a note"), Handler(handle=note)),
    "test.tool": (JobKind(queue="redact", label="Run a tool"), Handler(handle=tool, failed=told, cancelled=told)),
    "test.failing": (JobKind(queue="ingest", label="Fail"), Handler(handle=failing, failed=told)),
    "test.crashing": (JobKind(queue="ingest", label="Crash", max_attempts=1), Handler(handle=crashing, failed=told)),
    "test.slow": (JobKind(queue="ingest", label="Take long"), Handler(handle=slow)),
    "test.kept": (JobKind(queue="ingest", label="Take in", is_cancellable=False), Handler(handle=note)),
    "test.blocked": (JobKind(queue="ingest", label="Wait"), Handler(handle=blocked, failed=told, waiting=told)),
    "test.poison": (JobKind(queue="notify", label="Poison", max_attempts=2), Handler(handle=poison, failed=told)),
    "test.split": (JobKind(queue="export", label="Split"), _SPLIT),
    "test.part": (JobKind(queue="redact", label="Part"), Handler(handle=part, cancelled=told)),
}
for _name, (_kind, _handler) in HERE.items():
    KINDS[_name], HANDLERS[_name] = _kind, _handler
