"""`python -m workers.exec`: which external programs this machine has, their versions, and what to install.

Prints a table and the sandbox in use; `--canaries` adds every attempt to get out of every sandbox there is. The exit
status is 1 when ffmpeg, ffprobe or the sandbox is missing, because then no media can be opened.
"""

from __future__ import annotations

import argparse
import sys

from workers.exec.errors import ExecError, SandboxUnavailable
from workers.exec.sandbox import Provider, provider, providers
from workers.exec.sandbox.canaries import cheap_canaries, limit_canaries
from workers.exec.tools import TOOL_NAMES, tool

_NEEDED = ("ffmpeg", "ffprobe", "sandbox")


def _tool_row(name: str) -> tuple[str, str, str]:
    try:
        found = tool(name)
    except ExecError as error:
        return name, "-", error.message
    return name, found.version, str(found.path)


def _sandbox_row() -> tuple[str, str, str]:
    try:
        return "sandbox", provider().name, "its canaries held"
    except SandboxUnavailable as error:
        return "sandbox", "-", error.message


def _canary_rows(candidate: Provider) -> list[tuple[str, str, str]]:
    reason = candidate.absent_because()
    if reason is not None:
        return [(candidate.name, "absent", reason)]
    canaries = (*cheap_canaries(candidate), *limit_canaries(candidate))
    return [(candidate.name, "held" if it.is_held else "FELL", f"{it.name}: {it.detail}") for it in canaries]


def main(arguments: list[str]) -> int:
    """Print the table. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m workers.exec", description="External programs and the sandbox.")
    parser.add_argument(
        "--canaries", action="store_true", help="try to get out of every sandbox, and show each attempt"
    )
    options = parser.parse_args(arguments)
    rows = [*map(_tool_row, TOOL_NAMES), _sandbox_row()]
    is_complete = all(version != "-" for name, version, _ in rows if name in _NEEDED)
    for candidate in providers() if options.canaries else ():
        rows += _canary_rows(candidate)
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, version, place in rows:
        sys.stdout.write(f"{name:<{widths[0]}}  {version:<{widths[1]}}  {place}\n")
    return 0 if is_complete else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
