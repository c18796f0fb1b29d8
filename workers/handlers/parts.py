"""A long copy made in parts: `copy.part` makes one, and what is shared by the handlers that split and join.

How a render is parted is worked out in the sandbox from the recipe and the recording; here its parts become child jobs,
each part's file lies in the vault as a put that nobody registers (`evidence.vault.passing`), and the joining attempt
reads them all. A newcomer's trap: a part may be gone when it is wanted (swept, or cleared when the copy failed and was
tried again); then that part alone is asked for anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings

from evidence.editing.orders import order_files, order_of
from evidence.jobs.errors import JobFailed
from evidence.jobs.models import LIVE, Job, JobState
from evidence.jobs.services import Part
from evidence.jobs.work import Work
from evidence.recordings.models import RecordingFile
from evidence.vault.errors import ObjectMissing
from evidence.vault.models import ObjectClass
from evidence.vault.passing import put_from_obj, put_is_left, put_local, put_to_obj, puts_drop, puts_keep
from evidence.vault.services import Put, object_discard, object_local, object_put
from workers.exec.sandbox import OUT
from workers.handlers.copying import copying_profile
from workers.handlers.media import SOURCE, media_run, out_file, source_args, sources_local
from workers.media.recipe import Recipe, recipe_bytes, recipe_parse, recipe_parse_bytes, recipe_to_obj
from workers.media.render_reports import PartReport, RenderReport, SplitReport

PART = "copy.part"
RECIPE = "/in/recipe"
NAME = "part"
FASTEST = 240
"""Frames a second beyond which no camera goes."""
FEWEST = 1.2
"""Of a part's frames: what has fewer by what the probe says is not looked at for parting, which would find one part."""
COUNTED = ("masking frame", "encoding frame")
NOT_SMART, DAMAGED = "media:not_smart", "media:part_damaged"
MOST_AGAIN = 3
"""How often parts that are gone or damaged are made anew before the copy fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parted:
    """How a copy is parted; kept as the parent job's result while its parts are made. `recipe`: JSON."""

    way: str
    part_frames: int
    why_not: str
    recipe: Mapping[str, Any]
    again: int = 0

    def to_obj(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "way": self.way, "part_frames": self.part_frames, "why_not": self.why_not, "recipe": dict(self.recipe),
            "again": self.again,
        }  # fmt: skip

    @property
    def options(self) -> tuple[str, ...]:
        """As the command line takes it."""
        told = ("--way", self.way, "--part-frames", str(self.part_frames))
        return (*told, "--why-not", self.why_not) if self.why_not else told


@contextmanager
def recipe_file(work: Work, recipe: Recipe) -> Iterator[Path]:
    """The recipe as a file for the sandbox."""
    path = work.scratch / "recipe.json"
    path.write_bytes(recipe_bytes(recipe))
    yield path


def parts_ask(
    work: Work, files: Sequence[RecordingFile], recipe: Recipe, *, output_s: float, why_not: str = ""
) -> bool:
    """Have a copy made in parts if it is long enough; True ends this attempt. `why_not`: why nothing is to be copied.

    `files`: the recipe's sources. Raises JobFailed as `media_run`.
    """
    part_frames = settings.RENDER_PART_FRAMES
    if not _may_be_long(files, output_s):
        return False
    told = ("--why-not", why_not) if why_not else ()
    with recipe_file(work, recipe) as recipe_path, sources_local(files) as read:
        report = media_run(
            work, SplitReport, "split", RECIPE, *source_args(read), "--part-frames", str(part_frames), *told,
            read={**read, RECIPE: recipe_path}, out_dir=None, profile=copying_profile(*files), stages=(),
        )  # fmt: skip
    return _asked(work, report, recipe)


def whole_ask(work: Work, file: RecordingFile, *, output_s: float) -> bool:
    """The same for a plain MP4 of all of a file, rendered frame by frame; its recipe is written in the sandbox."""
    part_frames = settings.RENDER_PART_FRAMES
    if not _may_be_long([file], output_s):
        return False
    (out_dir := work.scratch / "split").mkdir()
    with object_local(file.stored) as path:
        report = media_run(
            work, SplitReport, "split-whole", SOURCE, f"{OUT}/{NAME}", "--part-frames", str(part_frames),
            read={SOURCE: path}, out_dir=out_dir, profile=copying_profile(file), stages=(),
        )  # fmt: skip
    return bool(report.parts) and _asked(work, report, recipe_parse_bytes(out_file(out_dir, NAME).read_bytes()))


def _may_be_long(files: Sequence[RecordingFile], output_s: float) -> bool:
    """Whether so many seconds of the files may have the frames of two parts, by the rates that the probe found."""
    frames = output_s * max(map(_rate_of, files))
    return settings.RENDER_PART_FRAMES > 0 and frames >= FEWEST * settings.RENDER_PART_FRAMES


def _rate_of(file: RecordingFile) -> float:
    """Frames a second; the fastest there is where the probe found none."""
    told = [row["average_rate"] for row in (file.probe or {}).get("video", ()) if row["average_rate"]]
    return max((n / d for n, d in told), default=FASTEST)


def _asked(work: Work, report: SplitReport, recipe: Recipe) -> bool:
    # hardware has no parts: what is encoded on several machines must be joined into one stream
    if not report.parts or (report.way == "full" and settings.VIDEO_ENCODER != "software"):
        return False
    parted = Parted(
        way=report.way, part_frames=settings.RENDER_PART_FRAMES, why_not=report.why_not, recipe=recipe_to_obj(recipe)
    )
    _ask(work, parted, report.parts)
    return True


