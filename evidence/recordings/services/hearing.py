"""Having a recording listened to: where somebody speaks, for all that has sound; the words, where a person asks.

The media work is done by `workers.handlers.hearing`. Each result appears once, in the transaction that ends its job,
with an event.
"""

from evidence.custody.parties import Actor
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.identity.who import Who
from evidence.jobs.models import ENDED_BADLY, Job
from evidence.jobs.services import job_enqueue, job_retry
from evidence.recordings.errors import RecordingMissing, TranscriptMissing, TranscriptNotPossible
from evidence.recordings.hearing import (
    HOW_TO_ADD,
    TRANSCRIPT,
    VOICE,
    Word,
    is_available,
    transcript_key,
    voice_key,
    words_of,
)
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of
from evidence.recordings.services.derived import Derived, derived_register
from evidence.recordings.subjects import subject_of

RULE = "system:hearing"
NO_SOUND = "This recording has no sound, so there are no words to write down."


def voice_ask(*, file: RecordingFile, actor: Actor) -> Job:
    """Have speech looked for in an original; asking twice gives the one job."""
    return job_enqueue(
        kind=VOICE, key=voice_key(file), actor=actor, subject=subject_of(file.recording),
        params={"file": str(file.id)},
    )  # fmt: skip


def transcript_ask(*, who: Who, recording: Recording, part: int = 1) -> Job:
    """Have the words of a part written down; one that failed is tried again.

    Raises:
        Denied: no right to annotate it. RecordingMissing: it has no such part.
        TranscriptNotPossible: there is no sound, or the extra is not installed; says what to do.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.ANNOTATE, recording)
        file = next((each.original for each in parts_of(recording) if each.number == part), None)
        if file is None:
            raise RecordingMissing
        if not (file.probe or {}).get("audio"):
            raise TranscriptNotPossible(NO_SOUND)
        if not is_available():
            raise TranscriptNotPossible(HOW_TO_ADD)
        key = transcript_key(file)
        before = Job.objects.filter(key=key).first()
        if before is not None and before.state not in ENDED_BADLY:
            return before
        job = before or job_enqueue(
            kind=TRANSCRIPT, key=key, actor=who.actor, subject=subject_of(recording), params={"file": str(file.id)}
        )
        if before is not None:
            job = job_retry(job=before, actor=who.actor)
        deed.record(
            Verb.TRANSCRIPT_REQUESTED, subject_of(recording, file), rule=decision.rule,
            data={"part": file.part, "job": str(job.id)},
        )  # fmt: skip
    return job


def transcripts_ask(*, who: Who, recording: Recording) -> list[Job]:
    """The same for every part that has sound and no transcript yet; all of them are asked for, or none.

    Raises:
        Denied, TranscriptNotPossible: as `transcript_ask`.
    """
    with act(actor=who.actor):
        RECORDINGS.require(who, Right.ANNOTATE, recording)
        heard = [part for part in parts_of(recording) if (part.original.probe or {}).get("audio")]
        if not heard:
            raise TranscriptNotPossible(NO_SOUND)
        return [
            transcript_ask(who=who, recording=recording, part=part.number)
            for part in heard
            if not is_heard(part.original, FileRole.TRANSCRIPT)
        ]


def transcript_read(*, who: Who, recording: Recording, part: int = 1) -> list[Word]:
    """The words of a part, for somebody who does not read them on a page under an open viewing. Writes the event.

    Raises:
        Denied: no right to watch it. TranscriptMissing: there is none.
    """
    with act(actor=who.actor) as deed:
        decision = RECORDINGS.require(who, Right.WATCH, recording)
        words = words_of(recording, part)
        if words is None:
            raise TranscriptMissing
        deed.record(Verb.TRANSCRIPT_READ, subject_of(recording), rule=decision.rule, data={"part": part})
    return words


def hearing_finish(*, job: Job, file: RecordingFile, derived: Derived) -> None:
    """Register what was heard; called inside the job's finishing transaction. Repeating it changes nothing."""
    verb = Verb.VOICE_FOUND if derived.role == FileRole.VOICE else Verb.TRANSCRIPT_MADE
    with act(actor=job.requested_by) as deed:
        recording = Recording.objects.select_for_update().get(pk=file.recording_id)
        made = derived_register(file, derived)
        about = dict(derived.about or {})
        deed.record(
            verb, subject_of(recording, file, made), rule=RULE,
            data={"part": file.part, "model": about.get("model", ""), "model_sha256": about.get("sha256", "")},
        )  # fmt: skip


def transcript_failed(*, job: Job, file: RecordingFile) -> None:
    """No transcript came of it, and the record says why."""
    with act(actor=job.requested_by) as deed:
        deed.record(
            Verb.TRANSCRIPT_FAILED, subject_of(file.recording, file), rule=RULE,
            data={"part": file.part, "code": job.error_code, "job": str(job.id)},
        )  # fmt: skip


def is_heard(file: RecordingFile, role: FileRole) -> bool:
    """Whether that result is there."""
    return RecordingFile.objects.filter(recording_id=file.recording_id, role=role, part=file.part).exists()
