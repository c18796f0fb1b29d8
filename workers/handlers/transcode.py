"""`copy.transcode`: a plain MP4 (H.264, AAC) of a whole recording or working copy, sealed as a working copy.

Unlike a proxy it keeps the size of the picture and is evidence of its own, with a parent and a statement. It selects
and covers nothing. A long one whose frames can be named is rendered frame by frame, in parts; any other is
made by ffmpeg in one piece.
"""

from typing import Any

from evidence.editing.orders import Order, order_of
from evidence.editing.services import copy_cancelled, copy_failed
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT
from workers.handlers.copying import copy_seal, copying_profile, encoder_args, encoding_profile, sandbox_tool
from workers.handlers.media import SOURCE, file_of, media_run, out_file
from workers.handlers.parts import parts_clear, parts_join, whole_ask
from workers.media.render_reports import RenderReport
from workers.media.reports import CopyReport
from workers.media.statement import Tool
from workers.media.wire import to_obj

COPY = "copy.mp4"


def handle(work: Work) -> None:
    """Make one plain MP4, in parts where it is long."""
    order, file = order_of(work.job), file_of(work.job)
    work.progress(0, 0, "reading the recording")
    if whole_ask(work, file, output_s=file.duration_s or 0.0):
        return
    (out_dir := work.scratch / "out").mkdir()
    with object_local(file.stored) as path:
        report = media_run(
            work, CopyReport, "transcode", SOURCE, f"{OUT}/{COPY}", *encoder_args(), read={SOURCE: path},
            out_dir=out_dir, profile=encoding_profile(copying_profile(file)),
        )  # fmt: skip
    media_type = "audio/mp4" if report.video == "none" else "video/mp4"
    copy_seal(work, out_file(out_dir, COPY), statement=_statement(order, file, report), media_type=media_type)


def join(work: Work) -> None:
    """Put the parts of one plain MP4 together."""
    order, file = order_of(work.job), file_of(work.job)
    (out_dir := work.scratch / "out").mkdir()
    report = parts_join(work, [file], out_dir, COPY)
    if report is None:
        return
    (source,) = report.statement.sources
    if (source.sha256, source.size_bytes) != (file.sha256, file.size_bytes):
        raise JobFailed("damaged-report", "What was made is not of this recording, so nothing was kept.", is_final=True)
    stated = _joined_statement(order, file, report)
    copy_seal(work, out_file(out_dir, COPY), statement=stated, media_type="video/mp4")
    parts_clear(work.job)


def _statement(order: Order, file: RecordingFile, report: CopyReport) -> dict[str, Any]:
    """Version 1, as a render's as far as it applies: whole numbers only, no clock, no path."""
    name, _, version = report.tool.partition(" ")
    tools = sorted((Tool(name=name, version=version), sandbox_tool()), key=lambda tool: tool.name)
    return {
        "v": 1, "kind": "transcode", "recipe_sha256": order.recipe_sha256,
        "sources": [{
            "file": str(file.id), "sha256": file.sha256, "role": file.role, "size_bytes": file.size_bytes,
        }],
        "tools": [to_obj(tool) for tool in tools],
        "width": report.width, "height": report.height, "frames": report.frames_out, "frames_in": report.frames_in,
        "is_frame_for_frame": report.is_frame_for_frame, "video": report.video, "sound": report.audio,
        "encoder": report.encoder,
        "findings": [to_obj(finding) for finding in report.findings],
    }  # fmt: skip


def _joined_statement(order: Order, file: RecordingFile, report: RenderReport) -> dict[str, Any]:
    """As `_statement`; what the encoder was told and the recipe of the renderer's besides, for it made the pictures."""
    made = report.statement
    segment = made.segments[0]
    tools = sorted((*made.tools, sandbox_tool()), key=lambda tool: tool.name)
    return {
        "v": 1, "kind": "transcode", "recipe_sha256": order.recipe_sha256,
        "sources": [{
            "file": str(file.id), "sha256": file.sha256, "role": file.role, "size_bytes": file.size_bytes,
        }],
        "tools": [to_obj(tool) for tool in tools], "settings": [to_obj(row) for row in made.settings],
        "rendered_recipe_sha256": made.recipe_sha256, "copy_sha256": made.copy_sha256,
        "width": report.width, "height": report.height, "frames": report.frames, "frames_in": segment.frames_in,
        "is_frame_for_frame": segment.frames_missing == 0, "video": "encoded", "sound": made.sound,
        "encoder": "software",
        "findings": [to_obj(finding) for finding in report.findings],
    }  # fmt: skip


def failed(job: Job) -> None:
    """The recording's record says that no copy came of it, and why."""
    parts_clear(job)
    copy_failed(job)


def cancelled(job: Job) -> None:
    """The recording's record says that somebody stopped it."""
    parts_clear(job)
    copy_cancelled(job)
