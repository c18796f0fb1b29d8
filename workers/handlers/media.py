"""How a handler has a file looked at or copied: `python -m workers.media` in the sandbox, and a typed report back.

What comes back was written by a process that hostile bytes may have taken over: it is read strictly, and the files it
left are taken by name only. A newcomer's trap: a media error is final, for the same bytes give it again; a limit or a
missing sandbox is told in the words of `words_of`.
"""

import errno
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.vault.services import object_local
from workers.exec.errors import ExecError
from workers.exec.sandbox import PROBE, Profile, media_argv, sandbox_run
from workers.media.cli import EXIT_ERROR
from workers.media.errors import DamagedReport, DiskFull
from workers.media.wire import from_obj

SOURCES = "/in"
"""A folder in the sandbox with the sources under their numbers."""
SOURCE = f"{SOURCES}/0"
READ_BYTES_PER_CPU_S = 20_000_000
"""Twenty times slower than packets were measured to pass; what is slower than that is no honest file."""
FINAL = frozenset({"limit_reached", "output_too_large", "output_refused"})
"""The same bytes would do it again."""
_ODD = "It may be damaged, or made to do this."
WORDS = {
    "sandbox_unavailable": (
        "It was not opened: this machine has no working sandbox, and without one no recording is opened. "
        "Ask the administrator to put the sandbox right, then try again."
    ),
    "limit_reached": f"Opening it took more than a file of its size may take, so it was stopped. {_ODD}",
    "output_too_large": f"Opening it wrote more than it may, so it was stopped. {_ODD}",
    "output_refused": f"Opening it left something that was not asked for, so nothing was kept. {_ODD}",
    "tool_timeout": "Opening it took too long. The machine may be busy; try again.",
    "tool_failed": f"Opening it ended the program that reads recordings. {_ODD}",
    "tool_missing": "The program that reads recordings is missing here. Ask the administrator, then try again.",
}
R = TypeVar("R")


def file_of(job: Job) -> RecordingFile:
    """The original that a job is for."""
    rows = RecordingFile.objects.select_related("recording", "stored")
    return rows.get(pk=job.params["file"])


@contextmanager
def sources_local(files: Sequence[RecordingFile]) -> Iterator[dict[str, Path]]:
    """Sealed files to be read, by where the sandbox has them; in order. Raises what `object_local` raises."""
    with ExitStack() as stack:
        yield {f"{SOURCES}/{at}": stack.enter_context(object_local(file.stored)) for at, file in enumerate(files)}


def source_args(read: Mapping[str, Path]) -> tuple[str, ...]:
    """How the command line is told of them."""
    return tuple(word for place in read for word in ("--source", place))


def words_of(job: Job) -> str:
    """Why a failed job gave nothing, for the page of its recording: ends by saying that nothing was lost."""
    said = WORDS.get(job.error_code, job.error) or "It could not be prepared."
    return f"{said} The original is sealed and safe."


def reading_profile(size_bytes: int) -> Profile:
    """The probe's limits, with time for reading all packets of a file of this size once."""
    cpu_s = PROBE.cpu_s + size_bytes // READ_BYTES_PER_CPU_S
    return replace(PROBE, cpu_s=cpu_s, wall_s=PROBE.wall_s + 3.0 * (cpu_s - PROBE.cpu_s))


def media_run(
    work: Work, kind: type[R], operation: str, *args: str, read: Mapping[str, Path], out_dir: Path | None,
    profile: Profile, stages: Collection[str] | None = None,
) -> R:  # fmt: skip
    """Run an operation of the media library in the sandbox, with progress and cancelling; its report as `kind`.

    `stages`: the only ones whose progress is told; None: all.

    Raises:
        JobFailed: it cannot be done with these bytes (final), or the sandbox ended it.
        OSError: (ENOSPC) no room was left.
        ExecError: the sandbox is not there, or was interrupted.
    """
    try:
        completed = sandbox_run(
            media_argv(operation, *args), profile=profile, read=read, out_dir=out_dir, ok=(0, EXIT_ERROR),
            on_line=lambda line: _told(work, line, stages), is_cancelled=work.is_cancelled,
        )  # fmt: skip
    except ExecError as error:
        work.check()
        if error.code in WORDS:
            raise JobFailed(error.code, WORDS[error.code], is_final=error.code in FINAL) from error
        raise
    return _report(kind, completed.stdout)


def _report(kind: type[R], stdout: bytes) -> R:
    try:
        untrusted_answer: Any = json.loads(stdout)
        if "error" in untrusted_answer:
            fact = untrusted_answer["error"]
            if fact["code"] == DiskFull.code:
                raise OSError(errno.ENOSPC, "no room left for what the sandbox writes")
            raise JobFailed(f"media:{str(fact['code'])[:40]}", str(fact["message"])[:1000], is_final=True)
        return from_obj(kind, untrusted_answer["report"])
    except (ValueError, TypeError, KeyError, DamagedReport) as problem:
        raise JobFailed("damaged-report", "What was read from it made no sense, so nothing was kept.") from problem


def _told(work: Work, line: str, stages: Collection[str] | None) -> None:
    name, _, text = line.partition(" ")
    if name != "progress":
        return
    try:
        told = json.loads(text)
        done, total, stage = int(told["done"]), int(told["total"] or 0), str(told["stage"])[:40]
    except (ValueError, TypeError, KeyError):
        return  # any program in the sandbox may write such a line; what makes no sense is not progress
    told_stage = f"{stage} frame"
    if done >= 0 and (stages is None or told_stage in stages):
        work.progress(min(done, total) if total > 0 else done, max(total, 0), told_stage)


def out_file(out_dir: Path, name: str) -> Path:
    """A file the sandbox left, by a name of ours.

    Raises:
        JobFailed: it is not there.
    """
    path = out_dir / name
    if not path.is_file():
        raise JobFailed("damaged-report", "What was said to be made from it is not there, so nothing was kept.")
    return path
