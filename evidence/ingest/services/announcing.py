"""Announcing an upload, and the moment when its last byte is safe: the two ends of its way in.

Doors call these and translate. Whether the bytes become evidence is `committing`'s; how they are written, `sending`'s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from evidence.custody.parties import Actor, ActorKind, Subject
from evidence.fleet.models import Dock
from evidence.fleet.services import dock_seen
from evidence.identity.who import Who
from evidence.ingest.errors import SpoolFull, UploadForbidden, UploadTooLarge
from evidence.ingest.metadata import sha256_declared, size_require
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND, may_upload
from evidence.ingest.queries import bytes_to_come
from evidence.ingest.services.writers import expiry
from evidence.ingest.spool import Spool, database_full_told
from evidence.jobs.services import job_enqueue


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


@database_full_told()
def upload_create(*, who: Who, door: str, announced: Announced) -> Upload:
    """Announce a file; of one without bytes everything is here at once.

    Raises:
        UploadForbidden, UploadInvalid, UploadTooLarge; SpoolFull: there is no room for it now.
    """
    sender_require(who)
    declared = sha256_declared(announced.metadata, is_required=who.actor.kind is ActorKind.DOCK)
    size_require(announced.metadata, announced.length_bytes)
    limit_require(announced.length_bytes)
    upload = _new(who.actor, door, announced, uuid4())
    upload.declared_sha256 = declared
    if not announced.length_bytes:
        with Spool().opened(upload.id, 0) as file:
            file.flush()
    # asked within the transaction: of two that come at once, the second finds what was promised to the first
    with transaction.atomic():
        if announced.length_bytes > Spool().room_bytes() - bytes_to_come():
            raise SpoolFull
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


def _new(actor: Actor, door: str, announced: Announced, identifier: UUID) -> Upload:
    return Upload(
        id=identifier, door=door, owner_kind=actor.kind.value, owner_id=actor.id, owner_name=actor.name,
        owner_post=actor.post, length_bytes=announced.length_bytes, metadata=dict(announced.metadata),
        raw_metadata=announced.raw_metadata, expires_at=expiry(),
    )  # fmt: skip
