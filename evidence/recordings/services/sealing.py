"""A Master comes into being: Recording, RecordingFile and the event `recording:master:sealed`, in one transaction.

Called by the one commit service of ingest, inside its act, after the vault has read the bytes back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from evidence.custody.parties import Subject
from evidence.custody.services import Act
from evidence.custody.verbs import Verb
from evidence.fleet.models import Camera, Dock
from evidence.identity.models import Person, Unit
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.search import search_text
from evidence.recordings.subjects import subject_of
from evidence.vault.models import StoredObject


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is known of a file when it is sealed. `flag_reason`: why a person has to look; empty when all is known."""

    untrusted_filename: str
    recorded_at: datetime
    recorded_at_source: str
    received_at: datetime
    dock: Dock | None = None
    camera: Camera | None = None
    officer: Person | None = None
    unit: Unit | None = None
    sender_key: str = ""
    part: int | None = None
    incident_ref: str = ""
    flag_reason: str = ""


def recording_seal(*, deed: Act, stored: StoredObject, sealing: Sealing, rule: str) -> RecordingFile:
    """Make the Master of a new recording, or a further part of the one its sender names by `sender_key`."""
    recording = _joined(sealing) or _new(sealing)
    part = sealing.part
    taken = recording.files.filter(role=FileRole.MASTER)
    if part is None or taken.filter(part=part).exists():
        part = (taken.aggregate(last=Max("part"))["last"] or 0) + 1
    file = RecordingFile(
        recording=recording, role=FileRole.MASTER, part=part, stored=stored,
        untrusted_filename=sealing.untrusted_filename[:400], media_type="application/octet-stream",
    )  # fmt: skip
    file.full_clean()
    file.save()
    recording.search_text = search_text(recording)
    if sealing.flag_reason not in recording.flag_reason:  # a later part is doubtful where the first was not
        recording.is_flagged = True
        recording.flag_reason = f"{recording.flag_reason} {sealing.flag_reason}".strip()[:300]
    recording.save(update_fields=["search_text", "is_flagged", "flag_reason"])
    deed.record(
        Verb.MASTER_SEALED, subject_of(recording, file), rule=rule,
        data={
            "part": part, "size_bytes": stored.size_bytes, "is_flagged": recording.is_flagged,
            "camera": str(sealing.camera.id) if sealing.camera else None,
            "officer": str(sealing.officer.id) if sealing.officer else None,
            "recorded_at_source": sealing.recorded_at_source,
        },
    )  # fmt: skip
    return file


def _joined(sealing: Sealing) -> Recording | None:
    if not sealing.sender_key:
        return None
    return (
        Recording.objects.select_for_update()
        .filter(sender_key=sealing.sender_key, dock=sealing.dock, camera=sealing.camera)
        .first()
    )


def _new(sealing: Sealing) -> Recording:
    recording = Recording(
        dock=sealing.dock, camera=sealing.camera, officer=sealing.officer, unit=sealing.unit,
        sender_key=sealing.sender_key, incident_ref=sealing.incident_ref[:80], recorded_at=sealing.recorded_at,
        recorded_at_source=sealing.recorded_at_source, received_at=sealing.received_at,
        is_flagged=bool(sealing.flag_reason), flag_reason=sealing.flag_reason[:300],
    )  # fmt: skip
    recording.full_clean()
    recording.save()
    return recording


def master_subject(recording: Recording) -> Subject:
    """The recording with all its original files as an event's subject."""
    return subject_of(recording, *recording.files.filter(role=FileRole.MASTER).select_related("stored"))
