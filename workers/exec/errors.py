"""What can go wrong when a process is started or watched, in words that say what to do next.

Every error carries a stable `code`, a `message` for people and `data` for machines. Text that came out of a tool run on
hostile bytes is data, never part of the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workers.exec.process import Completed


class ExecError(Exception):
    """Base of the family. `code` is stable, `message` is for people, `data` holds JSON-able facts."""

    def __init__(self, code: str, message: str, data: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data: dict[str, object] = dict(data or {})


class ToolMissing(ExecError):
    """An external program is not on this machine; the message holds the command that installs it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("tool_missing", message, {"tool": name})


class ToolFailed(ExecError):
    """The program ran and ended with a status that the caller did not accept."""

    def __init__(self, completed: Completed, *, code: str = "tool_failed", message: str = "") -> None:
        name = completed.argv[0].rsplit("/", 1)[-1]
        super().__init__(
            code,
            message or f"{name} {_ending(completed.returncode)}. The diagnostic log has its last lines.",
            {"tool": name, "returncode": completed.returncode, "untrusted_stderr_tail": completed.stderr_tail},
        )
        self.completed = completed


class LimitReached(ToolFailed):
    """The kernel ended a sandboxed program because it used up its processor time or its file size."""

    def __init__(self, completed: Completed, *, limit: str) -> None:
        message = (
            f"Opening this file took more {limit} than a file of its size may take, so it was stopped. "
            "The file may be damaged or made to do this; ask for it to be looked at by hand."
        )
        super().__init__(completed, code="limit_reached", message=message)
        self.data["limit"] = limit


class ToolTimeout(ExecError):
    """The program was still running when its time was up; it and all it started were killed."""

    def __init__(self, name: str, timeout_s: float, stderr_tail: str) -> None:
        message = (
            f"{name} did not finish within {timeout_s:g} seconds and was stopped. Try again when the machine is idle."
        )
        data = {"tool": name, "timeout_s": timeout_s, "untrusted_stderr_tail": stderr_tail}
        super().__init__("tool_timeout", message, data)


class ToolCancelled(ExecError):
    """The caller's `is_cancelled` said yes; the program and all it started were killed."""

    def __init__(self, name: str) -> None:
        super().__init__("tool_cancelled", f"{name} was stopped because the work was cancelled.", {"tool": name})


class OutputTooLarge(ExecError):
    """The program wrote more than the caller allows; it was killed and the output dropped."""

    def __init__(self, name: str, limit_bytes: int) -> None:
        message = (
            f"{name} wrote more than the {limit_bytes} bytes allowed and was stopped. The file it read may be hostile."
        )
        super().__init__("output_too_large", message, {"tool": name, "limit_bytes": limit_bytes})


class SupervisorLost(ExecError):
    """The process that watches the program ended first (killed by a person or for lack of memory)."""

    def __init__(self, name: str, stderr_tail: str) -> None:
        message = (
            f"The process that watches {name} was killed, probably for lack of memory. The work can be tried again."
        )
        super().__init__("supervisor_lost", message, {"tool": name, "untrusted_stderr_tail": stderr_tail})


class SandboxUnavailable(ExecError):
    """No provider passed its canaries here: media is not opened at all (fail closed)."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        tried = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
        message = (
            "Media cannot be opened on this machine, because no sandbox works here "
            f"({tried}). Install bubblewrap (apt-get install -y --no-install-recommends bubblewrap) and allow user "
            "namespaces, or use a kernel with Landlock (6.2 or later)."
        )
        super().__init__("sandbox_unavailable", message, {"reasons": dict(reasons)})


def _ending(returncode: int) -> str:
    return f"was ended by signal {-returncode}" if returncode < 0 else f"ended with exit status {returncode}"
