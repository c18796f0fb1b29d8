"""`recording.voice` and `recording.transcript`: the sound of a sealed file listened to in the sandbox.

What comes back becomes a file beside the original. A newcomer's trap: the words are hostile text; nothing here reads
them.
"""

from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import FileRole
from evidence.recordings.services.derived import Derived
from evidence.recordings.services.hearing import hearing_finish, is_heard, transcript_failed
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_discard, object_local, object_put
from workers.exec.sandbox import OUT, render_profile
from workers.handlers.media import SOURCE, file_of, media_run, out_file
from workers.media.reports import TranscriptReport, VoiceReport
from workers.media.wire import to_obj

NAME = "heard.json"
UNKNOWN_DURATION_S = 3600.0
"""For limits only, where a file does not say how long it is."""


def handle_voice(work: Work) -> None:
    """Find where somebody speaks."""
    _listen(work, FileRole.VOICE, "voice", VoiceReport)


def handle_transcript(work: Work) -> None:
    """Write down the words."""
    _listen(work, FileRole.TRANSCRIPT, "transcribe", TranscriptReport)


def _listen(work: Work, role: FileRole, operation: str, kind: type[VoiceReport] | type[TranscriptReport]) -> None:
    file = file_of(work.job)
    if is_heard(file, role):
        return
    work.progress(0, 0, "listening")
    (out_dir := work.scratch / "out").mkdir()
    profile = render_profile(
        duration_s=file.duration_s or UNKNOWN_DURATION_S, width=640, height=480, input_bytes=file.size_bytes
    )
    with object_local(file.stored) as path:
        report = media_run(
            work, kind, operation, SOURCE, f"{OUT}/{NAME}", read={SOURCE: path}, out_dir=out_dir, profile=profile,
            stages=(),
        )  # fmt: skip
    put = object_put(object_class=ObjectClass.DERIVED, source=out_file(out_dir, NAME), move=True)
    try:
        with work.finishing():
            derived = Derived(role, put, "application/json", to_obj(report))
            hearing_finish(job=work.job, file=file, derived=derived)
    except BaseException:
        object_discard(put)
        raise


def failed_transcript(job: Job) -> None:
    """The recording's record says that there is none."""
    transcript_failed(job=job, file=file_of(job))
