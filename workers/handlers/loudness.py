"""`recording.loudness`: a sealed file that was prepared before loudness was measured, looked through again for that.

The sandbox makes what preparation makes; everything but the loudness is thrown away with the scratch: what is on record
already (frame index, pictures) stays as it is, for recipes count by it.
"""

from evidence.jobs.work import Work
from evidence.recordings.lanes import is_measured
from evidence.recordings.services.lanes import loudness_keep
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT
from workers.handlers.media import SOURCE, file_of, media_run, reading_profile
from workers.media.reports import PrepareReport
from workers.media.wire import to_obj


def handle(work: Work) -> None:
    """Measure one file."""
    file = file_of(work.job)
    if is_measured(file):
        return
    work.progress(0, 0, "measuring")
    (out_dir := work.scratch / "out").mkdir()
    with object_local(file.stored) as path:
        report = media_run(
            work, PrepareReport, "prepare", SOURCE, OUT, read={SOURCE: path}, out_dir=out_dir,
            profile=reading_profile(file.size_bytes), stages=(),
        )  # fmt: skip
    loudness = report.waveform.loudness if report.waveform is not None else None
    with work.finishing():
        loudness_keep(job=work.job, file=file, loudness=to_obj(loudness) if loudness is not None else None)
