"""The first choice: bubblewrap makes a machine that holds the system's programs, the named files and nothing else.

Every flag and its reason:

- `--unshare-all`: own user, mount, process, network, IPC, host name and control group namespaces; no network is
  left at all.
- `--die-with-parent`: ends with the supervisor. `--new-session`: cannot type into our terminal. `--cap-drop ALL`:
  no powers.
- `--clearenv`, `--setenv`: no secret of ours by way of the environment.
- `--ro-bind /usr`, and links or binds for /bin, /lib, ...: programs and libraries, read-only. Never /etc as a
  whole, /home, /var or the vault; only the linker's cache and the alternatives table of /etc.
- `--proc`, `--dev`: a process table and devices of its own; `--size`, `--tmpfs /tmp`: the only scratch, fresh and
  bounded.
- `--dev-bind-try DEVICE DEVICE`: only those of the profile, which names some for an encoder in hardware alone.
- `--ro-bind FILE /in/NAME`: each named file; `--bind DIR /out`: the one place that is written.
- `--remount-ro /dev`, `--remount-ro /`: the tmpfs beneath the binds is not a second, unbounded scratch.
- `--chdir /tmp`: starts where nothing lies. `--seccomp`: the filter of `seccomp`, over a descriptor.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workers.exec.errors import ToolMissing
from workers.exec.sandbox import seccomp
from workers.exec.sandbox.base import OUT, WORKERS, Provider, Request, Start, guest_env, runtime_paths, system_paths
from workers.exec.tools import tool

_IMPORT_ROOT: Final = "/app"
_SCRATCH: Final = "/tmp"  # noqa: S108 - the sandbox's own, fresh for each run
_FROM_ETC = ("/etc/ld.so.cache", "/etc/alternatives")


class Bubblewrap(Provider):
    """Namespaces by the `bwrap` program; needs user namespaces, or root."""

    name = "bubblewrap"

    def absent_because(self) -> str | None:
        """See Provider."""
        try:
            tool("bwrap")
        except ToolMissing as error:
            return error.message
        return None if seccomp.is_supported() else "its system call filter does not know this processor"

    @contextmanager
    def start(self, request: Request) -> Iterator[Start]:
        """See Provider."""
        filter_fd = os.memfd_create("seccomp")
        try:
            os.write(filter_fd, seccomp.filter_program())
            os.lseek(filter_fd, 0, os.SEEK_SET)
            yield Start(argv=self._argv(request, filter_fd), env={}, keep_fds=(filter_fd,))
        finally:
            os.close(filter_fd)

    def _argv(self, request: Request, filter_fd: int) -> tuple[str, ...]:
        return (
            str(tool("bwrap").path),
            *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"),
            *_environment(request),
            *("--proc", "/proc", "--dev", "/dev"),
            *(part for device in request.profile.devices for part in ("--dev-bind-try", device, device)),
            # before the programs: an installation that lies under /tmp would vanish beneath the scratch
            *("--size", str(request.profile.scratch_bytes), "--tmpfs", _SCRATCH),
            *_programs(request),
            *_files(request),
            *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", _SCRATCH),
            *("--seccomp", str(filter_fd), "--"),
            *request.argv,
        )


def _environment(request: Request) -> Iterator[str]:
    for name, value in guest_env(request.argv, scratch=_SCRATCH, import_root=_IMPORT_ROOT).items():
        yield from ("--setenv", name, value)


def _programs(request: Request) -> Iterator[str]:
    for path, target in system_paths():
        yield from ("--ro-bind", str(path), str(path)) if target is None else ("--symlink", str(target), str(path))
    for name in _FROM_ETC:
        yield from ("--ro-bind-try", name, name)
    for path in runtime_paths(request.argv):
        yield from ("--ro-bind", str(path), str(path))
    if request.argv[0] == sys.executable:
        yield from ("--ro-bind", str(WORKERS), f"{_IMPORT_ROOT}/{WORKERS.name}")


def _files(request: Request) -> Iterator[str]:
    for name, path in request.read.items():
        yield from ("--ro-bind", str(Path(path).resolve()), name)
    if request.out_dir is not None:
        yield from ("--bind", str(request.out_dir.resolve()), OUT)
