"""A whole file at once, from a folder on this machine: into the spool, then through the one commit service."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

from evidence.custody.parties import Actor
from evidence.ingest.errors import SourceUnreadable, SpoolFull
from evidence.ingest.models import Upload
from evidence.ingest.services.announcing import Announced, limit_require, upload_adopt
from evidence.ingest.services.committing import upload_commit
from evidence.ingest.services.sending import PIECE_BYTES
from evidence.ingest.spool import Spool


def file_take(*, actor: Actor, source: Path, metadata: Mapping[str, str], door: str = "folder") -> Upload:
    """Copy a file into the spool and seal it here and now; returns the upload, sealed or refused.

    `metadata`: as in Upload-Metadata, without `filename`. The source is left as it is. The caller has asked who may.

    Raises:
        SourceUnreadable, UploadTooLarge, SpoolFull, VaultFull, VaultUnavailable: nothing was sealed.
    """
    identifier = uuid4()
    try:
        length_bytes, sha256 = _copied(source, identifier)
    except BaseException:
        Spool().drop(identifier)
        raise
    announced = Announced(length_bytes, {**metadata, "filename": _storable(source.name)})
    upload = upload_adopt(
        actor=actor, door=door, identifier=identifier, announced=announced, sha256=sha256, is_queued=False
    )
    return upload_commit(upload=upload)


def _copied(source: Path, identifier: UUID) -> tuple[int, str]:
    """Length in bytes and SHA-256 of what was read and now lies in the spool, fsynced."""
    running, place = hashlib.sha256(), 0
    with _opened(source) as handle, Spool().opened(identifier, 0) as file:
        while piece := _read(handle):
            if file.write(piece, place) < len(piece):
                raise SpoolFull
            running.update(piece)
            place += len(piece)
        file.flush()
    return place, running.hexdigest()


@contextmanager
def _opened(source: Path) -> Iterator[int]:
    try:
        # not blocking: a pipe must not hold the import up
        handle = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise SourceUnreadable(f"It cannot be opened: {getattr(error, 'strerror', None) or error}.") from error
    try:
        facts = os.fstat(handle)
        if not stat.S_ISREG(facts.st_mode):
            raise SourceUnreadable("It is no file: name the files themselves, not their folder.")
        limit_require(facts.st_size)
        yield handle
    finally:
        os.close(handle)


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, PIECE_BYTES)
    except OSError as error:
        raise SourceUnreadable(f"It cannot be read to its end: {error.strerror}.") from error


def _storable(name: str) -> str:
    """The name as text that a database takes: bytes that are no UTF-8 are marked."""
    return os.fsencode(name).decode(errors="replace")
