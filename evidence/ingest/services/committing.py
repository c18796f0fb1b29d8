"""The one commit service: received bytes become a Master, or are refused and kept, never half of either.

Every door ends here. First the bytes go into the vault, hashed on the way and compared with what was announced; then
one act seals the recording, signs the receipt and asks for preparation. A newcomer's trap: bytes that were put are
never discarded here, because another attempt may be about to register them; the vault's sweep takes what nobody did.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from evidence.custody.parties import Subject
from evidence.custody.services import Act, act
from evidence.custody.verbs import Verb
from evidence.ingest.errors import UploadGone
from evidence.ingest.metadata import Told, told_by
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND
from evidence.ingest.services.matching import sender_key_of, upload_match
from evidence.ingest.services.receipts import Signer, receipt_issue, signer_read
from evidence.ingest.spool import Spool
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.services.preparing import preparation_ask
from evidence.recordings.services.sealing import recording_seal
from evidence.recordings.subjects import subject_of
from evidence.vault.errors import ObjectMismatch, PutExpired
from evidence.vault.models import ObjectClass
from evidence.vault.services import Progress, Put, object_put, object_register

RULES = {"dock": "dock-upload", "person": "person-upload", "system": "folder-import"}


def upload_commit(*, upload: Upload, on_progress: Progress | None = None) -> Upload:
    """Check and seal an upload here and now; an upload that is over already stays as it is.

    Raises:
        VaultFull, VaultUnavailable, ReceiptKeyMissing, PutExpired: try again later; nothing was lost.
    """
    if upload.state == UploadState.RECEIVED:
        try:
            put = upload_put(upload=upload, on_progress=on_progress)
        except ObjectMismatch as mismatch:
            upload_refuse(upload=upload, mismatch=mismatch)
        else:
            with put_forgotten(upload):
                upload_seal(upload=upload, put=put)
    upload.refresh_from_db()
    return upload


@contextmanager
def put_forgotten(upload: Upload) -> Iterator[None]:
    """Around sealing and its whole transaction: when the vault cleared the bytes away, the next attempt puts anew."""
    try:
        yield
    except PutExpired:
        Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVED).update(put=None)
        raise


def upload_put(*, upload: Upload, on_progress: Progress | None = None) -> Put:
    """The whole spool file into the vault, its length and SHA-256 checked; what an earlier attempt put is taken up.

    Raises:
        ObjectMismatch: the bytes are not what was announced. UploadGone: the spool lost them.
        VaultFull, VaultUnavailable, ReceiptKeyMissing: nothing was put.
    """
    signer_read()  # without a key no receipt: better said before an hour of reading than after it
    if upload.put:
        return _put_read(upload.put)
    path = Spool().path(upload.id)
    if not path.exists():
        raise UploadGone(
            "The bytes of this upload are not in the spool any more. Tell support; keep the camera as it is."
        )
    put = object_put(
        object_class=ObjectClass.MASTER, source=path, expected_sha256=upload.declared_sha256 or None,
        expected_size=upload.length_bytes, move=True, on_progress=on_progress,
    )  # fmt: skip
    upload.put, upload.sha256 = _put_written(put), put.sha256
    Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVED).update(put=upload.put, sha256=put.sha256)
    return put


def upload_seal(*, upload: Upload, put: Put) -> Upload:
    """One act: Recording, file and event, the receipt, and the job that prepares it. Repeating it changes nothing.

    Raises:
        PutExpired: the vault cleared the bytes away as abandoned; see `put_forgotten`.
    """
    signer = signer_read()
    with act(actor=upload.owner) as deed:
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.state == UploadState.RECEIVED:
            _seal(deed, row, put, signer)
    return row


def upload_refuse(*, upload: Upload, mismatch: ObjectMismatch) -> None:
    """The bytes are not what was announced: no evidence, an event, plain words, and the bytes kept until it expires."""
    with act(actor=upload.owner) as deed:
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.state != UploadState.RECEIVED:
            return
        found = str(mismatch.extra.get("actual_sha256", ""))
        row.state, row.sha256 = UploadState.REFUSED, found
        kept_until = timezone.localtime(row.expires_at)
        row.problem = f"{mismatch.message} Nothing was sealed. What arrived is kept until {kept_until:%d %b %Y}."
        row.save(update_fields=["state", "sha256", "problem"])
        data: dict[str, object] = {"announced": row.declared_sha256, "found": found, "size_bytes": row.length_bytes}
        deed.record(Verb.UPLOAD_REFUSED, Subject(KIND, row.pk), rule=RULES[row.owner_kind], data=data)


def commit_put_off(*, upload_id: UUID, because: str) -> None:
    """Every attempt failed for now: the sender reads why. The bytes stay, and the sweep asks again."""
    words = f"It could not be sealed yet. {because} What was sent is safe, and it is tried again by itself."
    Upload.objects.filter(pk=upload_id, state=UploadState.RECEIVED).update(problem=words)


def _seal(deed: Act, row: Upload, put: Put, signer: Signer) -> None:
    told, rule = told_by(row.metadata), RULES[row.owner_kind]
    _lock(put.sha256, sender_key_of(row, told))
    same = _same_bytes(put)
    row.sealed_at = timezone.now()
    repeated = next((file for file in same if _is_repeat(row, told, file)), None)
    if repeated is not None:
        row.file = repeated
        deed.record(
            Verb.UPLOAD_REPEATED, subject_of(repeated.recording, repeated), rule=rule, data={"upload": str(row.id)}
        )
    else:
        doubts = (f"The same bytes as {same[0].recording_id}, sealed before.",) if same else ()
        row.file = recording_seal(
            deed=deed, stored=object_register(put), sealing=upload_match(row, doubts=doubts), rule=rule
        )
        preparation_ask(file=row.file, actor=row.owner)
    row.state, row.sha256, row.put, row.problem = UploadState.SEALED, put.sha256, None, ""
    receipt_issue(deed=deed, upload=row, file=row.file, signer=signer, rule=rule)
    row.save()
    transaction.on_commit(lambda: Spool().drop(row.id), robust=True)


def _same_bytes(put: Put) -> list[RecordingFile]:
    """Masters with these very bytes, oldest first."""
    return list(
        RecordingFile.objects.filter(
            role=FileRole.MASTER,
            stored__sha256=put.sha256,
            stored__size_bytes=put.size_bytes,
            stored__destroyed_at=None,
        )
        .select_related("recording", "stored")
        .order_by("created_at")
    )


def _is_repeat(row: Upload, told: Told, file: RecordingFile) -> bool:
    """Whether the same sender told the same of the same bytes before: a repeated sending, not a second recording."""
    return any(
        (earlier.owner_kind, earlier.owner_id) == (row.owner_kind, row.owner_id)
        and _identity(told_by(earlier.metadata)) == _identity(told)
        for earlier in file.uploads.all()
    )


def _identity(told: Told) -> tuple[str, datetime | None, str, int | None]:
    return told.camera, told.recorded_at, told.recording, told.part


def _lock(*names: str) -> None:
    """One at a time for the same bytes or the same capture, to the end of the transaction. SQLite has one writer."""
    if connection.vendor != "postgresql":
        return
    numbers = {int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True) for name in names if name}
    with connection.cursor() as cursor:
        for number in sorted(numbers):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _put_written(put: Put) -> dict[str, Any]:
    return {**asdict(put), "id": str(put.id), "object_class": put.object_class.value, "source": str(put.source or "")}


def _put_read(written: dict[str, Any]) -> Put:
    return Put(
        **{
            **written,
            "id": UUID(written["id"]),
            "object_class": ObjectClass(written["object_class"]),
            "source": Path(written["source"]) if written["source"] else None,
        }
    )
