"""Where an object is downloaded to, to be read as a file: into the folder of the attempt at work, else beside others.

A file outside of such a folder is locked as long as its process lives; the sweep takes those that nobody locks. A
newcomer's trap: between making a file and locking it the sweep may come by, so a lock counts only on a file that
still has its name.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

from django.conf import settings

PREFIX = "object-"
_folder: ContextVar[Path | None] = ContextVar("vault_downloads", default=None)


@contextmanager
def downloads_in(folder: Path) -> Iterator[None]:
    """Have this thread's downloads go to a folder of its own, which its owner removes with all that is in it."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


@contextmanager
def download_place() -> Iterator[Path]:
    """An empty file of ours alone (0600), locked, gone afterwards."""
    folder = _folder.get() or Path(settings.SCRATCH_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path, handle = _locked(folder)
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def downloads_sweep() -> int:
    """Remove the downloads of processes that died; returns how many."""
    return sum(_is_taken(path) for path in sorted(Path(settings.SCRATCH_DIR).glob(f"{PREFIX}*")))


def _locked(folder: Path) -> tuple[Path, int]:
    while True:
        path = folder / f"{PREFIX}{uuid4()}"
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if _lock(handle) and os.fstat(handle).st_nlink:
            return path, handle
        os.close(handle)


def _is_taken(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False  # gone just now, or nothing of ours
    try:
        if not _lock(handle):
            return False
        path.unlink(missing_ok=True)
    finally:
        os.close(handle)
    return True


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
