"""Starts one supervised program and speaks with its supervisor.

Nothing here waits for an end or judges one: that is `process`. The supervisor notices our death by two roads, the end
of the control pipe and its own parent's id: neither a thread that ends nor a forked sibling that holds the pipe fools
it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Ending:
    """What the supervisor measured: `returncode` is negative for a signal, `cpu_s` covers the whole tree."""

    returncode: int
    cpu_s: float
    peak_rss_bytes: int


def minimal_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment a program gets: where programs are, UTF-8, a home and a scratch directory, and `extra`."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "TZ") if name in os.environ}
    return {
        "PATH": os.environ.get("PATH", _SYSTEM_PATH),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        **kept,
        **(extra or {}),
    }


class Child:
    """A program under its supervisor. `stdout` and `stderr` are pipes when asked for."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        stdin: IO[bytes] | int,
        stdout: IO[bytes] | int | None,
        stderr: IO[bytes] | int | None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        limits: Mapping[str, tuple[int, int]] | None = None,
        keep_fds: Sequence[int] = (),
    ) -> None:
        status_read, status_write = os.pipe()
        control_read, control_write = os.pipe()
        self.status_fd = status_read
        self._control_fd = control_write
        self._untold = b""
        self.pid: int | None = None
        self.ending: Ending | None = None
        self.exec_errno: int | None = None
        limit_text = ",".join(f"{name}={soft}:{hard}" for name, (soft, hard) in (limits or {}).items()) or "-"
        try:
            self.supervisor = subprocess.Popen(
                [
                    *(sys.executable, "-I", "-S", str(_SUPERVISOR)),
                    *(str(status_write), str(control_read), str(os.getpid()), limit_text, *argv),
                ],
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                cwd=cwd,
                env=dict(env) if env is not None else minimal_env(),
                pass_fds=(status_write, control_read, *keep_fds),
                start_new_session=True,
            )
        except BaseException:
            os.close(status_read)
            os.close(control_write)
            raise
        finally:
            os.close(status_write)
            os.close(control_read)

    @property
    def stdout(self) -> BinaryIO | None:
        """The read end of the program's output, when it was asked for as a pipe."""
        return self.supervisor.stdout  # type: ignore[return-value]  # Popen types IO[bytes], which is what BinaryIO is

    @property
    def stderr(self) -> BinaryIO | None:
        """The read end of the program's messages, when they were asked for as a pipe."""
        return self.supervisor.stderr  # type: ignore[return-value]  # as above

    def status_read(self) -> bool:
        """Take in what the supervisor says now. Returns False when it has nothing more to say (it is gone)."""
        told = os.read(self.status_fd, 4096)
        *lines, self._untold = (self._untold + told).split(b"\n")
        for line in lines:
            word, *values = line.decode().split()
            if word == "started":
                self.pid = int(values[0])
            elif word == "failed":
                self.exec_errno = int(values[0])
            elif word == "ended":
                self.ending = Ending(int(values[0]), float(values[1]), int(values[2]))
        return bool(told)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program itself, not to what it started: servers end their own workers."""
        if self._control_fd >= 0 and self.ending is None:
            try:
                os.write(self._control_fd, bytes([number]))
            except BrokenPipeError:
                return  # it ended a moment ago; the status pipe tells the rest

    def kill(self) -> None:
        """Have the program and all it started killed. Returns at once; may be called again."""
        if self._control_fd >= 0:
            os.close(self._control_fd)
            self._control_fd = -1

    def kill_supervisor(self) -> None:
        """The last resort when the supervisor does not answer: its program dies with it."""
        self.supervisor.kill()

    def close(self) -> None:
        """Kill what still runs, collect the supervisor and close our ends of the pipes."""
        self.kill()
        try:
            self.supervisor.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill_supervisor()
            self.supervisor.wait()
        for stream in (self.supervisor.stdout, self.supervisor.stderr):
            if stream is not None:
                stream.close()
        if self.status_fd >= 0:
            os.close(self.status_fd)
            self.status_fd = -1
