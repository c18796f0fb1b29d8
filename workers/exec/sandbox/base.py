"""What a sandbox is: a provider turns a request into a start, and proves with canaries that its walls hold.

No provider is chosen here. The newcomer's trap: guest names (`/in/0`, `/out`) are the only names a sandboxed
program may be given; a provider without a mount table puts the host's names in their place, so they must stand
whole in an argument.
"""

from __future__ import annotations

import os
import re
import site
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import workers
from workers.exec.errors import ToolMissing
from workers.exec.sandbox.profiles import Profile
from workers.exec.tools import env_variable, tool

OUT = "/out"
WORKERS = Path(workers.__file__).parent
_GUEST_INPUT = re.compile(r"/in/[A-Za-z0-9][A-Za-z0-9._-]*")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
_MEDIA_TOOLS = ("ffmpeg", "ffprobe")


@dataclass(frozen=True)
class Request:
    """One program to run: `read` maps guest names to files, `out_dir` is written as /out."""

    argv: tuple[str, ...]
    profile: Profile
    read: Mapping[str, Path] = field(default_factory=dict)
    out_dir: Path | None = None

    def __post_init__(self) -> None:
        for name, path in self.read.items():
            if not _GUEST_INPUT.fullmatch(name):
                raise ValueError(f"an input is named /in/NAME, not {name!r}")
            if not path.is_file():
                raise FileNotFoundError(f"no file to read at {path}")
        if self.out_dir is not None and not self.out_dir.is_dir():
            raise NotADirectoryError(f"no directory to write at {self.out_dir}")


@dataclass(frozen=True)
class Start:
    """How to start the request: the full argument list and the descriptors it needs."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    keep_fds: tuple[int, ...] = ()


@dataclass(frozen=True)
class Canary:
    """One attempt to get out. `is_held` says that the wall stood; `detail` what happened."""

    name: str
    is_held: bool
    detail: str


class Provider(ABC):
    """A way to confine a program. Every provider passes the same test suite."""

    name: str

    @abstractmethod
    def absent_because(self) -> str | None:
        """Why this machine cannot have it, in words; None when it can be tried."""

    @abstractmethod
    def start(self, request: Request) -> AbstractContextManager[Start]:
        """What to start for the request; scratch made for it is removed when the block ends."""


def system_paths() -> Iterator[tuple[Path, Path | None]]:
    """The system's program trees: (path, None) for a directory, (path, target) for a link such as /lib -> usr/lib."""
    for name in _SYSTEM:
        path = Path(name)
        if path.is_symlink():
            yield path, path.readlink()
        elif path.is_dir():
            yield path, None


def runtime_paths(argv: Sequence[str]) -> list[Path]:
    """What lies outside the system's trees and the program cannot run without, to be readable under its own name.

    A program outside them must be linked statically, or find its libraries in the system's trees.
    """
    if argv[0] == sys.executable:
        trees = [Path(sys.prefix), Path(sys.base_prefix), *map(Path, site.getsitepackages()), *media_tools().values()]
    else:
        trees = [Path(argv[0])] if Path(argv[0]).is_absolute() else []
    both_names = [name for path in trees for name in (path, path.resolve())]
    wanted = dict.fromkeys(path for path in both_names if path.exists() and not _is_system(path))
    return [path for path in wanted if not any(other in path.parents for other in wanted)]


def media_tools() -> dict[str, Path]:
    """Environment variable -> path of the media programs that sandboxed Python may start.

    What is missing is left out.
    """
    found = {}
    for name in _MEDIA_TOOLS:
        try:
            found[env_variable(name)] = tool(name).path
        except ToolMissing:
            continue  # sandboxed Python says so itself when it comes to need the program
    return found


def guest_env(argv: Sequence[str], *, scratch: str, import_root: str) -> dict[str, str]:
    """The whole environment of a sandboxed program.

    One malloc arena and one BLAS thread keep the address space small.
    """
    env = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": scratch,
        "TMPDIR": scratch,
        "MALLOC_ARENA_MAX": "2",
        "OPENBLAS_NUM_THREADS": "1",
    }
    if argv[0] == sys.executable:
        env |= {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": import_root}
        env |= {variable: str(path) for variable, path in media_tools().items()}
    return env


def _is_system(path: Path) -> bool:
    return any(os.path.commonpath([name, path]) == name for name in _SYSTEM)
