"""What a search finds: one lower-case text a row, kept by the services that change what is in it."""

from evidence.recordings.models import Recording


def search_text(recording: Recording) -> str:
    """Words of everything on the recording that people look for."""
    officer, camera = recording.officer, recording.camera
    origin = recording.origin
    parts = [
        recording.title, recording.get_kind_display(), recording.incident_ref, str(recording.id)[:8],
        officer.label if officer else "", officer.full_name if officer else "",
        recording.unit.name if recording.unit else "", camera.serial if camera else "",
        recording.category.name if recording.category else "", recording.flag_reason,
        *(file.untrusted_filename for file in (origin or recording).files.all() if file.untrusted_filename),
    ]  # fmt: skip
    return " ".join(part for part in parts if part).lower()


def search_words(text: str) -> list[str]:
    """Up to eight words to look for."""
    return [word for word in text.lower().split() if word][:8]
