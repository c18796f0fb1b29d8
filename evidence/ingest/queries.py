"""Every read of ingest: uploads by right, and what became of each in the words of its page."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet, Sum
from django.utils import timezone

from evidence.identity.who import Who
from evidence.ingest.errors import UploadMissing
from evidence.ingest.models import ReceiptKey, Upload, UploadState
from evidence.ingest.policy import UPLOADS, Right
from evidence.recordings.models import Recording, State
from evidence.recordings.policy import RECORDINGS
from evidence.recordings.policy import Right as RecordingRight

PROMISED_S = 3600.0
"""An upload that brought nothing for so long does not keep others out any more; it goes on as far as there is room."""
_WITH = ("file__recording", "file__stored")


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of an upload. `state`: open, received, checked, sealed, playable, not_playable, failed, cancelled.

    `words`: why, and what to do; often empty. `recording`: only where the asker may know of it.
    """

    state: str
    words: str = ""
    recording: Recording | None = None


def upload_found(identifier: UUID) -> Upload:
    """The upload, whoever asks: services ask the policy.

    Raises:
        UploadMissing: there is none.
    """
    upload = Upload.objects.filter(pk=identifier).first()
    if upload is None:
        raise UploadMissing
    return upload


def upload_for(who: Who, identifier: UUID) -> Upload:
    """The upload, if the asker may see it.

    Raises:
        UploadMissing, Denied.
    """
    upload = Upload.objects.select_related(*_WITH).filter(pk=identifier).first()
    if upload is None:
        raise UploadMissing
    UPLOADS.require(who, Right.VIEW, upload)
    return upload


def uploads_of(who: Who) -> QuerySet[Upload]:
    """What the asker sent, newest first."""
    rows = UPLOADS.rows(who, Right.SEND).select_related(*_WITH)
    return rows.order_by("-created_at", "-id")


def bytes_to_come() -> int:
    """What unfinished uploads still have to bring, of those that moved lately: room that is not there for others."""
    # each byte that is confirmed moves the expiry on, so that it tells when the last one came
    moved_since = timezone.now() + timedelta(seconds=max(0.0, settings.UPLOAD_EXPIRY_S - PROMISED_S))
    lively = Upload.objects.filter(state=UploadState.OPEN, expires_at__gt=moved_since)
    return lively.aggregate(left=Sum(F("length_bytes") - F("offset_bytes")))["left"] or 0


def receipt_keys() -> QuerySet[ReceiptKey]:
    """Every key that ever signed a receipt, oldest first."""
    return ReceiptKey.objects.all()


def standing_of(who: Who, upload: Upload) -> Standing:
    """How far an upload is, for the page that shows it."""
    if upload.state in {UploadState.REFUSED, UploadState.EXPIRED}:
        return Standing("failed", upload.problem or "It was left unfinished for too long. Send it again.")
    if upload.state == UploadState.TERMINATED:
        return Standing("cancelled")
    if upload.file is None:
        state = "open" if upload.state == UploadState.OPEN else "checked" if upload.put else "received"
        return Standing(state, upload.problem)
    return _sealed(who, upload.file.recording)


def _sealed(who: Who, recording: Recording) -> Standing:
    shown = recording if who.is_person and RECORDINGS.decide(who, RecordingRight.LIST, recording) else None
    if recording.state == State.PLAYABLE:
        return Standing("playable", recording=shown)
    if recording.state == State.NOT_PLAYABLE:
        return Standing("not_playable", recording.state_reason if shown else "", recording=shown)
    return Standing("sealed", recording=shown)
