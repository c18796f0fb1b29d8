"""Bytes on their way in: announce an upload, write on, give up, and the moment when the last byte is safe.

Doors call these and translate; whether the bytes become evidence is `committing`'s. Every answer speaks of bytes that
are fsynced: what a header promised counts for nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind, Subject
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.fleet.models import Dock
from evidence.fleet.services import dock_seen
from evidence.identity.who import Who
from evidence.ingest.errors import (
    ChecksumMismatch,
    OffsetMismatch,
    SpoolFull,
    UploadBusy,
    UploadFinished,
    UploadForbidden,
    UploadGone,
    UploadTooLarge,
)
from evidence.ingest.metadata import sha256_declared, size_require
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND, UPLOADS, Right, may_upload
from evidence.ingest.services.writers import Beat, Writer, expiry, writer_of
from evidence.ingest.spool import Spool, SpoolFile
from evidence.jobs.services import job_enqueue

PIECE_BYTES = 256 * 1024
"""Read and written at once: what a line that breaks can cost of bytes that had already arrived."""
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


@dataclass(frozen=True, slots=True)
class Announced:
    """What a door was told of a file before its bytes. Lengths in bytes."""

    length_bytes: int
    metadata: Mapping[str, str]
    raw_metadata: str = ""


def sender_require(who: Who) -> None:
    """Let only those through who may send recordings in.

    Raises:
        UploadForbidden: this asker may not, or the dock was taken out of service.
    """
    if not may_upload(who):
        raise UploadForbidden(
            "You cannot send recordings in. Ask the force administrator if that is part of your work."
        )
    dock = _dock_of(who)
    if who.actor.kind is ActorKind.DOCK and (dock is None or not dock.is_active):
        raise UploadForbidden("This dock is out of service. Ask the force administrator to take it into use again.")


def _dock_of(who: Who) -> Dock | None:
    is_dock = who.actor.kind is ActorKind.DOCK and who.id is not None
    return Dock.objects.filter(pk=who.id or "").first() if is_dock else None


def upload_create(*, who: Who, door: str, announced: Announced) -> Upload:
    """Announce a file; of one without bytes everything is here at once.

    Raises:
        UploadForbidden, UploadInvalid, UploadTooLarge; SpoolFull: there is no room for it now.
    """
    sender_require(who)
    declared = sha256_declared(announced.metadata, is_required=who.actor.kind is ActorKind.DOCK)
    size_require(announced.metadata, announced.length_bytes)
    limit_require(announced.length_bytes)
    if announced.length_bytes > Spool().room_bytes():
        raise SpoolFull
    upload = _new(who.actor, door, announced, uuid4())
    upload.declared_sha256 = declared
    if not announced.length_bytes:
        with Spool().opened(upload.id, 0) as file:
            file.flush()
    with transaction.atomic():
        upload.full_clean()
        upload.save(force_insert=True)
        if not announced.length_bytes:
            upload_receive(upload=upload)
        if (dock := _dock_of(who)) is not None:
            dock_seen(dock=dock)
    return upload


def limit_require(length_bytes: int) -> None:
    """Refuse what is larger than this force takes.

    Raises:
        UploadTooLarge: it is.
    """
    if length_bytes > settings.UPLOAD_MAX_BYTES:
        raise UploadTooLarge(
            f"The file has {length_bytes} bytes; at most {settings.UPLOAD_MAX_BYTES} are taken. Ask the administrator."
        )


def upload_adopt(
    *, actor: Actor, door: str, identifier: UUID, announced: Announced, sha256: str = "", is_queued: bool = True
) -> Upload:
    """A file whose every byte lies in the spool already, fsynced, under `identifier`. The door has asked who may.

    `is_queued` False: the caller commits it here and now.
    """
    upload = _new(actor, door, announced, identifier)
    upload.declared_sha256 = sha256 or sha256_declared(announced.metadata, is_required=False)
    upload.offset_bytes = announced.length_bytes
    with transaction.atomic():
        upload.full_clean()
        upload.save(force_insert=True)
        upload_receive(upload=upload, is_queued=is_queued)
    return upload


def upload_receive(*, upload: Upload, is_queued: bool = True) -> None:
    """The last byte is safe, and it is ours to seal: in the caller's transaction, with the job that does it."""
    upload.state, upload.received_at = UploadState.RECEIVED, timezone.now()
    upload.save(update_fields=["state", "received_at"])
    if is_queued:
        commit_ask(upload)


def commit_ask(upload: Upload) -> None:
    """Have it checked and sealed; asking twice gives the one job."""
    job_enqueue(kind="ingest.commit", key=f"ingest:{upload.id}", actor=upload.owner, subject=Subject(KIND, upload.id))


def upload_append(
    *, who: Who, upload: Upload, offset_bytes: int, source: Source, checksum: Checksum | None = None
) -> int:
    """Write on from `offset_bytes`; returns where the upload stands afterwards, which a cut line leaves in the middle.

    Raises:
        Denied, UploadGone, OffsetMismatch, UploadTooLarge: nothing was written.
        ChecksumMismatch: the chunk was dropped. UploadBusy: a newer request took over before anything was written.
        SpoolFull: no room for the rest; what arrived is kept.
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


def _new(actor: Actor, door: str, announced: Announced, identifier: UUID) -> Upload:
    return Upload(
        id=identifier, door=door, owner_kind=actor.kind.value, owner_id=actor.id, owner_name=actor.name,
        owner_post=actor.post, length_bytes=announced.length_bytes, metadata=dict(announced.metadata),
        raw_metadata=announced.raw_metadata, expires_at=expiry(),
    )  # fmt: skip


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
            with Beat(writer, file, is_confirming=checksum is None):
                is_full = _pour(writer, file, source, checksum)
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
    """From the line into the file until either ends; True when the disc is full."""
    start, room = writer.upload.offset_bytes, writer.upload.length_bytes - writer.upload.offset_bytes
    while not writer.is_interrupted:
        piece = source.read(min(PIECE_BYTES, room - writer.written_bytes + 1))
        if writer.written_bytes + len(piece) > room:
            raise _too_many(writer.upload)
        if not piece or writer.is_interrupted:
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
