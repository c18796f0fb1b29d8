"""What the test servers have in common: a folder, a free port, a process that dies with us, a wait for its answer.

A server runs until the session ends, however it ends: `workers.exec` kills it when this process is gone.
"""

import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.bootstrap import tools
from workers.exec.process import Running, spawn


class ServerMissing(Exception):
    """This machine has no such server; the message says how to get one."""


class ServerFailed(Exception):
    """The server did not come up; the message ends with what it last printed."""


def program(name: str) -> Path:
    """Where the server's program is.

    Raises:
        ServerMissing: nowhere, not even among the installed wheels.
    """
    path = tools.find(tools.tool_named(name))
    if path is None:
        raise ServerMissing(f"{name} is not installed: run `make setup-test`, which says how to get it.")
    return path


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listens on, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


def browser_program() -> str | None:
    """Chromium without its windows, or else the whole of it."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def port_answers(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def folder(name: str) -> Iterator[Path]:
    """A new folder for a server's files, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix=f"continuity-{name}-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@contextmanager
def server(
    argv: Sequence[str],
    *,
    is_ready: Callable[[], bool],
    timeout_s: float,
    log: Path,
    grace_s: float = 5.0,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Running]:
    """Runs a server for the length of the block, which starts when `is_ready` says so.

    Raises:
        ServerFailed: it ended, or was not ready within `timeout_s`.
    """
    with log.open("wb") as output, spawn(argv, output=output, grace_s=grace_s, cwd=cwd, env=env) as running:
        deadline_at = time.monotonic() + timeout_s
        while not is_ready():
            if running.poll() is not None or time.monotonic() > deadline_at:
                raise ServerFailed(f"{argv[0]} did not come up:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield running
