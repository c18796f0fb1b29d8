"""Who writes to an upload: one writer at a time in the whole installation, and a newer one interrupts an older.

The lock is the row (`writer_token` raised by each newcomer, `writer_held` and a lease by the one at work); the spool's
own file lock stands behind it. A newcomer's trap: a writer is often asleep in a read from a line that is long dead, so
being interrupted must wake it, not wait for it.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from evidence.ingest.errors import SpoolBroken, SpoolFull, UploadBusy, UploadMissing
from evidence.ingest.models import Upload
from evidence.ingest.spool import SpoolFile

LEASE_S = 15.0
BEAT_S = 1.0
"""How often bytes are made safe and the offset moves on: what a power cut can cost of a chunk under way."""
TAKE_WITHIN_S = 8.0
IDLE_S = 60.0
"""A line that brings nothing for so long counts as cut."""
log = logging.getLogger(__name__)
_here: dict[UUID, "Writer"] = {}
_here_lock = threading.Lock()


class Writer:
    """The right to write to one upload. `upload` is the row as it was when the right was taken."""

    def __init__(self, upload: Upload, token: int, wake: Callable[[], None]) -> None:
        self.upload = upload
        self.token = token
        self.written_bytes = 0
        """Beyond the row's offset, in the file but not yet confirmed."""
        self._interrupted = threading.Event()
        self._wake = wake

    @property
    def is_interrupted(self) -> bool:
        """True when somebody newer wants to write, the lease was lost, or the line went silent: stop now."""
        return self._interrupted.is_set()

    def interrupt(self) -> None:
        """Make it stop, also out of a read."""
        if not self._interrupted.is_set():
            self._interrupted.set()
            self._wake()

    def rows(self) -> QuerySet[Upload]:
        """The row, as long as this writer holds it."""
        return Upload.objects.filter(pk=self.upload.pk, writer_held=self.token)


@contextmanager
def writer_of(*, upload_id: UUID, wake: Callable[[], None] = lambda: None) -> Iterator[Writer]:
    """Take over writing: whoever wrote before stops first, keeping what it has. `wake` ends a read under way.

    Raises:
        UploadBusy: somebody newer came, or the older one did not stop in time.
        UploadMissing: there is no such upload.
    """
    token = _token_raise(upload_id)
    with _here_lock:
        older = _here.get(upload_id)
    if older is not None:
        older.interrupt()
    _hold(upload_id, token)
    writer = Writer(Upload.objects.get(pk=upload_id), token, wake)
    with _here_lock:
        _here[upload_id] = writer
    try:
        yield writer
    finally:
        with _here_lock:
            if _here.get(upload_id) is writer:
                del _here[upload_id]
        writer.rows().update(writer_held=None, writer_lease_until=None)


def _token_raise(upload_id: UUID) -> int:
    with transaction.atomic():
        if not Upload.objects.filter(pk=upload_id).update(writer_token=F("writer_token") + 1):
            raise UploadMissing
        return Upload.objects.values_list("writer_token", flat=True).get(pk=upload_id)


def _hold(upload_id: UUID, token: int) -> None:
    deadline = time.monotonic() + TAKE_WITHIN_S
    newest = Upload.objects.filter(pk=upload_id, writer_token=token)
    while True:
        now = timezone.now()
        free = newest.filter(Q(writer_held=None) | Q(writer_lease_until__lt=now))
        if free.update(writer_held=token, writer_lease_until=now + timedelta(seconds=LEASE_S)):
            return
        if time.monotonic() > deadline or not newest.exists():
            raise UploadBusy
        time.sleep(0.05)


class Beat:
    """While bytes come in: makes them safe about once a second, moves the offset on, keeps the lease, hears newcomers.

    `is_confirming` False (a chunk with a checksum, good or bad as a whole): the offset stays.
    """

    def __init__(self, writer: Writer, file: SpoolFile, *, is_confirming: bool) -> None:
        self._writer, self._file, self._is_confirming = writer, file, is_confirming
        self.failure: SpoolBroken | SpoolFull | None = None
        """Why bytes could not be made safe: nothing beyond what was confirmed before counts any more."""
        self._ended = threading.Event()
        self._seen_bytes = self._safe_bytes = 0
        self._moved_at = self._beaten_at = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"upload-{writer.upload.pk}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        if self._ended.wait(BEAT_S):
            return
        try:
            while not self._writer.is_interrupted:
                self._once()
                if self._ended.wait(BEAT_S):
                    return
        finally:
            connections.close_all()

    def _once(self) -> None:
        try:
            is_ours = self._confirm()
        except (SpoolBroken, SpoolFull) as failure:
            log.warning("upload %s cannot be made safe: %s", self._writer.upload.pk, failure.code)
            self.failure, is_ours = failure, False
        except (DatabaseError, OSError) as error:
            log.warning("upload %s not confirmed for now: %s", self._writer.upload.pk, type(error).__name__)
            connections.close_all()
            is_ours = time.monotonic() - self._beaten_at < LEASE_S
        if not is_ours or time.monotonic() - self._moved_at > IDLE_S:
            self._writer.interrupt()

    def _confirm(self) -> bool:
        """False when the writer has to stop: its hold is lost, or somebody newer waits."""
        written = self._writer.written_bytes
        if written != self._seen_bytes:
            self._seen_bytes, self._moved_at = written, time.monotonic()
        if self._is_confirming and written != self._safe_bytes:
            self._file.flush()
            self._safe_bytes = written
        changes: dict[str, Any] = {"writer_lease_until": timezone.now() + timedelta(seconds=LEASE_S)}
        if self._is_confirming:
            changes |= {"offset_bytes": self._writer.upload.offset_bytes + written, "expires_at": expiry()}
        if not self._writer.rows().update(**changes):
            return False
        self._beaten_at = time.monotonic()
        return self._writer.rows().filter(writer_token=self._writer.token).exists()


def expiry() -> datetime:
    """Until when an unfinished upload is kept if nothing more comes."""
    return timezone.now() + timedelta(seconds=settings.UPLOAD_EXPIRY_S)
