"""Burns an image and proves it: every byte is read back from the disc and its SHA-256 compared with the image's.

The proof does not use the writer. `disc_verify` reads the device with plain reads, so it can also be run later, on
another machine, against the hash on the label.
"""

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workers.disc.device import Device, device_checked
from workers.disc.errors import DeviceUnsuitable, DiscCancelled, DiscMismatch, ImageInvalid
from workers.disc.planning import SECTOR_BYTES
from workers.disc.streaming import IsCancelled, OnProgress, timeout_for
from workers.exec.process import run
from workers.exec.tools import tool

_CHUNK_BYTES: Final = 1024 * 1024
_SPEED: Final = "4"
"""Slow burning makes the discs that courts can read; at 4x a DVD-5 takes about 15 minutes."""

# linux/cdrom.h
_CDROMEJECT: Final = 0x5309
_CDROMCLOSETRAY: Final = 0x5319
_CDROM_DRIVE_STATUS: Final = 0x5326
_CDSL_CURRENT: Final = 0x7FFFFFFF
_CDS_DISC_OK: Final = 4
_RELOAD_TIMEOUT_S: Final = 120.0

_WRITTEN: Final = re.compile(r"UPDATE :\s+(\d+) of\s+(\d+) MB written")


@dataclass(frozen=True)
class BurnReport:
    """A disc that was written and read back right. Bytes, SHA-256 in hex, seconds, and what wrote it."""

    device: str
    medium: str
    size_bytes: int
    sha256: str
    write_s: float
    verify_s: float
    tools: Mapping[str, str]


def burn(
    image: Path,
    device: str,
    *,
    expected_sha256: str | None = None,
    capacity_bytes: int | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> BurnReport:
    """Write `image` to a blank disc, read all of it back and compare.

    `device` and `capacity_bytes` are as in `device_checked`; `expected_sha256` is the hash under which the image was
    sealed. `on_progress` counts bytes written and bytes read back, twice the image in all. Raises `ImageInvalid`, the
    `Device...` errors, `DiscMismatch`, `DiscCancelled`, and the errors of `workers.exec`.
    """
    size_bytes, sha256 = _image_checked(image, expected_sha256, is_cancelled)
    target = device_checked(device, size_bytes=size_bytes, capacity_bytes=capacity_bytes)
    started_at = time.monotonic()
    _write(image, target, size_bytes, on_progress, is_cancelled)
    written_at = time.monotonic()
    _settle(target)

    def read_back(done_bytes: int, _total_bytes: int) -> None:
        if on_progress is not None:
            on_progress(size_bytes + done_bytes, 2 * size_bytes)

    disc_verify(target.path, size_bytes=size_bytes, sha256=sha256, on_progress=read_back, is_cancelled=is_cancelled)
    return BurnReport(
        device=str(target.path),
        medium=target.medium,
        size_bytes=size_bytes,
        sha256=sha256,
        write_s=written_at - started_at,
        verify_s=time.monotonic() - written_at,
        tools={"xorriso": tool("xorriso").version},
    )


def disc_verify(
    device: Path,
    *,
    size_bytes: int,
    sha256: str,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> None:
    """Read the first `size_bytes` of a drive or file and compare their SHA-256 (hex).

    Raises `DiscMismatch` when they differ, are too few or cannot be read, and `DiscCancelled`.
    """
    try:
        found = _hashed(device, size_bytes, on_progress, is_cancelled)
    except OSError as error:
        message = f"The disc in {device} cannot be read back ({error.strerror}). Do not use it; burn a new one."
        raise DiscMismatch(message, device=str(device), errno=error.errno) from error
    if found != (size_bytes, sha256):
        raise DiscMismatch(
            f"What was read back from {device} is not the image. Do not use this disc; destroy it and burn a new one.",
            device=str(device),
            expected_sha256=sha256,
            found_sha256=found[1],
            expected_bytes=size_bytes,
            found_bytes=found[0],
        )


def _image_checked(image: Path, expected_sha256: str | None, is_cancelled: IsCancelled | None) -> tuple[int, str]:
    size_bytes = image.stat().st_size
    if size_bytes == 0 or size_bytes % SECTOR_BYTES:
        raise ImageInvalid(f"{image.name} is not a whole disc image. Fetch it again and compare its SHA-256.")
    _, sha256 = _hashed(image, size_bytes, None, is_cancelled)
    if expected_sha256 is not None and sha256 != expected_sha256:
        raise ImageInvalid(
            f"{image.name} is not the image that was sealed. Fetch it again; if it differs again, tell the evidence "
            "manager.",
            expected_sha256=expected_sha256,
            found_sha256=sha256,
        )
    return size_bytes, sha256


def _write(
    image: Path, device: Device, size_bytes: int, on_progress: OnProgress | None, is_cancelled: IsCancelled | None
) -> None:
    def said(line: str) -> None:
        match = _WRITTEN.search(line)
        if match is not None and on_progress is not None and int(match[2]):
            on_progress(min(size_bytes, size_bytes * int(match[1]) // int(match[2])), 2 * size_bytes)

    speed = [f"speed={_SPEED}"] if device.is_drive else []
    argv = [
        str(tool("xorriso").path),
        "-as",
        "cdrecord",
        "-v",
        "-nopad",
        f"dev={device.address}",
        *speed,
        str(image.resolve()),
    ]
    env = {"HOME": "/nonexistent"}
    run(argv, timeout_s=timeout_for(size_bytes), env=env, on_line=said, is_cancelled=is_cancelled)


def _hashed(
    path: Path, size_bytes: int, on_progress: OnProgress | None, is_cancelled: IsCancelled | None
) -> tuple[int, str]:
    digest = hashlib.sha256()
    done_bytes = 0
    with path.open("rb", buffering=0) as source:
        # what the writer left in the page cache is not what the disc holds
        os.posix_fadvise(source.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while done_bytes < size_bytes:
            if is_cancelled is not None and is_cancelled():
                raise DiscCancelled("The work was stopped while a disc or its image was being read.")
            chunk = source.read(min(_CHUNK_BYTES, size_bytes - done_bytes))
            if not chunk:
                break
            digest.update(chunk)
            done_bytes += len(chunk)
            if on_progress is not None:
                on_progress(done_bytes, size_bytes)
    return done_bytes, digest.hexdigest()


def _settle(device: Device) -> None:
    """See to it that what is read next comes from the disc, or from the disk below a file, and from no cache."""
    if device.is_drive:
        _reload(device.path)
        return
    with device.path.open("rb") as written:
        os.fsync(written.fileno())


def _reload(drive: Path) -> None:
    """Open and close the tray: only then does the kernel forget the size and the blocks of the empty disc."""
    descriptor = os.open(drive, os.O_RDONLY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, _CDROMEJECT)
        fcntl.ioctl(descriptor, _CDROMCLOSETRAY)
        deadline_at = time.monotonic() + _RELOAD_TIMEOUT_S
        while fcntl.ioctl(descriptor, _CDROM_DRIVE_STATUS, _CDSL_CURRENT) != _CDS_DISC_OK:
            if time.monotonic() > deadline_at:
                message = f"The disc was written but {drive} does not show it. Close the drive by hand and verify it."
                raise DeviceUnsuitable(message, device=str(drive))
            time.sleep(0.5)
    finally:
        os.close(descriptor)
