"""How a recording stands in the custody record: its kind, id, and the files an event speaks of."""

from uuid import UUID

from evidence.custody.parties import FileRef, Subject
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import KIND

ORIGINAL_ROLES = (FileRole.MASTER, FileRole.COPY)


def file_ref(file: RecordingFile) -> FileRef:
    """A file's id and hash."""
    return FileRef(id=file.id, sha256=file.sha256)


def subject_of(recording: Recording, *files: RecordingFile) -> Subject:
    """The recording as the subject of an event about these files (none: about the recording as such)."""
    return Subject(kind=KIND, id=recording.id, files=tuple(file_ref(file) for file in files))


def subject_id(identifier: UUID) -> Subject:
    """A recording of which only the id is at hand."""
    return Subject(kind=KIND, id=identifier)
