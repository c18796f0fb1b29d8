"""The one commit service: received bytes become a Master, or are refused and kept, never half of either.

Every door ends here. First the bytes go into the vault, hashed on the way and compared with what was announced; then
one act seals the recording, signs the receipt and asks for preparation. A newcomer's trap: bytes that were put are
never discarded here, because another attempt may be about to register them; the vault's sweep takes what nobody did.
"""

import hashlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from evidence.custody.parties import Subject
from evidence.custody.services import Act, act
from evidence.custody.verbs import Outcome, Verb
from evidence.ingest.errors import UploadGone
from evidence.ingest.metadata import Told, told_by
from evidence.ingest.models import Upload, UploadState
from evidence.ingest.policy import KIND
from evidence.ingest.services.matching import sender_key_of, upload_match
from evidence.ingest.services.receipts import Signer, receipt_issue, signer_read
from evidence.ingest.spool import Spool
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.services.preparing import preparation_ask
from evidence.recordings.services.sealing import recording_doubt, recording_seal
from evidence.recordings.subjects import subject_of
from evidence.vault.errors import ObjectMismatch, PutExpired
from evidence.vault.models import ObjectClass
from evidence.vault.services import Progress, Put, object_put, object_register, object_verify

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
            damaged = repeats_check(upload=upload, put=put)
            with put_forgotten(upload):
                upload_seal(upload=upload, put=put, damaged=damaged)
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


def repeats_check(*, upload: Upload, put: Put) -> frozenset[UUID]:
    """Read the Masters that this upload seems to repeat; returns which of the vault's objects are damaged or gone.

    A receipt lets a camera be wiped, so it must not speak of an old object that nobody has looked at. To be called
    outside any transaction: reading takes as long as the file is large.

    Raises:
        VaultUnavailable: the store could not be asked, so nothing is known. Try again later.
    """
    damaged = set()
    for file in _repeated(upload, told_by(upload.metadata), _same_bytes(put), put):
        if object_verify(file.stored):
            break
        damaged.add(file.stored.pk)
    return frozenset(damaged)


def upload_seal(*, upload: Upload, put: Put, damaged: Collection[UUID]) -> Upload:
    """One act: Recording, file and event, the receipt, and the job that prepares it. Repeating it changes nothing.

    `damaged`: as `repeats_check` found just now. What was sealed since then was read back while it was sealed.

    Raises:
        PutExpired: the vault cleared the bytes away as abandoned; see `put_forgotten`.
    """
    signer = signer_read()
    with act(actor=upload.owner) as deed:
        row = Upload.objects.select_for_update().get(pk=upload.pk)
        if row.state == UploadState.RECEIVED:
            _seal(deed, row, put, signer, damaged)
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


def _seal(deed: Act, row: Upload, put: Put, signer: Signer, damaged: Collection[UUID]) -> None:
    told, rule = told_by(row.metadata), RULES[row.owner_kind]
    _lock(put.sha256, sender_key_of(row, told))
    same = _same_bytes(put)
    row.sealed_at = timezone.now()
    sound = (file for file in _repeated(row, told, same, put) if file.stored.pk not in damaged)
    repeated = next(sound, None)
    if repeated is not None:
        row.file = repeated
        deed.record(
            Verb.UPLOAD_REPEATED, subject_of(repeated.recording, repeated), rule=rule, data={"upload": str(row.id)}
        )
    else:
        row.file = _new_master(deed, row, put, same, damaged)
    row.state, row.sha256, row.put, row.problem = UploadState.SEALED, put.sha256, None, ""
    receipt_issue(deed=deed, upload=row, file=row.file, signer=signer, rule=rule)
    row.save()
    transaction.on_commit(lambda: Spool().drop(row.id), robust=True)


def _new_master(
    deed: Act, row: Upload, put: Put, same: list[RecordingFile], damaged: Collection[UUID]
) -> RecordingFile:
    """Seal the bytes as a Master of their own; where they come in place of damaged ones, both recordings say so."""
    told, rule = told_by(row.metadata), RULES[row.owner_kind]
    lost = [file for file in same if file.stored.pk in damaged]
    doubts = [f"The same bytes as {file.recording_id}, sealed before." for file in same[:1] if not lost]
    doubts += [f"It was sent again for {file.recording_id}, whose original is damaged or missing." for file in lost]
    sealing = replace(upload_match(row, doubts=tuple(doubts)), officer_named=told.officer, is_last=told.is_last)
    if lost:
        sealing = replace(sealing, sender_key="")  # it stands for a part that is there, and joins nothing
    file = recording_seal(deed=deed, stored=object_register(put), sealing=sealing, rule=rule)
    for other in lost:
        words = f"Its original is damaged or missing. The same file was sealed again as {file.recording_id}."
        recording_doubt(recording=other.recording, doubt=words)
        deed.record(
            Verb.FIXITY_CHECKED, subject_of(other.recording, other), rule=rule, outcome=Outcome.FAILED,
            data={"object": str(other.stored.pk), "sealed_again_as": str(file.recording_id)},
        )  # fmt: skip
    preparation_ask(file=file, actor=row.owner)
    return file


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


def _repeated(row: Upload, told: Told, same: list[RecordingFile], put: Put) -> Iterator[RecordingFile]:
    """Those of the same bytes that were sent with the same words before; only where they can still be looked at."""
    return (file for file in same if file.stored.store == put.store and _is_repeat(row, told, file))


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
