"""`alignment.listen`: the sound of two recordings held against each other in the sandbox, for a proposal.

That nothing was found is a result too, kept with its reason. Nothing is moved here: a person decides.
"""

from contextlib import ExitStack
from dataclasses import replace

from evidence.alignment.services import alignment_found
from evidence.jobs.errors import JobFailed
from evidence.jobs.work import Work
from evidence.recordings.models import Recording, RecordingFile, State
from evidence.recordings.queries import parts_of
from evidence.vault.services import object_local
from workers.exec.sandbox import Profile
from workers.handlers.media import media_run, reading_profile
from workers.media.align.report import AlignReport
from workers.media.wire import to_obj

SECONDS_PER_CPU_S = 40
"""A fifth of what listening was measured to manage on a loaded core."""


def handle(work: Work) -> None:
    """Listen to one pair."""
    names = ("one", "other")
    files = {name: _files(Recording.objects.get(pk=work.params[name])) for name in names}
    work.progress(0, 0, "listening to both")
    with ExitStack() as stack:
        read = {
            f"/in/{name}{at}": stack.enter_context(object_local(file.stored))
            for name in names
            for at, file in enumerate(files[name])
        }
        further = [
            word for name in names for at in range(1, len(files[name]))
            for word in (f"--{name}-then", f"/in/{name}{at}")
        ]  # fmt: skip
        report = media_run(
            work, AlignReport, "align", "/in/one0", "/in/other0", *further, *_search(work), read=read, out_dir=None,
            profile=_profile([*files["one"], *files["other"]]),
        )  # fmt: skip
    with work.finishing() as outcome:
        outcome["alignment"] = str(alignment_found(job=work.job, report=to_obj(report)).pk)


def _search(work: Work) -> list[str]:
    about_ms, within_s = work.params["about_ms"], work.params["within_s"]
    return [] if about_ms is None else [f"--about={about_ms}/1000", f"--within={within_s}"]


def _files(recording: Recording) -> list[RecordingFile]:
    """The sealed files that the recording's time line is made of."""
    found = [part.original for part in parts_of(recording) if part.state == State.PLAYABLE]
    if not found:
        raise JobFailed("not-playable", "One of the recordings cannot be played, so it cannot be listened to.")
    return found


def _profile(files: list[RecordingFile]) -> Profile:
    reading = reading_profile(sum(file.size_bytes for file in files))
    cpu_s = reading.cpu_s + int(sum(file.duration_s or 3600.0 for file in files) / SECONDS_PER_CPU_S)
    return replace(reading, cpu_s=cpu_s, wall_s=reading.wall_s + 3.0 * (cpu_s - reading.cpu_s))
