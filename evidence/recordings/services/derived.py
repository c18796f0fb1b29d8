"""A file that was made from another for viewing, listening or finding: how it becomes a row beside its original."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evidence.recordings.models import FileRole, RecordingFile
from evidence.vault.services import Put, object_register


@dataclass(frozen=True, slots=True)
class Derived:
    """Something made from a file, already in the vault. `about`: what the sandbox said of it."""

    role: FileRole
    put: Put
    media_type: str
    about: Mapping[str, Any] | None = None


def derived_register(file: RecordingFile, item: Derived) -> RecordingFile:
    """Its row, inside the caller's act."""
    return RecordingFile.objects.create(
        recording_id=file.recording_id, role=item.role, part=file.part, stored=object_register(item.put),
        media_type=item.media_type, probe=dict(item.about) if item.about is not None else None,
    )  # fmt: skip
