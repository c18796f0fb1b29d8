"""Runs inside a sandbox and tries to get out; prints one JSON object, attempt -> null (held) or what it managed.

A script of its own that imports nothing of ours: it is handed to the sandbox as an input file. The names it may and
may not reach come as JSON on its command line.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable


def _opens(path: str) -> str | None:
    with open(path, "rb") as file:  # noqa: PTH123
        return f"read {len(file.read(64))} bytes of {path}"


def _lists(path: str) -> str | None:
    names = os.listdir(path)  # noqa: PTH208
    return f"listed {len(names)} names in {path}" if names else None


def _writes(path: str) -> str | None:
    with open(path, "ab") as file:  # noqa: PTH123
        file.write(b"x")
    return f"wrote to {path}"


def _opens_to_write(path: str) -> str | None:
    os.close(os.open(path, os.O_WRONLY))
    return f"could have written to {path}"


def _connects(family: socket.AddressFamily, address: tuple[str, int] | str) -> str | None:
    with socket.socket(family, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        connection.connect(address)
    return f"connected to {address!r}"


def _sees(marker: str) -> str | None:
    pids = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as command:  # noqa: PTH123
            if marker.encode() in command.read():
                return f"saw process {pid}"
    return None


def _kills(pid: int) -> str | None:
    # In a process table of its own the number is nobody, or ourselves; whether the victim lives is looked at outside.
    if pid not in (os.getpid(), os.getppid(), 1):
        os.kill(pid, signal.SIGKILL)
    return None


def _changes_mode(path: str) -> str | None:
    os.chmod(path, 0o777)  # noqa: PTH101, S103
    return f"changed the mode of {path}"


def _attempt(action: Callable[[], str | None]) -> str | None:
    try:
        return action()
    except OSError:
        return None


def main(facts: dict[str, str]) -> dict[str, str | None]:
    """Make every attempt.

    `facts` holds the host's names; the marker comes reversed, for our own command line is seen too.
    """
    attempts: dict[str, Callable[[], str | None]] = {
        "sibling file": lambda: _opens(facts["sibling"]),
        "directory of the sibling": lambda: _lists(facts["directory"]),
        "accounts of the host": lambda: _opens("/etc/passwd"),
        "our environment": lambda: _opens(f"/proc/{facts['pid']}/environ"),
        "writing the input": lambda: _writes("/in/0"),
        "writing the input by the host's name": lambda: _writes(facts["input"]),
        "writing beside the input": lambda: _writes(f"{facts['directory']}/new"),
        "writing the system": lambda: _opens_to_write("/usr/lib/os-release"),
        "mode of the input": lambda: _changes_mode(facts["input"]),
        "network": lambda: _connects(socket.AF_INET, ("127.0.0.1", int(facts["port"]))),
        "unix socket": lambda: _connects(socket.AF_UNIX, facts["socket"]),
        "abstract socket": lambda: _connects(socket.AF_UNIX, "\0" + facts["abstract"]),
        "seeing other processes": lambda: _sees(facts["marker"][::-1]),
        "killing other processes": lambda: _kills(int(facts["victim"])),
    }
    return {name: _attempt(action) for name, action in attempts.items()}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
