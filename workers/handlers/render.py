"""`copy.render`: a recipe's clip, redaction or still, made in the sandbox from the sealed bytes and sealed itself.

What comes back is held against what was ordered: a statement about another recipe or another source is no statement of
this copy. A newcomer's trap: the recipe's hash is in the custody record already, so nothing may be changed in it here.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from evidence.editing.orders import Order, order_files, order_of
from evidence.editing.services import copy_cancelled, copy_failed
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import Job
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.vault.services import object_local
from workers.exec.sandbox import OUT
from workers.handlers.copying import copy_seal, copying_profile, encoder_args, encoding_profile, sandbox_tool
from workers.handlers.media import SOURCE, media_run, out_file, source_args, sources_local
from workers.handlers.parts import NOT_SMART, RECIPE, parts_ask, parts_clear, parts_join
from workers.media.recipe import Recipe, recipe_bytes, recipe_parse
from workers.media.render_reports import RenderReport, StillReport
from workers.media.statement import Statement, statement_to_obj
from workers.media.wire import to_obj

FORMS = {"video": ("copy.mp4", "video/mp4"), "still": ("copy.png", "image/png")}
DAMAGED_STILL = {
    "code": "frames_damaged",
    "sentence": (
        "This frame comes from a damaged part of the recording, where gaps were filled from other pictures: what it "
        "shows may not be what the camera saw."
    ),
}


def handle(work: Work) -> None:
    """Make one working copy."""
    order = order_of(work.job)
    files, recipe = order_files(order), recipe_parse(order.recipe)
    work.progress(0, 0, "reading the recording")
    if not _in_parts(work, files, recipe):
        _whole(work, files, recipe)


def join(work: Work) -> None:
    """Put the parts of one working copy together."""
    order = order_of(work.job)
    files, recipe = order_files(order), recipe_parse(order.recipe)
    name, _ = FORMS[recipe.output.kind]
    out_dir = _out_dir(work)
    try:
        report = parts_join(work, files, out_dir, name)
    except JobFailed as failed:
        if failed.code != NOT_SMART:
            raise
        parts_clear(work.job)
        if not _in_parts(work, files, recipe, why_not=failed.message):
            _whole(work, files, recipe)
        return
    if report is not None:
        _seal(work, files, recipe, report.statement, _findings_of(report))
        parts_clear(work.job)


def _in_parts(work: Work, files: Sequence[RecordingFile], recipe: Recipe, *, why_not: str = "") -> bool:
    """Whether it is made in parts, which are asked for then."""
    if recipe.output.kind != "video":
        return False
    return parts_ask(work, files, recipe, output_s=_output_s(recipe), why_not=why_not)


def _whole(work: Work, files: Sequence[RecordingFile], recipe: Recipe) -> None:
    """Make it in one piece."""
    out_dir = _out_dir(work)
    recipe_path = work.scratch / "recipe.json"
    recipe_path.write_bytes(recipe_bytes(recipe))
    make = _still if recipe.output.kind == "still" else _video
    statement, more = make(work, files, recipe, recipe_path, out_dir)
    _seal(work, files, recipe, statement, more)


def _out_dir(work: Work) -> Path:
    (out_dir := work.scratch / "out").mkdir(exist_ok=True)
    return out_dir


def _seal(
    work: Work, files: Sequence[RecordingFile], recipe: Recipe, statement: Statement, more: dict[str, Any]
) -> None:
    name, media_type = FORMS[recipe.output.kind]
    _require_ours(statement, order_of(work.job), files)
    tools = sorted((*statement.tools, sandbox_tool()), key=lambda tool: tool.name)
    stated = {**statement_to_obj(replace(statement, tools=tuple(tools))), **more}
    copy_seal(work, out_file(_out_dir(work), name), statement=stated, media_type=media_type)


def _video(
    work: Work, files: Sequence[RecordingFile], recipe: Recipe, recipe_path: Path, out_dir: Path
) -> tuple[Statement, dict[str, Any]]:
    with sources_local(files) as read:
        order = (RECIPE, f"{OUT}/{FORMS['video'][0]}", *source_args(read), *encoder_args())
        report = media_run(
            work, RenderReport, "render", *order, read={**read, RECIPE: recipe_path}, out_dir=out_dir,
            profile=encoding_profile(copying_profile(*files, output_s=_output_s(recipe))),
        )  # fmt: skip
    return report.statement, _findings_of(report)


def _findings_of(report: RenderReport) -> dict[str, Any]:
    return {"findings": [to_obj(finding) for finding in report.findings]}


def _still(
    work: Work, files: Sequence[RecordingFile], recipe: Recipe, recipe_path: Path, out_dir: Path
) -> tuple[Statement, dict[str, Any]]:
    """The statement, and which frame it is: its number and when it is shown, to the millisecond."""
    (file,) = files
    order = (SOURCE, f"{OUT}/{FORMS['still'][0]}", "--recipe", RECIPE)
    with object_local(file.stored) as path:
        report = media_run(
            work, StillReport, "still", *order, read={SOURCE: path, RECIPE: recipe_path}, out_dir=out_dir,
            profile=copying_profile(file),
        )  # fmt: skip
    if report.statement is None or report.pts != recipe.segments[0].start:
        raise _other_work()
    findings = [DAMAGED_STILL] if report.is_damaged else []
    return report.statement, {"frame": report.frame, "at_ms": report.shown_ms, "findings": findings}


def _output_s(recipe: Recipe) -> float:
    """Seconds that come out; repeated segments count as often as they are shown."""
    total = Fraction(0)
    for row in recipe.segments:
        video = recipe.sources[row.source].video
        total += (row.end - row.start) * (Fraction(*video.time_base) if video else 0)
    return float(total)


def _require_ours(statement: Statement, order: Order, files: Sequence[RecordingFile]) -> None:
    sources = [(source.file, source.sha256) for source in statement.sources]
    wanted = [(str(file.id), file.sha256) for file in files]
    if statement.recipe_sha256 != order.recipe_sha256 or sources != wanted:
        raise _other_work()


def _other_work() -> JobFailed:
    return JobFailed(
        "damaged-report", "What was made is not what was asked for, so nothing was kept. Tell support.", is_final=True
    )


def failed(job: Job) -> None:
    """The recording's record says that no copy came of it, and why."""
    parts_clear(job)
    copy_failed(job)


def cancelled(job: Job) -> None:
    """The recording's record says that somebody stopped it."""
    parts_clear(job)
    copy_cancelled(job)
