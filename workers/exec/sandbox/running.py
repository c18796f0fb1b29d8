"""The way in for everything that opens media: `sandbox_run`, and `media_argv` for our own library.

What a confined run is lies in `confined`, the choice of walls in `choice`. A path in the argument list is a guest
name (`/in/0`, `/out/clip.mp4`), never one of the host's.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from workers.exec.process import STDOUT_LIMIT_BYTES, Completed
from workers.exec.sandbox.base import Request
from workers.exec.sandbox.choice import provider
from workers.exec.sandbox.confined import confined_run
from workers.exec.sandbox.profiles import Profile


def media_argv(operation: str, *args: str) -> tuple[str, ...]:
    """The argument list of `python -m workers.media OPERATION ARGS` for `sandbox_run`."""
    return (sys.executable, "-B", "-P", "-m", "workers.media", operation, *args)


def sandbox_run(
    argv: Sequence[str],
    *,
    profile: Profile,
    read: Mapping[str, Path],
    out_dir: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    stdout_limit_bytes: int = STDOUT_LIMIT_BYTES,
    ok: Collection[int] = (0,),
) -> Completed:
    """Run a program that sees the system's programs, each file of `read` under its guest name, /out, and no network.

    `argv[0]` is an absolute path (`tool("ffprobe").path`), a name in /usr/bin, or what `media_argv` says. `read`
    maps `/in/NAME` to a file; `out_dir` appears as /out and afterwards holds only files and directories. A file
    whose limits run out ends it. Raises SandboxUnavailable, LimitReached, ToolFailed (a status outside `ok`),
    ToolTimeout, ToolCancelled, OutputTooLarge, ExecError("output_refused"), and FileNotFoundError,
    NotADirectoryError or ValueError for a wrong request.
    """
    request = Request(argv=tuple(argv), profile=profile, read=dict(read), out_dir=out_dir)
    return confined_run(
        provider(),
        request,
        on_line=on_line,
        is_cancelled=is_cancelled,
        stdout_limit_bytes=stdout_limit_bytes,
        ok=ok,
    )
