"""The three operations of a render in parts: how it is parted, one part, and all of them put together.

Each opens the recording anew and works out the same parts from recipe and recording, so that
nothing but numbers travels between them.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from workers.media.audio import OtherSound
from workers.media.copy_plan import fit
from workers.media.cut import source_open
from workers.media.errors import BadRequest, NoVideo
from workers.media.frames import OtherPicture, SourceFrames
from workers.media.inputs import NotEditable, recipe_open
from workers.media.parted.joining import FullJoining, SmartJoining
from workers.media.parted.making import FullPart, SmartPart
from workers.media.parted.packets import PartWay
from workers.media.parted.plan import Share, shares_full, shares_smart
from workers.media.probe import probe
from workers.media.recipe import Recipe, RecipeError, clip_recipe, recipe_bytes
from workers.media.recipe_draft import segment_of_frames
from workers.media.render import barred, because_of, given, is_smart, report_of
from workers.media.render_reports import PartReport, RenderReport, SplitReport
from workers.media.reports import VideoReport
from workers.media.smart.coding import NotSmart
from workers.media.smart.joining import Joining


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """How one render is parted. `why_not`: why nothing is copied, where that was asked for; '' where it was not."""

    way: PartWay
    part_frames: int
    why_not: str = ""


def split(recipe_path: Path, paths: Sequence[Path], *, part_frames: int, why_not: str = "") -> SplitReport:
    """How a recipe's render is parted into parts of about `part_frames` frames. `why_not`: see Parting.

    Raises the MediaError family.
    """
    recipe = _recipe(recipe_path, part_frames)
    if recipe.output.kind != "video":
        return SplitReport(v=1, way="full", parts=(), why_not="")
    parts = given(recipe, Path(), paths)
    why_not = why_not or barred(recipe)
    if is_smart(recipe) and not why_not:
        try:
            with ExitStack() as stack:
                plan = Joining(**parts).ready(stack).plan
        except NotSmart as reason:
            why_not = reason.message
        else:
            shares = shares_smart(plan, part_frames)
            return SplitReport(v=1, way="smart", parts=_frames(shares), why_not="")
    shares = shares_full(parts["line"], parts["inputs"], part_frames)
    return SplitReport(v=1, way="full", parts=_frames(shares), why_not=why_not)


def split_whole(path: Path, recipe_path: Path, *, part_frames: int) -> SplitReport:
    """How a plain MP4 of all of a file is parted; writes its recipe where there are parts. Raises SourceMissing."""
    none = SplitReport(v=1, way="full", parts=(), why_not="")
    try:
        source, opened = source_open(path)
        video, index = source.video, opened.pictures.index
        found = probe(path).video
        if video is None or not found or not _keeps_its_size(found[0]):
            return none
        segment = segment_of_frames(index, first=0, end=index.frame_count)
        recipe = clip_recipe(sources=[source], segments=[segment], compatible=True)
        parts = given(recipe, Path(), [path], {path: opened})
        next(SourceFrames(path, video, index).between(segment.start, segment.end), None)  # it can be decoded as it says
    except (NotEditable, NoVideo, OtherPicture, OtherSound, RecipeError):
        return none
    shares = shares_full(parts["line"], parts["inputs"], part_frames)
    if len(shares) > 1:
        recipe_path.write_bytes(recipe_bytes(recipe))
    return SplitReport(v=1, way="full", parts=_frames(shares), why_not="")


def _keeps_its_size(video: VideoReport) -> bool:
    """Whether a plain MP4 has the size of the recording, as a render has."""
    fitted = fit(video, is_proxy=False)
    return abs(fitted.width - video.width) < 2 and abs(fitted.height - video.height) < 2


def part_render(recipe_path: Path, out: Path, paths: Sequence[Path], *, parting: Parting, number: int) -> PartReport:
    """Make part `number` into `out`. Raises NotSmart where a smart part cannot be made, and the MediaError family."""
    recipe = _recipe(recipe_path, parting.part_frames)
    parts = given(recipe, out, paths)
    made: FullPart | SmartPart
    if parting.way == "smart":
        made = SmartPart(**parts, number=number, part_frames=parting.part_frames)
    else:
        shares = shares_full(parts["line"], parts["inputs"], parting.part_frames)
        if number >= len(shares):
            raise BadRequest(f"This render has {len(shares)} parts; there is no part {number}.")
        made = FullPart(
            **parts, share=shares[number], part_frames=parting.part_frames, because=because_of(parting.why_not)
        )
    made.run()
    if made.tally is None:
        raise BadRequest("This part was not made.")
    return PartReport(
        v=1, number=number, of=made.tally.of, frames=made.tally.frames, pictures_sha256=made.tally.pictures_sha256,
        size_bytes=out.stat().st_size,
    )  # fmt: skip


def parts_join(
    recipe_path: Path, out: Path, paths: Sequence[Path], part_paths: Sequence[Path], *, parting: Parting
) -> RenderReport:
    """Put all parts together into `out`. Raises PartDamaged, NotSmart, and the MediaError family."""
    recipe = _recipe(recipe_path, parting.part_frames)
    parts = {**given(recipe, out, paths), "part_paths": tuple(part_paths), "part_frames": parting.part_frames}
    work: FullJoining | SmartJoining
    if parting.way == "smart":
        work = SmartJoining(**parts)
    else:
        work = FullJoining(**parts, because=because_of(parting.why_not))
    work.run()
    return report_of(work, parting.why_not)


def _recipe(path: Path, part_frames: int) -> Recipe:
    if part_frames < 1:
        raise BadRequest("A part has at least one frame.")
    return recipe_open(path)


def _frames(shares: Sequence[Share]) -> tuple[int, ...]:
    return tuple(share.frames for share in shares) if len(shares) > 1 else ()
