"""`recording.prepare`: look at a sealed file in the sandbox, keep what a page needs to show it, and say how it plays.

Nothing is encoded here: what browsers can play is played from the sealed bytes. A file that cannot be played is a
result, not a failure. A still needs no look: our own renderer made it, and an image element shows it.
"""

from fractions import Fraction
from pathlib import Path

from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import FileRole, Kind, RecordingFile
from evidence.recordings.services.preparing import (
    Derived,
    Prepared,
    is_prepared,
    preparation_begin,
    preparation_fail,
    preparation_finish,
)
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_discard, object_local, object_put
from workers.exec.sandbox import OUT
from workers.handlers.media import SOURCE, file_of, media_run, out_file, reading_profile, words_of
from workers.media.reports import IndexReport, PrepareReport
from workers.media.wire import to_obj

DERIVED = {
    "index.json": (FileRole.INDEX, "application/json"),
    "storyboard.jpg": (FileRole.STORYBOARD, "image/jpeg"),
    "storyboard.json": (FileRole.STORYBOARD_MAP, "application/json"),
    "thumbnail.jpg": (FileRole.THUMBNAIL, "image/jpeg"),
    "waveform.json": (FileRole.WAVEFORM, "application/json"),
}
MEDIA_TYPES = {
    "mp4": "video/mp4", "quicktime": "video/quicktime", "matroska": "video/x-matroska", "webm": "video/webm",
    "avi": "video/x-msvideo", "mpegts": "video/mp2t", "mpegps": "video/mpeg", "h264": "video/h264",
}  # fmt: skip
STILL_REPORT = {"findings": [], "playable": {"way": "direct", "because": "A picture: every browser shows it."}}


def handle(work: Work) -> None:
    """Prepare one file."""
    file = file_of(work.job)
    if is_prepared(file):
        return
    preparation_begin(file=file)
    if file.recording.kind == Kind.STILL:
        with work.finishing():
            preparation_finish(file=file, prepared=Prepared(STILL_REPORT, file.media_type), derived=())
        return
    work.progress(0, 0, "looking at the file")
    out_dir = work.scratch / "out"
    out_dir.mkdir()
    report = _look(work, file, out_dir)
    derived = _put(work, report, out_dir)
    try:
        with work.finishing():
            preparation_finish(file=file, prepared=_prepared(report), derived=derived)
    except BaseException:
        for item in derived:
            object_discard(item.put)
        raise


def _look(work: Work, file: RecordingFile, out_dir: Path) -> PrepareReport:
    with object_local(file.stored) as path:
        return media_run(
            work, PrepareReport, "prepare", SOURCE, OUT, read={SOURCE: path}, out_dir=out_dir,
            profile=reading_profile(file.size_bytes),
        )  # fmt: skip


def _put(work: Work, report: PrepareReport, out_dir: Path) -> tuple[Derived, ...]:
    made: list[Derived] = []
    for name, _ in report.files:
        work.check()
        role, media_type = DERIVED[name]
        put = object_put(object_class=ObjectClass.DERIVED, source=out_file(out_dir, name), move=True)
        made.append(Derived(role, put, media_type))
    return tuple(made)


def _prepared(report: PrepareReport) -> Prepared:
    """What is kept of it: the probe, how loud it is, and how its pictures hang together, which decides about copies."""
    found, index = report.probe, report.index
    loudness = report.waveform.loudness if report.waveform is not None else None
    video = next(iter(found.video), None)
    media_type = MEDIA_TYPES.get(found.container or "", "application/octet-stream")
    if found.video == () and found.audio and media_type == "video/mp4":
        media_type = "audio/mp4"
    return Prepared(
        probe={
            **to_obj(found),
            "gop": to_obj(index.gop) if index is not None else None,
            "loudness": to_obj(loudness) if loudness is not None else None,
            "pictures_s": pictures_s(index) if index is not None else None,
        },
        media_type=media_type,
        width=video.width if video else None,
        height=video.height if video else None,
        has_audio=bool(found.audio) if found.container else None,
    )


def pictures_s(index: IndexReport) -> list[list[int]]:
    """When the first picture is shown and the last one ends, exactly: what the next part of a recording follows."""
    base = Fraction(*index.time_base)
    edges = ((at - index.presentation_offset) * base for at in (index.first_pts, index.end_pts))
    return [[edge.numerator, edge.denominator] for edge in edges]


def failed(job: Job) -> None:
    """No result: the recording says why it cannot be played, and that its bytes are safe."""
    preparation_fail(file=file_of(job), trouble=words_of(job), code=job.error_code)
