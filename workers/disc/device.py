"""What must be true before anything is written: it is a drive, nobody uses it, the disc is blank and big enough.

A plain file may pose as a drive (`stdio:PATH`), which is how burning is proven on a machine without one. A newcomer
would forget that the wrong path here destroys a hard disk: only optical drives (major 11) and plain files are taken.
"""

import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.disc.errors import DeviceHoldsData, DeviceInUse, DeviceTooSmall, DeviceUnsuitable
from workers.disc.planning import SECTOR_BYTES
from workers.exec.errors import ToolFailed
from workers.exec.process import run
from workers.exec.tools import tool

_SCSI_CDROM_MAJOR: Final = 11
_STDIO: Final = "stdio:"
_TOC_TIMEOUT_S: Final = 180.0
_LOOKED_AT_BYTES: Final = 1024 * 1024
_CHUNK_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Device:
    """A drive with a blank disc, or a file posing as one. `address` is xorriso's; `capacity_bytes` what it can take."""

    path: Path
    is_drive: bool
    medium: str
    capacity_bytes: int

    @property
    def address(self) -> str:
        """How xorriso calls it."""
        return str(self.path) if self.is_drive else f"{_STDIO}{self.path}"


def device_checked(device: str, *, size_bytes: int, capacity_bytes: int | None = None) -> Device:
    """The device, after everything that must be true before `size_bytes` are written to it was found true.

    `device` is `/dev/sr0`, or a file's path with or without `stdio:`. `capacity_bytes` limits a file posing as a drive
    as a disc would. Raises `DeviceUnsuitable`, `DeviceInUse`, `DeviceHoldsData`, `DeviceTooSmall`; nothing is written.
    """
    path = Path(device.removeprefix(_STDIO)).resolve()
    if path in _mounted():
        raise DeviceInUse(f"{path} is mounted. Unmount it (umount {path}) and try again.", device=str(path))
    is_drive = _is_drive(path)
    medium, writable_bytes = _medium(path, is_drive=is_drive)
    _blank_check(path, is_drive=is_drive)
    if not is_drive:
        writable_bytes = _file_capacity(path, capacity_bytes)
    if size_bytes > writable_bytes:
        raise DeviceTooSmall(
            f"The disc in {path} takes {writable_bytes / 1e9:.2f} GB and the image has {size_bytes / 1e9:.2f} GB. "
            "Insert a larger disc, or spread the exhibits over more discs.",
            device=str(path),
            size_bytes=size_bytes,
            capacity_bytes=writable_bytes,
        )
    return Device(path, is_drive, medium, writable_bytes)


def _is_drive(path: Path) -> bool:
    if not path.parent.is_dir():
        raise DeviceUnsuitable(f"There is no folder {path.parent}: check the name of the drive.", device=str(path))
    if not path.exists():
        if path.is_relative_to("/dev"):
            raise DeviceUnsuitable(f"There is no drive {path}. Connect it, or name another.", device=str(path))
        return False
    status = path.stat()
    if stat.S_ISREG(status.st_mode):
        return False
    if stat.S_ISBLK(status.st_mode) and os.major(status.st_rdev) == _SCSI_CDROM_MAJOR:
        return True
    raise DeviceUnsuitable(
        f"{path} is not an optical drive, so nothing is written to it. Drives are called /dev/sr0, /dev/sr1, ...",
        device=str(path),
    )


def _medium(path: Path, *, is_drive: bool) -> tuple[str, int]:
    address = str(path) if is_drive else f"{_STDIO}{path}"
    argv = [str(tool("xorriso").path), "-no_rc", "-outdev", address, "-toc"]
    try:
        completed = run(argv, timeout_s=_TOC_TIMEOUT_S, env={"HOME": "/nonexistent"})
    except ToolFailed as error:
        message = f"The disc in {path} cannot be read. Insert an empty recordable disc, close the drive and try again."
        raise DeviceUnsuitable(message, device=str(path), untrusted_reason=error.completed.stderr_tail) from error
    facts = dict(_facts(completed.stdout.decode("utf-8", "replace")))
    if "is blank" not in facts.get("Media status", ""):
        raise _holds_data(path)
    blocks = re.search(r"(\d+) writable", facts.get("Media blocks", ""))
    return facts.get("Media current", "unknown"), int(blocks[1]) * SECTOR_BYTES if blocks else 0


def _facts(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip(), value.strip()


def _blank_check(path: Path, *, is_drive: bool) -> None:
    # xorriso calls a rewritable disc or a file blank when its first blocks are: anything else on it counts here too
    if not path.exists():
        return
    limit_bytes = _LOOKED_AT_BYTES if is_drive else path.stat().st_size
    try:
        with path.open("rb", buffering=0) as source:
            is_blank = all(not any(chunk) for chunk in _chunks(source.fileno(), limit_bytes))
    except OSError:
        if is_drive:  # an unwritten disc has nothing to read: the drive answers with an error
            return
        raise
    if not is_blank:
        raise _holds_data(path)


def _chunks(descriptor: int, limit_bytes: int) -> Iterator[bytes]:
    position = 0
    while position < limit_bytes:
        chunk = os.pread(descriptor, min(_CHUNK_BYTES, limit_bytes - position), position)
        if not chunk:
            return
        yield chunk
        position += len(chunk)


def _file_capacity(path: Path, capacity_bytes: int | None) -> int:
    free_bytes = shutil.disk_usage(path.parent).free
    present_bytes = path.stat().st_size if path.exists() else 0
    own_bytes = present_bytes or free_bytes
    return own_bytes if capacity_bytes is None else min(own_bytes, capacity_bytes)


def _mounted() -> frozenset[Path]:
    """Every block device that is mounted, and every file behind a loop device."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    sources = {_unescaped(line.split(" ", 1)[0]) for line in lines}
    backing = [
        path.read_text(encoding="utf-8").rstrip("\n") for path in Path("/sys/block").glob("loop*/loop/backing_file")
    ]
    return frozenset(Path(each).resolve() for each in (*sources, *backing) if each.startswith("/"))


def _unescaped(field: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _holds_data(path: Path) -> DeviceHoldsData:
    return DeviceHoldsData(
        f"The disc in {path} is not empty, and nothing on it was touched. Insert a new one; a rewritable disc can be "
        f"emptied with: xorriso -outdev {path} -blank as_needed",
        device=str(path),
    )
