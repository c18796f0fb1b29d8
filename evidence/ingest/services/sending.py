"""Bytes on their way in: write on, ask how far it is, give up.

Doors call these and translate. A newcomer's trap: every answer speaks of bytes that are fsynced; what a header promised
counts for nothing.
"""

from typing import Protocol

from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Actor, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.ingest.errors import (
    ChecksumMismatch,
    OffsetMismatch,
    SpoolFull,
    UploadBusy,
    UploadFinished,
    UploadGone,
    UploadTooLarge,
)
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND, UPLOADS, Right
from evidence.ingest.services.announcing import upload_receive
from evidence.ingest.services.writers import Beat, Writer, expiry, writer_of
from evidence.ingest.spool import Spool, SpoolFile, database_full_told

PIECE_BYTES = 256 * 1024
"""The most that is read and written at once. A line that is slower than that hands over what it has."""
OVER = {
    UploadState.TERMINATED: "This upload was ended by its sender. Start it again.",
    UploadState.EXPIRED: "This upload was left unfinished for too long and was removed. Start it again.",
}


class Source(Protocol):
    """Bytes as they come over a line. `declared_bytes`: how many were announced, None where nobody said."""

    declared_bytes: int | None
    is_cut: bool
    """True once the line ended before the announced end."""

    def read(self, size_bytes: int) -> bytes:
        """Up to so many bytes; none at the end, however the end came."""
        ...

    def wake(self) -> None:
        """End a read that is under way, from another thread."""
        ...


class Checksum(Protocol):
    """What the sender says a chunk must hash to."""

    def update(self, piece: bytes, /) -> None:
        """Hash on."""
        ...

    def is_right(self) -> bool:
        """Whether all pieces together hash to it."""
        ...


@database_full_told()
def upload_append(
    *, who: Who, upload: Upload, offset_bytes: int, source: Source, checksum: Checksum | None = None
) -> int:
    """Write on from `offset_bytes`; returns where the upload stands afterwards, which a cut line leaves in the middle.

    Raises:
        Denied, UploadGone, OffsetMismatch, UploadTooLarge: nothing was written.
        ChecksumMismatch: the chunk was dropped. UploadBusy: a newer request took over before anything was written.
        SpoolFull: no room for the rest; what arrived is kept. SpoolBroken: the disc failed; what was confirmed is kept.
    """
    UPLOADS.require(who, Right.SEND, upload)
    with writer_of(upload_id=upload.pk, wake=source.wake) as writer:
        row = writer.upload
        over_require(row)
        if row.offset_bytes != offset_bytes:
            raise OffsetMismatch(row.offset_bytes)
        _room_require(row, source)
        if not row.is_complete:
            row.offset_bytes = _chunk(writer, source, checksum)
        return row.offset_bytes


@database_full_told()
def upload_stand(*, who: Who, upload: Upload) -> Upload:
    """The upload as it stands for its sender; a writer that may be hanging on a dead line is stopped first.

    Raises:
        Denied, UploadGone. UploadBusy: the writer did not stop in time.
    """
    UPLOADS.require(who, Right.SEND, upload)
    if upload.writer_held is not None:
        with writer_of(upload_id=upload.pk) as writer:
            upload = writer.upload
    over_require(upload)
    return upload


@database_full_told()
def upload_terminate(*, who: Who, upload: Upload) -> None:
    """Give an unfinished upload up and drop its bytes.

    Raises:
        Denied, UploadGone. UploadFinished: every byte is here.
    """
    decision = UPLOADS.require(who, Right.SEND, upload)
    with writer_of(upload_id=upload.pk) as writer:
        over_require(writer.upload)
        if writer.upload.state != UploadState.OPEN:
            raise UploadFinished
        upload_end(writer.upload, UploadState.TERMINATED, actor=who.actor, rule=decision.rule)


@database_full_told()
def upload_withdraw(*, who: Who, upload: Upload) -> None:
    """Drop an upload whose sender never learnt of it: its first bytes came with the announcement and were refused."""
    UPLOADS.require(who, Right.SEND, upload)
    with writer_of(upload_id=upload.pk) as writer:
        upload_end(writer.upload, UploadState.TERMINATED, actor=who.actor, rule="refused-with-its-bytes")


