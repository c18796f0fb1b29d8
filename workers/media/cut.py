"""Working copies straight from a file, without the product: cut stretches out, or render a recipe, with a statement.

`cut` makes the recipe itself, from the probe and the index, as the product does from its records; the file's id is
derived from its hash, so the same cut of the same file is the same recipe.
"""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from workers.media.errors import BadRequest, NoVideo
from workers.media.inputs import NotEditable, Opened, file_open, recipe_open
from workers.media.probe import probe
from workers.media.recipe import Audio, Recipe, Segment, Source, Video, clip_recipe, recipe_to_obj
from workers.media.recipe_draft import segment_of_frames
from workers.media.reel import Reel
from workers.media.render import render_recipe
from workers.media.render_reports import RenderReport
from workers.media.statement import statement_bytes
from workers.media.wire import to_obj


def cut(
    paths: Sequence[Path], out: Path, stretches: Sequence[tuple[Fraction, Fraction]], *, compatible: bool
) -> dict[str, object]:
    """Cut [start, end) stretches (shown seconds) into `out`, its statement beside it; the report and its recipe.

    `paths`: the files of one recording in order; seconds run on from one to the next, exactly, by their pictures.
    Raises BadRequest for a stretch that is empty or beyond the recording, and the MediaError family.
    """
    sources, opened = zip(*(source_open(path) for path in paths), strict=True)
    reel = Reel([file.pictures.index for file in opened])
    segments = [segment for start, end in stretches for segment in _segments(reel, start, end)]
    used = sorted({segment.source for segment in segments})
    kept = [replace(segment, source=used.index(segment.source)) for segment in segments]
    recipe = clip_recipe(sources=[sources[at] for at in used], segments=kept, compatible=compatible)
    known = {file.path: file for file in opened}
    report = _kept(render_recipe(recipe, out, [paths[at] for at in used], opened=known), out)
    return {**to_obj(report), "recipe": recipe_to_obj(recipe)}


def redact(paths: Sequence[Path], out: Path, recipe_path: Path) -> RenderReport:
    """Render a recipe into `out`, its statement beside it; `paths` are its sources in order."""
    return _kept(render_recipe(_video_recipe(recipe_path), out, paths), out)


def statement_path(out: Path) -> Path:
    """Where the statement of a working copy lies."""
    return out.with_name(f"{out.name}.statement.json")


def _kept(report: RenderReport, out: Path) -> RenderReport:
    statement_path(out).write_bytes(statement_bytes(report.statement))
    return report


def _video_recipe(path: Path) -> Recipe:
    recipe = recipe_open(path)
    if recipe.output.kind == "still":
        raise BadRequest("This is the recipe of a still. Use `still SRC OUT.png --recipe R.json`.")
    return recipe


def source_open(path: Path) -> tuple[Source, Opened]:
    """A file as a recipe's source, and what was read of it. Raises NotEditable, NoVideo, and the MediaError family."""
    found, opened = probe(path), file_open(path, has_picture=True)
    read = opened.pictures
    if read.report.uneditable:
        raise NotEditable(read.report.uneditable)
    video = next((row for row in found.video if row.index == read.index.stream), None)
    if video is None:
        raise NoVideo("This file holds no video, so there are no frames to cut.")
    sound = next((row for row in found.audio if row.codec != "unknown"), None)
    source = Source(
        file=str(uuid5(NAMESPACE_URL, f"sha256:{opened.sha256}")),
        sha256=opened.sha256,
        role="master",
        video=Video(video.index, video.time_base, video.width, video.height, video.rotation, video.sar),
        audio=Audio(sound.index, sound.time_base, sound.rate) if sound is not None else None,
    )
    return source, opened


def _segments(reel: Reel, start: Fraction, end: Fraction) -> list[Segment]:
    """From the frame on show at `start` up to the one on show at `end`, that one not included; all for the very end."""
    if not start < end or start >= reel.end_s:
        told = f"{float(start):g} to {float(end):g}"
        length = f"{float(reel.end_s):.3f}"
        raise BadRequest(f"{told} seconds is no stretch of this recording, which lasts {length} seconds.")
    first = reel.frame_at(start)
    stop = reel.frame_count if end >= reel.end_s else reel.frame_at(end)
    if stop <= first:
        raise BadRequest(f"No frame begins between {float(start):g} and {float(end):g} seconds. Widen the stretch.")
    return [
        segment_of_frames(reel.indexes[at], first=from_, end=to, source=at) for at, from_, to in reel.spans(first, stop)
    ]
