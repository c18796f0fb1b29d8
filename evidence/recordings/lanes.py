"""Which originals lack what preparation gives today: where somebody speaks, and how loud it is. Reads.

Both came with later versions, so what was taken in before lacks them, and so does what was prepared while the speech
lane was off. A newcomer's trap: a loudness of nothing (silence) is known; one that was never measured has no key.
"""

from django.db.models import Exists, OuterRef, QuerySet

from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.subjects import ORIGINAL_ROLES

LOUDNESS = "recording.loudness"


def _with_sound() -> QuerySet[RecordingFile]:
    rows = RecordingFile.objects.filter(role__in=ORIGINAL_ROLES, trouble="", probe__audio__0__isnull=False)
    return rows.select_related("recording").order_by("-recording__recorded_at", "recording_id", "part")


def without_voice() -> QuerySet[RecordingFile]:
    """Originals with sound in which nobody has looked for speech, newest first."""
    heard = RecordingFile.objects.filter(
        recording_id=OuterRef("recording_id"), role=FileRole.VOICE, part=OuterRef("part")
    )  # fmt: skip
    return _with_sound().exclude(Exists(heard))


def without_loudness() -> QuerySet[RecordingFile]:
    """Originals with sound that nobody has measured, newest first."""
    return _with_sound().exclude(probe__has_key="loudness")


def is_measured(file: RecordingFile) -> bool:
    """Whether it is known how loud a file is."""
    return RecordingFile.objects.filter(pk=file.pk, probe__has_key="loudness").exists()
