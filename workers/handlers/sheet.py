"""`copy.sheet`: a contact sheet of a recording, sealed as a working copy: frames spread over it on one picture."""

from evidence.editing.orders import order_of
from evidence.editing.services import copy_cancelled, copy_failed
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT
from workers.handlers.copying import copy_seal, copying_profile, sandbox_tool
from workers.handlers.media import SOURCE, file_of, media_run, out_file
from workers.media.sheet_report import SheetReport, sheet_statement

SHEET = "sheet.png"


def handle(work: Work) -> None:
    """Make one contact sheet."""
    order, file = order_of(work.job), file_of(work.job)
    (out_dir := work.scratch / "out").mkdir()
    work.progress(0, 0, "reading the recording")
    with object_local(file.stored) as path:
        report = media_run(
            work, SheetReport, "sheet", SOURCE, f"{OUT}/{SHEET}", "--count", str(order.recipe["count"]),
            read={SOURCE: path}, out_dir=out_dir, profile=copying_profile(file),
        )  # fmt: skip
    if report.source_sha256 != file.sha256:
        raise JobFailed(
            "damaged-report", "What was made is not what was asked for, so nothing was kept. Tell support.",
            is_final=True,
        )  # fmt: skip
    stated = sheet_statement(report, recipe=order.recipe, size_bytes=file.size_bytes, tools=(sandbox_tool(),))
    copy_seal(work, out_file(out_dir, SHEET), statement=stated, media_type="image/png")


def failed(job: Job) -> None:
    """The recording's record says that no copy came of it, and why."""
    copy_failed(job)


def cancelled(job: Job) -> None:
    """The recording's record says that somebody stopped it."""
    copy_cancelled(job)
