"""Runs small Python programs and media tools behind a provider's walls."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workers.exec.process import Completed
from workers.exec.sandbox import PROBE, Profile, Provider
from workers.exec.sandbox.base import Request
from workers.exec.sandbox.confined import confined_run


def python(
    walls: Provider,
    source: str,
    *arguments: str,
    profile: Profile = PROBE,
    read: Mapping[str, Path] | None = None,
    out_dir: Path | None = None,
    **options: Any,
) -> Completed:
    """`source` as a program; its arguments stand in sys.argv[1:]."""
    argv = (sys.executable, "-B", "-P", "-c", source, *arguments)
    return program(walls, *argv, profile=profile, read=read, out_dir=out_dir, **options)


def program(
    walls: Provider,
    *argv: str,
    profile: Profile = PROBE,
    read: Mapping[str, Path] | None = None,
    out_dir: Path | None = None,
    **options: Any,
) -> Completed:
    """Any program behind the walls."""
    return confined_run(walls, Request(argv=argv, profile=profile, read=read or {}, out_dir=out_dir), **options)
