"""What tests of the commit start from and look at: a file sent and sealed, its recording, and why that is flagged."""

from evidence.ingest.models import Upload
from evidence.ingest.services import upload_commit
from evidence.recordings.models import Recording
from tests.ingest.sending import RECORDED_AT

CONTENT = b"evidence " * 1000


def known(**more: str) -> dict[str, str]:
    return {"recorded_at": RECORDED_AT.isoformat(), **more}


def committed(sender, content: bytes = CONTENT, **told: str) -> Upload:
    return upload_commit(upload=sender.sent(content, **told))


def recording_of(upload: Upload) -> Recording:
    assert upload.file is not None, upload.problem
    return upload.file.recording


def flagged(upload: Upload) -> str:
    recording = recording_of(upload)
    assert recording.is_flagged
    return recording.flag_reason
