"""Proves that a provider's walls hold, by running `canary` behind them with something real on the other side of each.

`cheap_canaries` takes about a quarter of a second and runs before a process first opens media; `limit_canaries` lets
limits run out and takes seconds: tests and `python -m workers.exec --canaries` run it. A canary that cannot run counts
as fallen.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from workers.exec.errors import ExecError, LimitReached, ToolTimeout
from workers.exec.process import Running, spawn
from workers.exec.sandbox.base import Canary, Provider, Request
from workers.exec.sandbox.confined import confined_run
from workers.exec.sandbox.profiles import PROBE, Profile

_SCRIPT = Path(__file__).with_name("canary.py")
_PYTHON = (sys.executable, "-I", "-S", "-B")
_GIVEN = b"given"
_REFUSED = 77
_TAKES_MEMORY = f"""
try:
    bytearray({PROBE.address_space_bytes} + 1)
except MemoryError:
    raise SystemExit({_REFUSED})
"""
_WRITES_MUCH = f"""
import errno
try:
    with open("large", "wb", buffering=0) as file:  # it starts in its scratch directory
        while file.tell() < 4 << 20:
            file.write(bytes(1 << 18))
except OSError as error:
    raise SystemExit({_REFUSED} if error.errno == errno.EFBIG else 1)
"""


def cheap_canaries(provider: Provider) -> list[Canary]:
    """Attempts on files, network and processes from inside. One that could not be made is reported as not held."""
    with other_side() as (directory, facts, victim):
        read = {"/in/0": directory / "given", "/in/canary.py": _SCRIPT}
        request = Request(argv=(*_PYTHON, "/in/canary.py", json.dumps(facts)), profile=PROBE, read=read)
        try:
            managed: dict[str, str | None] = json.loads(confined_run(provider, request).stdout)
        except ExecError as error:
            reason = error.data.get("untrusted_stderr_tail") or error.message
            return [Canary("starting a program", is_held=False, detail=str(reason)[-300:])]
        if victim.poll() is not None:
            managed["killing other processes"] = "a process outside was killed"
        if (directory / "given").read_bytes() != _GIVEN:
            managed["writing the input"] = "the input was changed"
    return [Canary(name, is_held=got is None, detail=got or "refused") for name, got in managed.items()]


def limit_canaries(provider: Provider) -> list[Canary]:
    """Attempts to use more memory, processor time, file size and wall time than a profile gives.

    About three seconds.
    """
    limited: dict[str, tuple[str, Profile, type[ExecError] | None]] = {
        "memory": (_TAKES_MEMORY, PROBE, None),
        "file size": (_WRITES_MUCH, replace(PROBE, file_size_bytes=1 << 20), None),
        "processor time": ("while True: pass", replace(PROBE, cpu_s=1), LimitReached),
        "wall time": ("import time; time.sleep(60)", replace(PROBE, wall_s=1.0), ToolTimeout),
    }
    return [_limit_canary(provider, name, *what) for name, what in limited.items()]


def _limit_canary(
    provider: Provider, name: str, program: str, profile: Profile, stopped_by: type[ExecError] | None
) -> Canary:
    """Held when the program was stopped by that error or, without one, was refused what it asked for and said so."""
    try:
        completed = confined_run(provider, Request(argv=(*_PYTHON, "-c", program), profile=profile), ok=(0, _REFUSED))
    except ExecError as error:
        return Canary(name, is_held=type(error) is stopped_by, detail=error.code)
    is_refused = completed.returncode == _REFUSED
    return Canary(name, is_held=is_refused, detail="refused" if is_refused else "used more than its profile gives")


@contextmanager
def other_side() -> Iterator[tuple[Path, dict[str, str], Running]]:
    """A directory with a given and a secret file, listening sockets and a process: all that a canary must not reach."""
    marker, abstract = secrets.token_hex(16), secrets.token_hex(16)
    waits = (*_PYTHON, "-c", "import time; time.sleep(600)", marker)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canary-")))
        (directory / "given").write_bytes(_GIVEN)
        (directory / "sibling").write_bytes(b"another case")
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        for address in (str(directory / "socket"), "\0" + abstract):
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(address)
            listener.listen()
        victim = stack.enter_context(spawn(waits, grace_s=0))
        facts = {
            "sibling": str(directory / "sibling"),
            "directory": str(directory),
            "input": str(directory / "given"),
            "pid": str(os.getpid()),
            "port": str(tcp.getsockname()[1]),
            "socket": str(directory / "socket"),
            "abstract": abstract,
            "marker": marker[::-1],
            "victim": str(victim.pid),
        }
        yield directory, facts, victim
