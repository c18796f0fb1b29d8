"""`run` waits for a program and returns what it did; `spawn` keeps one running beside us.

Both own all that the program starts: on time-out, cancellation, an exception of the caller or our own death by
`kill -9`, the whole tree is killed. Programs that read hostile bytes are started through `workers.exec.sandbox`.
"""

from __future__ import annotations

import errno
import io
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from workers.exec.child import Child, Ending, minimal_env
from workers.exec.errors import ExecError, SupervisorLost, ToolCancelled, ToolFailed, ToolMissing
from workers.exec.watch import Watch

STDOUT_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Completed:
    """A program that ended. `cpu_s` covers its whole tree, `peak_rss_bytes` the largest process of it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr_tail: str
    wall_s: float
    cpu_s: float
    peak_rss_bytes: int


def run(
    argv: Sequence[str],
    *,
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    check_every_s: float = 0.2,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: BinaryIO | None = None,
    stdout_to: BinaryIO | None = None,
    stdout_limit_bytes: int = STDOUT_LIMIT_BYTES,
    ok: Collection[int] = (0,),
    limits: Mapping[str, tuple[int, int]] | None = None,
    keep_fds: Sequence[int] = (),
) -> Completed:
    """Run a program to its end.

    `on_line` gets each line of its messages (a carriage return ends one too, so that progress arrives); `is_cancelled`
    is asked before the start and every `check_every_s`, both in the caller's thread. `env` is added to a minimal
    environment. Output goes to `stdout_to` without a limit, or into `Completed.stdout` up to `stdout_limit_bytes`.
    `limits` are resource limits by name without RLIMIT_, (soft, hard); `keep_fds` stay open in the program.

    Raises ToolMissing, ToolFailed (a status outside `ok`), ToolTimeout, ToolCancelled, OutputTooLarge, SupervisorLost.
    """
    if is_cancelled is not None and is_cancelled():
        raise ToolCancelled(_name(argv))  # a chain of short programs would never be asked while one runs
    started_at = time.monotonic()
    stdout_fd = _descriptor_of(stdout_to)
    stdout = subprocess.PIPE if stdout_fd is None else stdout_fd
    with _readable(stdin) as source:
        streams = {"stdin": source, "stdout": stdout, "stderr": subprocess.PIPE}
        child = Child(argv, **streams, cwd=cwd, env=minimal_env(env), limits=limits, keep_fds=keep_fds)
    try:
        watch = Watch(
            child,
            name=_name(argv),
            deadline_at=started_at + timeout_s,
            timeout_s=timeout_s,
            on_line=on_line,
            is_cancelled=is_cancelled,
            check_every_s=check_every_s,
            stdout_to=stdout_to if stdout_fd is None else None,
            stdout_limit_bytes=stdout_limit_bytes,
        )
        watch.until_end()
    finally:
        child.close()
    completed = _completed(argv, watch, _ending(child, argv, cwd, watch.stderr_tail), time.monotonic() - started_at)
    if completed.returncode not in ok:
        raise ToolFailed(completed)
    return completed


class Running:
    """A long-lived program. It is killed with everything it started when the `spawn` block or our process ends."""

    def __init__(self, child: Child, argv: Sequence[str], cwd: Path | None) -> None:
        self._child = child
        self._argv = tuple(argv)
        self._cwd = cwd
        while child.pid is None and child.status_read():
            pass
        self.pid = child.pid

    def poll(self) -> int | None:
        """The return code (negative for a signal), or None while it runs. Raises ToolMissing, SupervisorLost."""
        return self.wait(timeout_s=0)

    def wait(self, *, timeout_s: float) -> int | None:
        """Wait up to `timeout_s` for its end; None if it still runs. Raises ToolMissing, SupervisorLost."""
        child = self._child
        deadline_at = time.monotonic() + timeout_s
        while child.ending is None:
            ready, _, _ = select.select([child.status_fd], [], [], max(0.0, deadline_at - time.monotonic()))
            if not ready:
                return None
            if not child.status_read():
                break
        return _ending(child, self._argv, self._cwd, "").returncode

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, for instance SIGHUP to a server that reloads on it."""
        self._child.send(number)

    def stop(self, *, grace_s: float = 5.0, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, wait up to `grace_s`, then kill all of it. Returns the return code."""
        if self.poll() is None:
            self._child.send(number)
            if self.wait(timeout_s=grace_s) is None:
                self._child.kill()
        code = self.wait(timeout_s=10)
        if code is None:
            self._child.kill_supervisor()
            raise SupervisorLost(_name(self._argv), "")
        return code


@contextmanager
def spawn(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    output: IO[bytes] | None = None,
    grace_s: float = 5.0,
) -> Iterator[Running]:
    """Keep a program running for the length of the block.

    Its output and messages go to `output`, or to our own when None. Leaving the block asks it to end, and kills it and
    all it started after `grace_s`. Raises ToolMissing if it cannot be started.
    """
    child = Child(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        cwd=cwd,
        env=minimal_env(env),
    )
    try:
        running = Running(child, argv, cwd)
        running.poll()
        yield running
        running.stop(grace_s=grace_s)
    finally:
        child.close()


def _completed(argv: Sequence[str], watch: Watch, ending: Ending, wall_s: float) -> Completed:
    return Completed(
        argv=tuple(argv),
        returncode=ending.returncode,
        stdout=watch.stdout,
        stderr_tail=watch.stderr_tail,
        wall_s=wall_s,
        cpu_s=ending.cpu_s,
        peak_rss_bytes=ending.peak_rss_bytes,
    )


def _ending(child: Child, argv: Sequence[str], cwd: Path | None, stderr_tail: str) -> Ending:
    if child.exec_errno is not None:
        raise _not_started(argv, cwd, child.exec_errno)
    if child.ending is None:
        raise SupervisorLost(_name(argv), stderr_tail)
    return child.ending


def _not_started(argv: Sequence[str], cwd: Path | None, number: int) -> ExecError:
    if number in (errno.ENOENT, errno.EACCES, errno.ENOTDIR):
        return ToolMissing(_name(argv), f"{argv[0]} is not installed or may not be run here. Install it and try again.")
    reason = os.strerror(number)
    data = {"tool": _name(argv), "errno": number, "cwd": str(cwd or "")}
    return ExecError("tool_not_started", f"{argv[0]} could not be started: {reason}.", data)


def _name(argv: Sequence[str]) -> str:
    return argv[0].rsplit("/", 1)[-1]


def _descriptor_of(stream: BinaryIO | None) -> int | None:
    """The descriptor of a plain file, its position put where the stream's is; None for what only looks like one.

    A stream that transforms (gzip, a hash) may offer the descriptor beneath, so only Python's own file classes count.
    """
    if not isinstance(stream, io.FileIO | io.BufferedReader | io.BufferedWriter | io.BufferedRandom):
        return None
    try:
        number = stream.fileno()
    except io.UnsupportedOperation:
        return None
    if stream.writable():
        stream.flush()
    if stream.seekable():
        os.lseek(number, stream.tell(), os.SEEK_SET)
    return number


@contextmanager
def _readable(stream: BinaryIO | None) -> Iterator[IO[bytes] | int]:
    """What the program reads: nothing, the file itself, or a copy on disk of a stream that has no descriptor."""
    number = _descriptor_of(stream)
    if stream is None:
        yield subprocess.DEVNULL
    elif number is not None:
        yield number
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            yield copy