def upload_end(upload: Upload, state: UploadState, *, actor: Actor, rule: str) -> bool:
    """An unfinished upload ends without becoming evidence; False when it is not unfinished any more."""
    with act(actor=actor) as deed:
        if not Upload.objects.filter(pk=upload.pk, state=UploadState.OPEN).update(state=state):
            return False
        data: dict[str, object] = {"state": state.value, "offset_bytes": upload.offset_bytes}
        deed.record(Verb.UPLOAD_TERMINATED, Subject(KIND, upload.pk), rule=rule, data=data)
        transaction.on_commit(lambda: Spool().drop(upload.pk), robust=True)
    return True


def over_require(upload: Upload) -> None:
    """Refuse to go on with an upload that has ended without its bytes.

    Raises:
        UploadGone: it was ended or has expired.
    """
    if upload.state in OVER:
        raise UploadGone(OVER[UploadState(upload.state)])
    if upload.state == UploadState.OPEN and upload.expires_at <= timezone.now():
        raise UploadGone(OVER[UploadState.EXPIRED])


def _room_require(row: Upload, source: Source) -> None:
    room = row.length_bytes - row.offset_bytes
    if (source.declared_bytes or 0) > room or (not room and source.declared_bytes is None and source.read(1)):
        raise _too_many(row)


def _too_many(row: Upload) -> UploadTooLarge:
    return UploadTooLarge(f"More bytes than the {row.length_bytes} that were announced. Nothing of them was kept.")


def _chunk(writer: Writer, source: Source, checksum: Checksum | None) -> int:
    """Bytes into the file, then into the row: only when the file is closed may anybody take it away."""
    row = writer.upload
    with Spool().opened(row.pk, row.offset_bytes) as file:
        try:
            with Beat(writer, file, is_confirming=checksum is None) as beat:
                is_full = _pour(writer, file, source, checksum)
            if beat.failure is not None:
                raise beat.failure
            file.flush()
        except UploadTooLarge:
            _confirm(writer, row.offset_bytes)
            raise
        if checksum is not None:
            _checksum_require(writer, source, checksum, is_full=is_full)
    stands_at = _confirm(writer, row.offset_bytes + writer.written_bytes)
    if is_full:
        raise SpoolFull
    if writer.is_interrupted and not writer.written_bytes:
        raise UploadBusy
    return stands_at


def _pour(writer: Writer, file: SpoolFile, source: Source, checksum: Checksum | None) -> bool:
    """From the line into the file until either ends; True when the disc is full.

    A piece in hand is written before an interruption is obeyed: a line that is often interrupted gets on all the same.
    """
    start, room = writer.upload.offset_bytes, writer.upload.length_bytes - writer.upload.offset_bytes
    while not writer.is_interrupted:
        piece = source.read(min(PIECE_BYTES, room - writer.written_bytes + 1))
        if writer.written_bytes + len(piece) > room:
            raise _too_many(writer.upload)
        if not piece:
            return False
        written = file.write(piece, start + writer.written_bytes)
        if checksum is not None:
            checksum.update(piece[:written])
        writer.written_bytes += written
        if written < len(piece):
            return True
    return False


def _checksum_require(writer: Writer, source: Source, checksum: Checksum, *, is_full: bool) -> None:
    if is_full:
        raise SpoolFull
    if writer.is_interrupted:
        raise UploadBusy
    if source.is_cut or not checksum.is_right():
        raise ChecksumMismatch


def _confirm(writer: Writer, offset_bytes: int) -> int:
    """Write down what is safe, and let go; with the last byte the upload is received."""
    with transaction.atomic():
        changes = {"offset_bytes": offset_bytes, "expires_at": expiry()}
        if not writer.rows().update(writer_held=None, writer_lease_until=None, **changes):
            raise UploadBusy
        if offset_bytes == writer.upload.length_bytes:
            received = Upload.objects.select_for_update().get(pk=writer.upload.pk)
            upload_receive(upload=received)
    return offset_bytes
