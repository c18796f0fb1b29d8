"""A Master comes into being: Recording, RecordingFile and the event `recording:master:sealed`, in one transaction.

Called by the one commit service of ingest, inside its act, after the vault has read the bytes back.
"""

from django.db.models import Max

from evidence.custody.canonical import time_text
from evidence.custody.parties import Subject
from evidence.custody.services import Act
from evidence.custody.verbs import Verb
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.search import search_text
from evidence.recordings.services.facts import RECEIVED
from evidence.recordings.services.facts import Sealing as Sealing
from evidence.recordings.services.joining import joining_find, missing_words
from evidence.recordings.subjects import subject_of
from evidence.vault.models import StoredObject


def recording_seal(*, deed: Act, stored: StoredObject, sealing: Sealing, rule: str) -> RecordingFile:
    """Make the Master of a new recording, or a further part of the one its sender names by `sender_key`.

    A part that does not plainly belong there becomes a recording of its own, flagged with the reason.
    """
    joining = joining_find(sealing)
    recording = joining.recording or _new(sealing)
    missing_before = _missing(recording)
    doubts = [sealing.flag_reason, joining.doubt]
    if joining.recording is not None:
        doubts += _take_over(recording, sealing)
    file = _part(recording, stored, sealing)
    if sealing.is_last:
        recording.last_part = max(recording.last_part or 0, file.part)
    _flag(recording, answered=missing_before, doubts=[*doubts, _missing(recording)])
    recording.search_text = search_text(recording)
    recording.save()
    deed.record(
        Verb.MASTER_SEALED, subject_of(recording, file), rule=rule,
        data={
            "part": file.part, "size_bytes": stored.size_bytes, "is_flagged": recording.is_flagged,
            "is_joined": joining.recording is not None,
            "camera": str(sealing.camera.id) if sealing.camera else None,
            "officer": str(sealing.officer.id) if sealing.officer else None,
            "recorded_at": time_text(sealing.recorded_at), "recorded_at_source": sealing.recorded_at_source,
        },
    )  # fmt: skip
    return file


def recording_doubt(*, recording: Recording, doubt: str) -> None:
    """Have a person look at a recording that is there already; the caller's act records why."""
    row = Recording.objects.select_for_update().get(pk=recording.pk)
    _flag(row, answered="", doubts=[doubt])
    row.search_text = search_text(row)
    row.save(update_fields=["is_flagged", "flag_reason", "search_text"])


def recording_settled(*, recording: Recording, doubt: str) -> None:
    """Take a doubt back that was answered; others stay. The caller's act records how."""
    row = Recording.objects.select_for_update().get(pk=recording.pk)
    _flag(row, answered=doubt, doubts=[])
    row.search_text = search_text(row)
    row.save(update_fields=["is_flagged", "flag_reason", "search_text"])


def _part(recording: Recording, stored: StoredObject, sealing: Sealing) -> RecordingFile:
    part = sealing.part
    if part is None:
        masters = recording.files.filter(role=FileRole.MASTER)
        part = (masters.aggregate(last=Max("part"))["last"] or 0) + 1
    file = RecordingFile(
        recording=recording, role=FileRole.MASTER, part=part, stored=stored,
        untrusted_filename=sealing.untrusted_filename[:400], media_type="application/octet-stream",
        recorded_at=sealing.recorded_at if sealing.recorded_at_source != RECEIVED else None,
    )  # fmt: skip
    file.full_clean()
    file.save()
    return file


def _take_over(recording: Recording, sealing: Sealing) -> list[str]:
    """What a further part tells that the recording did not know yet; doubts where it tells otherwise."""
    is_earlier = sealing.recorded_at < recording.recorded_at or recording.recorded_at_source == RECEIVED
    if sealing.recorded_at_source != RECEIVED and is_earlier:
        recording.recorded_at, recording.recorded_at_source = sealing.recorded_at, sealing.recorded_at_source
    told = sealing.incident_ref[:80]
    if not told or told.casefold() == recording.incident_ref.casefold():
        return []
    if recording.incident_ref:
        return [f"A part of it was sent with another incident: {told}."]
    recording.incident_ref = told
    recording.version += 1
    return []


def _missing(recording: Recording) -> str:
    parts = list(recording.files.filter(role=FileRole.MASTER).values_list("part", flat=True))
    return missing_words(parts, recording.last_part) if recording.sender_key and parts else ""


def _flag(recording: Recording, *, answered: str, doubts: list[str]) -> None:
    """Add doubts to the recording's; take away the one that this part may have answered, and no other."""
    kept = " ".join(recording.flag_reason.replace(answered, " ").split()) if answered else recording.flag_reason
    for doubt in doubts:
        if doubt and doubt not in kept:  # a later part is doubtful where the first was not
            kept = f"{kept} {doubt}".strip()
    if kept != recording.flag_reason:
        recording.flag_reason, recording.is_flagged = kept, bool(kept)


def _new(sealing: Sealing) -> Recording:
    recording = Recording(
        dock=sealing.dock, camera=sealing.camera, officer=sealing.officer, unit=sealing.unit,
        sender_key=sealing.sender_key, incident_ref=sealing.incident_ref[:80], recorded_at=sealing.recorded_at,
        recorded_at_source=sealing.recorded_at_source, received_at=sealing.received_at,
    )  # fmt: skip
    recording.full_clean()
    recording.save()
    return recording


def master_subject(recording: Recording) -> Subject:
    """The recording with all its original files as an event's subject."""
    return subject_of(recording, *recording.files.filter(role=FileRole.MASTER).select_related("stored"))
