"""`copy.render`: a recipe's clip, redaction or still, made in the sandbox from the sealed bytes and sealed itself.

What comes back is held against what was ordered: a statement about another recipe or another source is no statement of
this copy. A newcomer's trap: the recipe's hash is in the custody record already, so nothing may be changed in it here.
"""

from collections.abc import Sequence
from contextlib import ExitStack
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
from workers.handlers.copying import copy_seal, copying_profile, sandbox_tool
from workers.handlers.media import SOURCE, media_run, out_file
from workers.media.recipe import Recipe, recipe_bytes, recipe_parse
from workers.media.render_reports import RenderReport, StillReport
from workers.media.statement import Statement, statement_to_obj
from workers.media.wire import to_obj

RECIPE, SOURCES = "/in/recipe", "/in"
"""Where the sandbox sees the recipe, and a folder with the sources under their numbers."""
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
    files = order_files(order)
    recipe = recipe_parse(order.recipe)
    name, media_type = FORMS[recipe.output.kind]
    (out_dir := work.scratch / "out").mkdir()
    recipe_path = work.scratch / "recipe.json"
    recipe_path.write_bytes(recipe_bytes(recipe))
    work.progress(0, 0, "reading the recording")
    make = _still if recipe.output.kind == "still" else _video
    statement, more = make(work, files, recipe, recipe_path, out_dir)
    _require_ours(statement, order, files)
    tools = sorted((*statement.tools, sandbox_tool()), key=lambda tool: tool.name)
    stated = {**statement_to_obj(replace(statement, tools=tuple(tools))), **more}
    copy_seal(work, out_file(out_dir, name), statement=stated, media_type=media_type)


def _video(
    work: Work, files: Sequence[RecordingFile], recipe: Recipe, recipe_path: Path, out_dir: Path
) -> tuple[Statement, dict[str, Any]]:
    places = [f"{SOURCES}/{number}" for number in range(len(files))]
    order = (RECIPE, f"{OUT}/{FORMS['video'][0]}", *(word for place in places for word in ("--source", place)))
    with ExitStack() as stack:
        paths = [stack.enter_context(object_local(file.stored)) for file in files]
        report = media_run(
            work, RenderReport, "render", *order, read={**dict(zip(places, paths, strict=True)), RECIPE: recipe_path},
            out_dir=out_dir, profile=copying_profile(*files, output_s=_output_s(recipe)),
        )  # fmt: skip
    return report.statement, {"findings": [to_obj(finding) for finding in report.findings]}


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
    copy_failed(job)


def cancelled(job: Job) -> None:
    """The recording's record says that somebody stopped it."""
    copy_cancelled(job)
