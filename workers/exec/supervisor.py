"""The small process between us and every program we start; run as a script, never imported by the product.

It adopts all that the program starts (child subreaper) and kills the whole tree when the program ends, when we ask, or
when we die, however we die. It imports nothing of ours and little of the standard library: it starts in about 20 ms.

Command line: `supervisor.py STATUS_FD CONTROL_FD PARENT_PID LIMITS PROGRAM ARG...`; LIMITS: `-` or `name=soft:hard,...`
Status lines: `failed ERRNO` (it could not be executed), or `started PID` and later `ended CODE CPU_S RSS_BYTES`.
Each byte on the control pipe is a signal number for the program; its end means: kill everything.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import sys
import time

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PARENT_CHECK_MS = 250
_KILL_FOR_S = 5.0

_libc = ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _set_limits(text: str) -> None:
    for item in [] if text == "-" else text.split(","):
        name, _, values = item.partition("=")
        kind = getattr(resource, f"RLIMIT_{name.upper()}")
        ceiling = resource.getrlimit(kind)[1]
        soft, hard = (
            int(value) if ceiling == resource.RLIM_INFINITY else min(int(value), ceiling) for value in values.split(":")
        )
        resource.setrlimit(kind, (soft, hard))


def _become(argv: list[str], supervisor_pid: int, limits: str, failure_fd: int) -> None:
    """Turn the forked child into the program. The order matters: own group, tied to us, then limits, then exec."""
    try:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor_pid:
            os._exit(125)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        _set_limits(limits)
        os.execvp(argv[0], argv)  # noqa: S606 - an argument list, never a shell
    except OSError as error:
        os.write(failure_fd, str(error.errno).encode())
    finally:
        os._exit(127)


def _parent_of(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:  # noqa: PTH123 - pathlib costs start-up time here
            return int(stat.read().rpartition(b")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return None


def _descendants(root: int) -> list[int]:
    try:
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    except OSError:
        return []  # no /proc inside a sandbox: the group is all that can be reached, the outer supervisor sees the rest
    parents = {pid: parent for pid in pids if (parent := _parent_of(pid)) is not None}
    found = {root}
    size = 0
    while size != len(found):
        size = len(found)
        found |= {pid for pid, parent in parents.items() if parent in found}
    return sorted(found - {root})


class _Tree:
    """The program and everything it started."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def reap(self) -> bool:
        """Collect the ended. Returns True while children remain."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid == self.pid:
                self.returncode = os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        """Kill until nothing is left: orphans are adopted by us, so each round sees those the last one uncovered."""
        give_up_at = time.monotonic() + _KILL_FOR_S
        while time.monotonic() < give_up_at:
            group = [-self.pid] if self.returncode is None else []
            for pid in [*group, *_descendants(os.getpid())]:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            if not self.reap():
                return
            time.sleep(0.005)


def _start(argv: list[str], limits: str) -> tuple[int, bytes]:
    """Fork and execute. Returns the process id and, if it could not be executed, the status line that says so."""
    supervisor_pid = os.getpid()
    failure_read, failure_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become(argv, supervisor_pid, limits, failure_write)
    os.close(failure_write)
    number = os.read(failure_read, 16)  # ends empty when the program takes the process over
    os.close(failure_read)
    return pid, b"failed " + number + b"\n" if number else b""


def _watch(tree: _Tree, control_fd: int, wake_fd: int, parent_pid: int, asked_to_end: list[int]) -> None:
    poller = select.poll()
    poller.register(control_fd, select.POLLIN)
    poller.register(wake_fd, select.POLLIN)
    while tree.returncode is None:
        ready = {fd for fd, _ in poller.poll(_PARENT_CHECK_MS)}
        if os.getppid() != parent_pid or asked_to_end:
            return
        if wake_fd in ready:
            os.read(wake_fd, 4096)
        if control_fd in ready:
            orders = os.read(control_fd, 64)
            if not orders:
                return
            for number in orders:
                os.kill(tree.pid, number)  # not yet reaped, so the number is still its own
        tree.reap()


def _main(status_fd: int, control_fd: int, parent_pid: int, limits: str, argv: list[str]) -> None:
    os.set_inheritable(status_fd, False)
    os.set_inheritable(control_fd, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    asked_to_end: list[int] = []
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_read, False)
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: asked_to_end.append(received))
    pid, failure = _start(argv, limits)
    os.write(status_fd, failure or f"started {pid}\n".encode())
    # The program alone holds its input and output, so that each side sees the other close.
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    tree = _Tree(pid)
    _watch(tree, control_fd, wake_read, parent_pid, asked_to_end)
    tree.kill()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    returncode = -signal.SIGKILL if tree.returncode is None else tree.returncode
    with contextlib.suppress(BrokenPipeError):
        os.write(
            status_fd, f"ended {returncode} {used.ru_utime + used.ru_stime:.3f} {used.ru_maxrss * 1024}\n".encode()
        )


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5:])
