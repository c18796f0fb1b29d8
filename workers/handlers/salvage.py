"""`copy.salvage`: a working copy of a recording that lost its index, with the settings of another from the same camera.

The other recording is read in a sandbox of its own, and only its settings go on: its bytes never lie beside those of a
damaged file. What was assumed is in the copy's statement.
"""

import json
from pathlib import Path

from evidence.editing.orders import Order, order_of
from evidence.editing.services import copy_cancelled, copy_failed
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT
from workers.handlers.copying import copy_seal, copying_profile, sandbox_tool
from workers.handlers.media import SOURCE, file_of, media_run, out_file, reading_profile
from workers.media.salvage.profile_model import CameraProfile
from workers.media.salvage.reports import SalvageReport, salvage_statement
from workers.media.wire import to_obj

PROFILE = "/in/profile"
COPY = "copy"
MEDIA_TYPES = {"mp4": "video/mp4", "elementary": "video/h264"}


def handle(work: Work) -> None:
    """Make one salvaged copy."""
    order, file = order_of(work.job), file_of(work.job)
    (out_dir := work.scratch / "out").mkdir()
    work.progress(0, 0, "reading the recording")
    given = _lent(work, order)
    read, options = ({PROFILE: given}, ("--profile", PROFILE)) if given is not None else ({}, ())
    with object_local(file.stored) as path:
        report = media_run(
            work, SalvageReport, "salvage", SOURCE, f"{OUT}/{COPY}", *options, read={SOURCE: path, **read},
            out_dir=out_dir, profile=copying_profile(file),
        )  # fmt: skip
    stated = salvage_statement(report, recipe=order.recipe, size_bytes=file.size_bytes, tools=(sandbox_tool(),))
    copy_seal(work, out_file(out_dir, COPY), statement=stated, media_type=MEDIA_TYPES[report.form])


def _lent(work: Work, order: Order) -> Path | None:
    """The settings of the recording that the order names, as a file; None where it names none."""
    lender = order.recipe["lender"]
    if lender is None:
        return None
    file = RecordingFile.objects.select_related("recording", "stored").get(pk=lender["file"])
    if file.sha256 != lender["sha256"]:
        raise JobFailed("other-lender", "The other recording is not the one that was named. Ask again.", is_final=True)
    with object_local(file.stored) as path:
        profile = media_run(
            work, CameraProfile, "profile", SOURCE, read={SOURCE: path}, out_dir=None,
            profile=reading_profile(file.size_bytes),
        )  # fmt: skip
    given = work.scratch / "profile.json"
    given.write_text(json.dumps(to_obj(profile)))
    return given


def failed(job: Job) -> None:
    """The recording's record says that no copy came of it, and why."""
    copy_failed(job)


def cancelled(job: Job) -> None:
    """The recording's record says that somebody stopped it."""
    copy_cancelled(job)
