"""Small pictures in a list: showing one is consultation, so a page of them is one act with an event for each item.

Restricted items show none. The address of a picture is signed for the person and good for a few minutes, so that no
picture is fetched without the event that a page wrote.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner

from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.recordings.errors import RecordingMissing
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import files_of
from evidence.recordings.subjects import subject_of

GOOD_FOR_S = 600
_signer = TimestampSigner(salt="recordings.thumbnail")


def thumbnails_show(*, who: Who, recordings: Iterable[Recording]) -> dict[UUID, str]:
    """Signed keys of the pictures this person is shown, by recording; writes the events."""
    ids = [recording.id for recording in recordings]
    may_watch = RECORDINGS.rows(who, Right.WATCH).filter(id__in=ids, is_restricted=False)
    pictures = RecordingFile.objects.filter(recording__in=may_watch, role=FileRole.THUMBNAIL, part=1)
    shown: dict[UUID, str] = {}
    with act(actor=who.actor) as deed:
        for file in pictures.select_related("recording", "stored"):
            decision = RECORDINGS.require(who, Right.WATCH, file.recording)
            deed.record(Verb.STORYBOARD_SHOWN, subject_of(file.recording, file), rule=decision.rule)
            shown[file.recording_id] = _signer.sign(f"{file.recording_id}.{who.id}")
    return shown


def thumbnail_file(*, who: Who, recording: Recording, key: str) -> RecordingFile:
    """The picture behind a signed key.

    Raises:
        RecordingMissing: the key is not this person's, too old, or there is no picture any more for them.
    """
    try:
        named = _signer.unsign(key, max_age=GOOD_FOR_S)
    except BadSignature as wrong:
        raise RecordingMissing from wrong
    is_theirs = named == f"{recording.id}.{who.id}" and not recording.is_restricted
    files = files_of(recording, FileRole.THUMBNAIL) if is_theirs else []
    if not files or not RECORDINGS.decide(who, Right.WATCH, recording):
        raise RecordingMissing
    return files[0]