def _ask(work: Work, parted: Parted, frames: Sequence[int], anew: Mapping[int, int] | None = None) -> None:
    """`anew`: parts that are made again, and how often they were asked for."""
    parts = [
        Part(kind=PART, params={**_params(parted, number), "again": (anew or {}).get(number, 0)}, work=count)
        for number, count in enumerate(frames)
    ]
    work.fan_out(parts, result=parted.to_obj())


def _params(parted: Parted, number: int) -> dict[str, Any]:
    return {"part": number, "way": parted.way, "part_frames": parted.part_frames, "why_not": parted.why_not}


def handle(work: Work) -> None:
    """Make one part of the parent's copy."""
    parent = work.job.parent
    if parent is None:
        raise JobFailed("no-whole", "This is a part of a copy that is not there.", is_final=True)
    files, recipe = order_files(order_of(parent)), recipe_parse(parent.result["recipe"])
    params = work.params
    parted = Parted(
        way=params["way"], part_frames=params["part_frames"], why_not=params["why_not"], recipe=parent.result["recipe"]
    )
    (out_dir := work.scratch / "out").mkdir()
    try:
        report = _made(work, files, recipe, parted, out_dir)
    except JobFailed as failed:
        if failed.code != NOT_SMART:
            raise
        with work.finishing({"not_smart": failed.message}):
            return
    put = object_put(object_class=ObjectClass.DERIVED, source=out_file(out_dir, NAME), move=True)
    try:
        with work.finishing({"put": put_to_obj(put), "frames": report.frames, "sha256": report.pictures_sha256}):
            pass
    except BaseException:
        object_discard(put)
        raise


def _made(work: Work, files: Sequence[RecordingFile], recipe: Recipe, parted: Parted, out_dir: Path) -> PartReport:
    order = ("render-part", RECIPE, f"{OUT}/{NAME}", "--part", str(work.params["part"]))
    with recipe_file(work, recipe) as recipe_path, sources_local(files) as read:
        return media_run(
            work, PartReport, *order, *source_args(read), *parted.options, read={**read, RECIPE: recipe_path},
            out_dir=out_dir, profile=copying_profile(*files), stages=COUNTED,
        )  # fmt: skip


def parts_join(work: Work, files: Sequence[RecordingFile], out_dir: Path, name: str) -> RenderReport | None:
    """Put the parts together into `out_dir/name`; None where parts were asked for anew, which ends this attempt.

    Raises:
        JobFailed: as `media_run`; `NOT_SMART` where the copied pictures turn out not to be what they seemed.
    """
    parted = Parted(**work.job.result)
    why_not = next((row.result["not_smart"] for row in work.parts if "not_smart" in row.result), None)
    if why_not is not None:
        raise JobFailed(NOT_SMART, why_not, is_final=True)
    puts = {row.seq: put_from_obj(row.result["put"]) for row in work.parts}
    gone = [seq for seq, put in puts.items() if not put_is_left(put)]
    if gone:
        _ask_anew(work, parted, gone)
        return None
    try:
        return _joined(work, files, parted, [puts[seq] for seq in sorted(puts)], out_dir / name)
    except (JobFailed, ObjectMissing) as failed:
        if isinstance(failed, JobFailed) and failed.code != DAMAGED:
            raise
        puts_drop(list(puts.values()))
        _ask_anew(work, parted, list(puts))
        return None


def _ask_anew(work: Work, parted: Parted, gone: Sequence[int]) -> None:
    if parted.again >= MOST_AGAIN:
        raise JobFailed("parts-gone", "Parts of this copy went missing again and again. Tell support.", is_final=True)
    rows = work.parts
    anew = {row.seq: row.params["again"] + (row.seq in gone) for row in rows}
    _ask(work, replace(parted, again=parted.again + 1), [row.progress_total for row in rows], anew)


def _joined(work: Work, files: Sequence[RecordingFile], parted: Parted, puts: Sequence[Put], out: Path) -> RenderReport:
    output_s = sum(file.duration_s or 0.0 for file in files)
    with ExitStack() as stack:
        read = stack.enter_context(sources_local(files))
        given = list(source_args(read))
        read[RECIPE] = stack.enter_context(recipe_file(work, recipe_parse(parted.recipe)))
        for number, put in enumerate(puts):
            guest = f"/in/part-{number}"
            read[guest] = stack.enter_context(put_local(put))
            given += ["--part", guest]
        return media_run(
            work, RenderReport, "join-parts", RECIPE, f"{OUT}/{out.name}", *given, *parted.options,
            read=read, out_dir=out.parent, profile=copying_profile(*files, output_s=output_s),
        )  # fmt: skip


def parts_clear(job: Job) -> None:
    """Drop what the parts of a copy left: it is made, or will not be."""
    puts_drop(_puts(job.children.all()))


def parts_keep() -> int:
    """Keep the sweep from parts whose copy is still being made; always 0, for nothing was put in order."""
    puts_keep(_puts(Job.objects.filter(kind=PART, state=JobState.SUCCEEDED, parent__state__in=LIVE)))
    return 0


def _puts(parts: Any) -> list[Put]:
    return [put_from_obj(row.result["put"]) for row in parts if "put" in row.result]
