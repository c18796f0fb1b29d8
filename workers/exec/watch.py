"""Reads what a running program says and decides when it has had enough: time, cancellation, too much output.

It starts nothing and knows no exit status. Everything runs in the caller's thread, so a slow `on_line` slows the
program (its pipe fills) rather than filling memory.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from typing import BinaryIO

from workers.exec.child import Child
from workers.exec.errors import ExecError, OutputTooLarge, ToolCancelled, ToolTimeout

_CHUNK_BYTES = 256 * 1024
_TAIL_CHARS = 16 * 1024
_LINE_LIMIT_BYTES = 64 * 1024
_ANSWER_WITHIN_S = 7.0  # the supervisor kills for 5 s at most


class _Lines:
    """Cuts messages into lines at newlines and carriage returns, keeps the end of them, hands each on."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self._on_line = on_line
        self._rest = b""
        self._kept: list[str] = []
        self._kept_chars = 0

    def feed(self, chunk: bytes) -> None:
        *lines, self._rest = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        if len(self._rest) > _LINE_LIMIT_BYTES:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._take(line)

    def finish(self) -> None:
        self._take(self._rest)
        self._rest = b""

    def _take(self, line: bytes) -> None:
        if not line:
            return
        text = line.decode("utf-8", "replace")
        self._kept.append(text)
        self._kept_chars += len(text) + 1
        while self._kept_chars > _TAIL_CHARS and len(self._kept) > 1:
            self._kept_chars -= len(self._kept.pop(0)) + 1
        if self._on_line is not None:
            self._on_line(text)

    @property
    def tail(self) -> str:
        return "\n".join(self._kept)[-_TAIL_CHARS:]


class Watch:
    """Follows one child to its end. Raises ToolTimeout, ToolCancelled, OutputTooLarge after having it killed."""

    def __init__(
        self,
        child: Child,
        *,
        name: str,
        deadline_at: float,
        timeout_s: float,
        on_line: Callable[[str], None] | None,
        is_cancelled: Callable[[], bool] | None,
        check_every_s: float,
        stdout_to: BinaryIO | None,
        stdout_limit_bytes: int,
    ) -> None:
        self._child = child
        self._name = name
        self._deadline_at = deadline_at
        self._timeout_s = timeout_s
        self._is_cancelled = is_cancelled
        self._check_every_s = check_every_s
        self._stdout_to = stdout_to
        self._stdout_limit_bytes = stdout_limit_bytes
        self._stdout = bytearray()
        self._lines = _Lines(on_line)
        self._stopped_by: ExecError | None = None

    @property
    def stdout(self) -> bytes:
        """What the program wrote, unless it went to `stdout_to`."""
        return bytes(self._stdout)

    @property
    def stderr_tail(self) -> str:
        """The end of the program's messages, at most 16 Ki characters."""
        return self._lines.tail

    def until_end(self) -> None:
        """Return when the program has ended and all it said was read."""
        with selectors.DefaultSelector() as selector:
            takers: list[tuple[BinaryIO | int | None, Callable[[int], bool]]] = [
                (self._child.stdout, self._take_stdout),
                (self._child.stderr, self._take_stderr),
                (self._child.status_fd, self._take_status),
            ]
            for source, taker in takers:
                if source is not None:
                    selector.register(source, selectors.EVENT_READ, taker)
            next_check_at = time.monotonic() + self._check_every_s
            while selector.get_map():
                ready = selector.select(max(0.0, min(next_check_at, self._deadline_at) - time.monotonic()))
                for key, _ in ready:
                    if not key.data(key.fd):
                        selector.unregister(key.fileobj)
                if time.monotonic() >= min(next_check_at, self._deadline_at):
                    self._check(is_quiet=not ready)
                    next_check_at = time.monotonic() + self._check_every_s
        if self._stopped_by is not None:
            raise self._stopped_by
        self._lines.finish()

    def _check(self, *, is_quiet: bool) -> None:
        is_late = time.monotonic() >= self._deadline_at
        if self._stopped_by is not None or self._child.ending is not None:
            if is_late and is_quiet:
                self._give_up()
        elif is_late:
            self._stop(ToolTimeout(self._name, self._timeout_s, self.stderr_tail))
        elif self._is_cancelled is not None and self._is_cancelled():
            self._stop(ToolCancelled(self._name))

    def _stop(self, reason: ExecError) -> None:
        self._stopped_by = reason
        self._deadline_at = time.monotonic() + _ANSWER_WITHIN_S
        self._child.kill()

    def _give_up(self) -> None:
        """The supervisor was told to kill, or said that all is over, and yet a pipe stays open and silent."""
        self._child.kill_supervisor()
        raise ExecError(
            "processes_left",
            f"{self._name} was stopped, but processes that it started could not be. Have the machine looked at.",
            {"tool": self._name, "stopped_by": self._stopped_by.code if self._stopped_by else None},
        )

    def _take_stdout(self, fd: int) -> bool:
        chunk = os.read(fd, _CHUNK_BYTES)
        if self._stopped_by is not None:
            return bool(chunk)
        if self._stdout_to is not None:
            self._stdout_to.write(chunk)
        elif len(self._stdout) + len(chunk) > self._stdout_limit_bytes:
            self._stop(OutputTooLarge(self._name, self._stdout_limit_bytes))
        else:
            self._stdout += chunk
        return bool(chunk)

    def _take_stderr(self, fd: int) -> bool:
        chunk = os.read(fd, _CHUNK_BYTES)
        if self._stopped_by is None:
            self._lines.feed(chunk)
        return bool(chunk)

    def _take_status(self, _fd: int) -> bool:
        has_more = self._child.status_read()
        if self._child.ending is not None and self._stopped_by is None:
            self._deadline_at = min(self._deadline_at, time.monotonic() + _ANSWER_WITHIN_S)
        return has_more
