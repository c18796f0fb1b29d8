"""Handing out the bytes of a recording to somebody of the force: one right, one event, one file."""

from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.http.ranges import safe_name
from evidence.identity.models import Person
from evidence.identity.who import Who, who_is
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import subject_of
from evidence.vault.services import object_readable_require

ORIGINALS = (FileRole.MASTER, FileRole.COPY)
EXTENSIONS = {
    "video/mp4": "mp4", "image/png": "png", "video/quicktime": "mov", "video/x-matroska": "mkv", "video/webm": "webm",
    "video/x-msvideo": "avi", "video/mp2t": "ts", "video/h264": "h264",
}  # fmt: skip


def file_download(*, who: Who, recording: Recording, role: str = "", part: int = 1) -> RecordingFile:
    """The file to send: the sealed original or working copy, or with `role='proxy'` its proxy. Writes the event.

    Every request is written, ranges too: a client that fetches in pieces has fetched it.

    Raises:
        Denied: no right to download it.
        RecordingMissing: there is no such file.
        ObjectQuarantined: nobody is given it, so nothing goes on record.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.DOWNLOAD, recording)
        roles = (FileRole.PROXY,) if role == FileRole.PROXY else ORIGINALS
        file = next((found for found in files_of(recording, *roles) if found.part == part), None)
        if file is None:
            raise RecordingMissing
        object_readable_require(file.stored)
        deed.record(Verb.FILE_DOWNLOADED, subject_of(recording, file), rule=decision.rule, data={"role": file.role})
    return file


def may_still_download(who: Who, recording: Recording) -> bool:
    """Whether the person may go on with a download that began: asked anew, for a post may have ended since."""
    person = Person.objects.filter(pk=who.person_id).first()
    return person is not None and bool(RECORDINGS.decide(who_is(person), Right.DOWNLOAD, recording))


def download_name(recording: Recording, file: RecordingFile) -> str:
    """A name for the download that says what it is: kind, collar number, time, first 8 of the hash."""
    officer = recording.officer.collar_number if recording.officer else "unknown"
    extension = EXTENSIONS.get(file.media_type, "bin")
    stamp = f"{recording.recorded_at:%Y%m%dT%H%M%SZ}"
    return safe_name(f"{recording.kind}_{officer}_{stamp}_{file.sha256[:8]}.{extension}")
