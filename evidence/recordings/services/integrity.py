"""A file of a recording is not what was sealed any more, or is again: its record, and a flag for people to see.

The vault found it and holds the file back; what that means for the item is told here, in the transaction that does it.
"""

from collections.abc import Mapping
from uuid import UUID

from evidence.custody.services import Act
from evidence.custody.verbs import Outcome, Verb
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.services.sealing import recording_doubt, recording_settled
from evidence.recordings.subjects import ORIGINAL_ROLES, subject_of

RULE = "system:fixity"


def file_of_object(stored_id: UUID) -> RecordingFile | None:
    """The file that an object of the vault is; None where it is no recording's."""
    return RecordingFile.objects.select_related("recording", "stored").filter(stored=stored_id).first()


def file_quarantined(*, deed: Act, file: RecordingFile, found: str) -> None:
    """The check failed and the file is in quarantine: two events, and the recording is flagged. `found`: as a code."""
    data: dict[str, object] = {"object": str(file.stored_id), "role": file.role, "part": file.part, "found": found}
    subject = subject_of(file.recording, file)
    deed.record(Verb.FIXITY_CHECKED, subject, rule=RULE, data=data, outcome=Outcome.FAILED)
    deed.record(Verb.FILE_QUARANTINED, subject, rule=RULE, data=data)
    recording_doubt(recording=file.recording, doubt=quarantine_words(file))


def file_released(*, deed: Act, file: RecordingFile, rule: str, versions: Mapping[str, str]) -> None:
    """The file was found right again: two events, and the flag goes, unless there are other reasons for one.

    `versions`: `version_before` and `version` in the store, where another one is read from now on; else empty.
    """
    data: dict[str, object] = {"object": str(file.stored_id), "role": file.role, "part": file.part}
    subject = subject_of(file.recording, file)
    deed.record(Verb.FIXITY_CHECKED, subject, rule=rule, data=data)
    deed.record(Verb.FILE_RELEASED, subject, rule=rule, data={**data, **versions})
    recording_settled(recording=file.recording, doubt=quarantine_words(file))


def quarantine_words(file: RecordingFile) -> str:
    """What the flag says: which file, what cannot be done now, and what to do."""
    named = f"{FileRole(file.role).label} (part {file.part})" if file.part > 1 else str(FileRole(file.role).label)
    said = f"{named}: damaged or missing in the vault, and in quarantine."
    if file.role in ORIGINAL_ROLES:
        return (
            f"{said} It is not played, downloaded, shared or put on a disc. Have the administrator restore it from a "
            "replica, then release it."
        )
    return f"{said} It is not shown. The original is another file. Have the administrator restore or release it."
