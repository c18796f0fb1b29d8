"""The second choice, where user namespaces are forbidden: Landlock and the system call filter, without a mount table.

`landlock_launcher` makes the walls inside the new process; this side says what may be reached. Each measure and its
reason:

- Landlock, every file right that the kernel knows, refused by default. Read and execute: /usr and the library
  links. Read: the linker's cache, the alternatives table, /dev/null and the random devices, the interpreter, each
  named file. Write: the output and scratch directories, without the right to make links, sockets or devices.
  Nothing of /proc or /etc else.
- Landlock, network: no TCP bind or connect. Scope: no signal to, no abstract socket of, processes outside (kernel
  6.12; before that the filter allows a program to signal itself only).
- System call filter (`seccomp`): no sockets at all, no namespaces, mounts, tracing, key rings; no change of mode,
  owner or times, which Landlock leaves open.
- All capabilities dropped and the bounding set emptied; no_new_privs; its own session by the supervisor.
- The environment is the guest's alone; a fresh scratch directory for each run, removed afterwards.

Weaker than bubblewrap in three ways, and known: the program sees the host's name of its input; it can ask whether a
path exists and how large it is (never its content); its scratch is bounded by file, not as a whole. Kernels before 6.2
cannot stop truncation: there it is absent.
"""

from __future__ import annotations

import ctypes
import json
import platform
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workers.exec.sandbox import seccomp
from workers.exec.sandbox.base import OUT, WORKERS, Provider, Request, Start, guest_env, runtime_paths, system_paths

_LAUNCHER = Path(__file__).with_name("landlock_launcher.py")
_CREATE_RULESET = 444
_ABI_VERSION_FLAG = 1
_OLDEST_ABI = 3
_READABLE = ("/etc/ld.so.cache", "/etc/alternatives", "/dev/zero", "/dev/urandom", "/dev/random")
_WRITABLE_DEVICE = "/dev/null"


def kernel_abi() -> int:
    """The kernel's Landlock version; 0 when it has none or it is switched off."""
    return max(0, int(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _ABI_VERSION_FLAG)))


class Landlock(Provider):
    """Landlock and seccomp; needs no privilege. `abi` asks for less than the kernel has, to prove older kernels."""

    name = "landlock"

    def __init__(self, *, abi: int | None = None) -> None:
        self._abi = kernel_abi() if abi is None else min(abi, kernel_abi())

    def absent_because(self) -> str | None:
        """See Provider."""
        if not seccomp.is_supported():
            return f"its system call filter does not know this processor ({platform.machine()})"
        if self._abi == 0:
            return "the kernel has no Landlock, or it is switched off"
        if self._abi < _OLDEST_ABI:
            return f"the kernel's Landlock (version {self._abi}) cannot stop a file from being cut short"
        return None

    @contextmanager
    def start(self, request: Request) -> Iterator[Start]:
        """See Provider."""
        with tempfile.TemporaryDirectory(prefix="sandbox-") as made:
            home = Path(made)
            scratch = home / "scratch"
            scratch.mkdir()
            imports = home / "imports"
            imports.mkdir()
            (imports / WORKERS.name).symlink_to(WORKERS)
            walls = {
                "abi": self._abi,
                "cwd": str(scratch),
                "env": guest_env(request.argv, scratch=str(scratch), import_root=str(imports)),
                "execute": [str(path.resolve()) for path in _programs(request)],
                "read": [*_READABLE, str(imports), *_inputs(request), *_own_library(request)],
                "write": [str(scratch), *([str(request.out_dir.resolve())] if request.out_dir else [])],
                "device": _WRITABLE_DEVICE,
            }
            launcher = (sys.executable, "-I", "-S", "-B", str(_LAUNCHER), json.dumps(walls))
            yield Start(argv=(*launcher, *_with_host_names(request)), env={})


def _programs(request: Request) -> Iterator[Path]:
    for path, _ in system_paths():
        yield path
    yield from runtime_paths(request.argv)


def _own_library(request: Request) -> list[str]:
    return [str(WORKERS)] if request.argv[0] == sys.executable else []


def _inputs(request: Request) -> list[str]:
    return [str(path.resolve()) for path in request.read.values()]


def _with_host_names(request: Request) -> Iterator[str]:
    """The argument list, each guest name at a start or after `:`, `=` or `,` turned into the host's."""
    names: Mapping[str, Path] = {**request.read, **({OUT: request.out_dir} if request.out_dir else {})}
    if not names:
        yield from request.argv
        return
    longest_first = sorted(names, key=len, reverse=True)
    pattern = re.compile(rf"(?:(?<=^)|(?<=[:=,]))(?:{'|'.join(map(re.escape, longest_first))})(?=$|[/,:])")
    for argument in request.argv:
        yield pattern.sub(lambda match: str(names[match[0]].resolve()), argument)
