"""`recording.proxy`: one copy for viewing of what browsers cannot play, with a frame index of its own.

A remux keeps picture and sound as they are; a proxy encodes them anew, at most 720 lines. The original stays what is
evidence, is downloaded and is cut from. The player counts the frames of what it plays, hence the second index.
"""

from pathlib import Path

from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import FileRole, RecordingFile
from evidence.recordings.services.preparing import Derived, Proxied, has_proxy, preparation_fail, proxy_finish
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_discard, object_local, object_put
from workers.exec.sandbox import OUT, render_profile
from workers.handlers.copying import encoder_args, encoding_profile
from workers.handlers.media import SOURCE, file_of, media_run, out_file, reading_profile, words_of
from workers.media.reports import CopyReport, IndexReport
from workers.media.wire import to_obj

COPY, INDEX = "proxy.mp4", "index.json"
UNKNOWN_DURATION_S = 3600.0
"""For limits only, where a file does not say how long it is."""


def handle(work: Work) -> None:
    """Make the copy for one file."""
    file = file_of(work.job)
    if has_proxy(file):
        return
    out_dir = work.scratch / "out"
    out_dir.mkdir()
    report = _copy(work, file, out_dir)
    derived = _put(work, report, out_dir)
    try:
        with work.finishing():
            proxy_finish(file=file, proxied=Proxied(way=report.way, derived=derived))
    except BaseException:
        for item in derived:
            object_discard(item.put)
        raise


def _copy(work: Work, file: RecordingFile, out_dir: Path) -> CopyReport:
    recording = file.recording
    profile = render_profile(
        duration_s=file.duration_s or UNKNOWN_DURATION_S, width=recording.width or 1920,
        height=recording.height or 1080, input_bytes=file.size_bytes,
    )  # fmt: skip
    operation = ("remux",) if file.way == "remux" else ("transcode", "--proxy", *encoder_args())
    order = (*operation, SOURCE, f"{OUT}/{COPY}")
    with object_local(file.stored) as path:
        return media_run(
            work, CopyReport, *order, read={SOURCE: path}, out_dir=out_dir, profile=encoding_profile(profile)
        )


def _put(work: Work, report: CopyReport, out_dir: Path) -> tuple[Derived, ...]:
    copy = out_file(out_dir, COPY)
    made: list[tuple[FileRole, Path, str]] = [(FileRole.PROXY, copy, "video/mp4")]
    if report.video != "none":
        index_dir = work.scratch / "index"
        index_dir.mkdir()
        media_run(
            work, IndexReport, "index", SOURCE, f"{OUT}/{INDEX}", read={SOURCE: copy}, out_dir=index_dir,
            profile=reading_profile(copy.stat().st_size),
        )  # fmt: skip
        made.append((FileRole.PROXY_INDEX, out_file(index_dir, INDEX), "application/json"))
    derived = []
    for role, path, media_type in made:
        put = object_put(
            object_class=ObjectClass.DERIVED, source=path, move=True,
            on_progress=lambda done, total: work.progress(done, total, "storing"),
        )  # fmt: skip
        derived.append(Derived(role, put, media_type, to_obj(report) if role == FileRole.PROXY else None))
    return tuple(derived)


def failed(job: Job) -> None:
    """No copy: the recording says why it cannot be watched here, and that its bytes are safe."""
    preparation_fail(file=file_of(job), trouble=words_of(job), code=job.error_code)
