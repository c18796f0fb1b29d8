"""One confined run: a provider's start, the limits, and a look at what was left behind.

Which provider is `choice`'s, the way in is `running`. What comes out of a sandbox was written by whoever made the file:
links and devices in the output directory are refused here, the contents are for the caller to distrust.
"""

from __future__ import annotations

import os
import signal
import stat
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import PurePath

from workers.exec.errors import ExecError, LimitReached, OutputTooLarge, ToolFailed
from workers.exec.process import STDOUT_LIMIT_BYTES, Completed, run
from workers.exec.sandbox.base import Provider, Request

_MEASURE_EVERY_S = 1.0
_LIMIT_SIGNALS = {signal.SIGXCPU: "processor time", signal.SIGXFSZ: "disk space"}


def confined_run(
    provider: Provider,
    request: Request,
    *,
    on_line: Callable[[str], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    stdout_limit_bytes: int = STDOUT_LIMIT_BYTES,
    ok: Collection[int] = (0,),
) -> Completed:
    """Run the request behind the provider's walls. Raises as `sandbox_run` does, but never SandboxUnavailable."""
    with provider.start(request) as start:
        try:
            completed = run(
                start.argv,
                timeout_s=request.profile.wall_s,
                on_line=on_line,
                is_cancelled=_Guard(request, is_cancelled),
                env=start.env,
                stdout_limit_bytes=stdout_limit_bytes,
                ok=ok,
                limits=request.profile.rlimits(),
                keep_fds=start.keep_fds,
            )
        except ToolFailed as error:
            raise _explained(replace(error.completed, argv=request.argv)) from error
    _measure(request)
    return replace(completed, argv=request.argv)


class _Guard:
    """Asked between reads whether to stop: keeps an eye on the output directory and passes the question on."""

    def __init__(self, request: Request, is_cancelled: Callable[[], bool] | None) -> None:
        self._request = request
        self._is_cancelled = is_cancelled
        self._next_at = time.monotonic() + _MEASURE_EVERY_S

    def __call__(self) -> bool:
        if time.monotonic() >= self._next_at:
            _measure(self._request)
            self._next_at = time.monotonic() + _MEASURE_EVERY_S
        return self._is_cancelled is not None and self._is_cancelled()


def _measure(request: Request) -> None:
    """Refuse an output directory that is too large or holds anything but files and directories."""
    name = PurePath(request.argv[0]).name
    total_bytes = 0
    unseen = [os.fspath(request.out_dir)] if request.out_dir is not None else []
    while unseen:
        for status, path in _entries(unseen.pop()):
            total_bytes += status.st_blocks * 512
            if stat.S_ISDIR(status.st_mode):
                unseen.append(path)
            elif not stat.S_ISREG(status.st_mode):
                message = f"{name} left a link or device in its output. The source may be hostile; nothing was kept."
                raise ExecError("output_refused", message, {"tool": name, "mode": stat.filemode(status.st_mode)})
    if total_bytes > request.profile.output_bytes:
        raise OutputTooLarge(name, request.profile.output_bytes)


def _entries(directory: str) -> list[tuple[os.stat_result, str]]:
    try:
        with os.scandir(directory) as entries:
            return [(entry.stat(follow_symlinks=False), entry.path) for entry in entries]
    except FileNotFoundError:
        return []  # a temporary name of the program, which still runs; the last look is after its end


def _explained(completed: Completed) -> ToolFailed:
    for number, limit in _LIMIT_SIGNALS.items():
        # bwrap follows the shell: a program ended by a signal is 128 and its number.
        if completed.returncode in (-number, 128 + number):
            return LimitReached(completed, limit=limit)
    return ToolFailed(completed)
