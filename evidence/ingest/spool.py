"""The spool: bytes on their way in, one file an upload, named by the upload's id and nothing a sender chose.

One class owns every path. A newcomer's trap: a file here is only as long as it claims after `flush`; what lies beyond
the row's offset was never confirmed and is cut off when writing goes on.
"""

import errno
import fcntl
import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError

from evidence.ingest.errors import SpoolBroken, SpoolFull, UploadBusy, UploadGone

_FULL = {errno.ENOSPC, errno.EDQUOT}
_POSTGRES_FULL = "53100"
RESERVE_BYTES = 2 * 1024**3
RESERVE_SHARE = 10
"""No more than one part in so many of a disc is kept free, so that a small one can be used too."""


def reserve_bytes(disc_bytes: int) -> int:
    """What incoming files leave free of a disc of this size: the database and the vault may share it.

    Without it a full spool would stop everything else as well: signing in writes a session, sealing writes the record.
    """
    given = settings.SPOOL_RESERVE_BYTES
    return min(RESERVE_BYTES, disc_bytes // RESERVE_SHARE) if given is None else int(given)


@contextmanager
def database_full_told() -> Iterator[None]:
    """Around what writes rows for a sender: a database without room is said as what it is.

    Raises:
        SpoolFull: it has none.
    """
    try:
        yield
    except DatabaseError as error:
        cause = error.__cause__
        is_sqlite_full = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        if is_sqlite_full or getattr(cause, "sqlstate", None) == _POSTGRES_FULL:
            raise SpoolFull from error
        raise


class SpoolFile:
    """An open spool file, locked against every other process of this machine. Offsets and sizes in bytes."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def write(self, piece: bytes, at_bytes: int) -> int:
        """Write at a place; returns how many bytes went in, fewer than given only when the reserve is reached.

        Raises:
            SpoolBroken: the disc failed.
        """
        rest, written = memoryview(piece)[: self._room_bytes()], 0
        try:
            while rest:
                count = os.pwrite(self._handle, rest, at_bytes + written)
                written += count
                rest = rest[count:]
        except OSError as error:
            if error.errno not in _FULL:
                raise SpoolBroken from error
        return written

    def _room_bytes(self) -> int:
        disc = os.fstatvfs(self._handle)
        return max(0, disc.f_bavail * disc.f_frsize - reserve_bytes(disc.f_blocks * disc.f_frsize))

    def flush(self) -> None:
        """Everything written so far outlives a power cut when this returns.

        After a failure nothing that was written since the last success may ever be confirmed: the system forgets which
        bytes it could not write, so that the next flush succeeds without them.

        Raises:
            SpoolFull: the disc had promised room that it does not have. SpoolBroken: the disc failed.
        """
        try:
            os.fdatasync(self._handle)
        except OSError as error:
            raise SpoolFull if error.errno in _FULL else SpoolBroken from error

    def cut(self, size_bytes: int) -> None:
        """Forget what lies beyond."""
        os.ftruncate(self._handle, size_bytes)


class Spool:
    """The folder of incoming bytes: ours alone (0700), files 0600."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(settings.SPOOL_DIR)

    def path(self, upload_id: UUID) -> Path:
        """Where the bytes of an upload are, or will be."""
        return self._root / str(upload_id)

    def room_bytes(self) -> int:
        """Free bytes for incoming files: without the reserve."""
        self._require()
        disc = shutil.disk_usage(self._root)
        return max(0, disc.free - reserve_bytes(disc.total))

    @contextmanager
    def opened(self, upload_id: UUID, offset_bytes: int) -> Iterator[SpoolFile]:
        """The file for writing on from `offset_bytes`; made when nothing was confirmed yet, cut where more lies there.

        Raises:
            UploadBusy: another process of this machine still writes.
            UploadGone: confirmed bytes are not there any more.
            SpoolFull: no room for another file.
        """
        handle = self._open(upload_id, is_new=offset_bytes == 0)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UploadBusy from error
            if os.fstat(handle).st_size < offset_bytes:
                raise UploadGone("Bytes of this upload were lost on our side. Send the file again from its start.")
            os.ftruncate(handle, offset_bytes)
            yield SpoolFile(handle)
        finally:
            os.close(handle)

    def drop(self, upload_id: UUID) -> bool:
        """Remove the bytes of an upload; False where there were none."""
        try:
            self.path(upload_id).unlink()
        except FileNotFoundError:
            return False
        return True

    def ids(self, older_than_s: float = 0.0) -> Iterator[UUID]:
        """Uploads that have a file here, last written longer ago than that; names that are not ours are left alone."""
        if not self._root.is_dir():
            return
        for entry in os.scandir(self._root):
            try:
                identifier = UUID(entry.name)
                written_at = entry.stat(follow_symlinks=False).st_mtime
            except (ValueError, FileNotFoundError):
                continue
            if time.time() - written_at >= older_than_s:
                yield identifier

    def _open(self, upload_id: UUID, *, is_new: bool) -> int:
        flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | (os.O_CREAT if is_new else 0)
        self._require()
        try:
            handle = os.open(self.path(upload_id), flags, stat.S_IRUSR | stat.S_IWUSR)
        except FileNotFoundError as error:
            raise UploadGone(
                "Bytes of this upload were lost on our side. Send the file again from its start."
            ) from error
        except OSError as error:
            if error.errno in _FULL:
                raise SpoolFull from error
            raise
        if is_new:
            self._names_keep()
        return handle

    def _require(self) -> None:
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _names_keep(self) -> None:
        """The new file's name outlives a power cut."""
        folder = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
