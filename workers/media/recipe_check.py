"""Whether a recipe's parts agree with each other, and with what is known of the files it names.

Overlap is forbidden in two places only: the runs of one track (where is it then?), and segments that share a part of
a stretch (some moments would be seen twice without anyone having asked); the same stretch whole, twice, is a repeat
and allowed. Whole-frame ranges, mutes and different tracks may overlap: the stronger effect wins. A box partly
outside the picture is clipped at render.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from workers.media.recipe_model import (
    Audio,
    AudioRange,
    Box,
    FrameRange,
    Problem,
    Recipe,
    Run,
    Segment,
    Source,
    Track,
    Video,
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What is on record about a file; ranges are [first pts, end) in stored ticks, None where not measured."""

    sha256: str
    video: Video | None = None
    audio: Audio | None = None
    video_range: tuple[int, int] | None = None
    audio_range: tuple[int, int] | None = None


def recipe_problems(recipe: Recipe, *, known: Mapping[str, KnownFile] | None = None) -> list[Problem]:
    """Every disagreement; empty when there is none. `known` is by file id; a file that it lacks is a problem."""
    found = [*_source_problems(recipe), *_span_problems(recipe)]
    if any(problem.code == "unknown_source" for problem in found):
        return found
    found += [*_segment_problems(recipe), *_track_problems(recipe), *_output_problems(recipe)]
    if known is not None:
        found += [*_file_problems(recipe, known), *_range_problems(recipe, known)]
    return found


def _source_problems(recipe: Recipe) -> Iterator[Problem]:
    if not recipe.sources:
        yield Problem("/sources", "no_source", "The recipe names no file. Name the one it is made from.")
    for at, source in enumerate(recipe.sources):
        if source.video is None and source.audio is None:
            yield Problem(f"/sources/{at}", "empty_source", f"Source {at} has neither picture nor sound.")
    if not recipe.segments:
        yield Problem("/segments", "no_segment", "The recipe keeps nothing: add at least one segment.")


def _span_problems(recipe: Recipe) -> Iterator[Problem]:
    """Sources that do not exist, and ranges that are empty or backward."""
    spans: dict[str, Sequence[Segment | FrameRange | AudioRange]] = {
        "segments": recipe.segments,
        "frames": recipe.frames,
        "audio": recipe.audio,
    }
    for name, rows in spans.items():
        for at, row in enumerate(rows):
            yield from _source_of(recipe, f"/{name}/{at}", row.source)
            yield from _forward(f"/{name}/{at}", row.start, row.end)
    for at, track in enumerate(recipe.tracks):
        yield from _source_of(recipe, f"/tracks/{at}", track.source)
        for number, run in enumerate(track.runs):
            yield from _forward(f"/tracks/{at}/runs/{number}", run.start, run.end)


def _source_of(recipe: Recipe, pointer: str, source: int) -> Iterator[Problem]:
    if source >= len(recipe.sources):
        detail = f"{pointer} speaks of source {source}; the recipe names {len(recipe.sources)}, counted from 0."
        yield Problem(f"{pointer}/source", "unknown_source", detail)


def _forward(pointer: str, start: int, end: int) -> Iterator[Problem]:
    if end <= start:
        word = "is empty" if end == start else "ends before it starts"
        yield Problem(
            f"{pointer}/end", "empty_range", f"{pointer} {word} ({start} to {end}). Move its end after its start."
        )


def _segment_problems(recipe: Recipe) -> Iterator[Problem]:
    """Each segment against the furthest one that starts before it."""
    furthest: tuple[int, Segment] | None = None
    for at, segment in sorted(enumerate(recipe.segments), key=lambda row: (row[1].source, row[1].start, row[1].end)):
        if furthest is not None and _partly_shared(furthest[1], segment):
            other = furthest[1]
            detail = (
                f"Segments {furthest[0]} and {at} share the stretch {segment.start} to {min(other.end, segment.end)} "
                f"of source {segment.source}. Join them, or move one."
            )
            yield Problem(f"/segments/{at}", "segments_overlap", detail)
        if furthest is None or (segment.source, segment.end) > (furthest[1].source, furthest[1].end):
            furthest = at, segment


def _partly_shared(one: Segment, other: Segment) -> bool:
    shares = one.source == other.source and one.start < other.end and other.start < one.end
    return shares and (one.start, one.end) != (other.start, other.end)


def _track_problems(recipe: Recipe) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for at, track in enumerate(recipe.tracks):
        pointer = f"/tracks/{at}"
        if track.id in seen:
            yield Problem(f"{pointer}/id", "same_id", f"Tracks {seen[track.id]} and {at} are both called '{track.id}'.")
        seen.setdefault(track.id, at)
        yield from _effect_problems(track, pointer)
        yield from _run_problems(recipe.sources[track.source], track, pointer)
    yield from _inverse_problems(recipe)


def _effect_problems(track: Track, pointer: str) -> Iterator[Problem]:
    if track.inverse and track.effect == "none":
        detail = f"Track '{track.id}' covers all but itself with the effect 'none'. Choose solid or pixelate."
        yield Problem(f"{pointer}/effect", "inverse_without_effect", detail)
    if not track.runs and not track.inverse:
        yield Problem(f"{pointer}/runs", "empty_track", f"Track '{track.id}' is nowhere. Draw a box, or take it out.")


def _inverse_problems(recipe: Recipe) -> Iterator[Problem]:
    """One source is covered around its kept boxes in one way only."""
    first: dict[int, Track] = {}
    for at, track in enumerate(recipe.tracks):
        if not track.inverse:
            continue
        other = first.setdefault(track.source, track)
        if other.effect != track.effect:
            detail = f"Tracks '{other.id}' and '{track.id}' keep themselves and cover the rest with different effects."
            yield Problem(f"/tracks/{at}/effect", "inverse_effects_differ", detail)


def _run_problems(source: Source, track: Track, pointer: str) -> Iterator[Problem]:
    if source.video is None:
        yield Problem(
            f"{pointer}/source",
            "no_picture",
            f"Track '{track.id}' lies in source {track.source}, which has no picture.",
        )
        return
    for number, run in enumerate(track.runs):
        yield from _box_problems(source.video, run, f"{pointer}/runs/{number}")
    for number, (one, other) in enumerate(pairwise(track.runs), start=1):
        if other.start < one.end:
            detail = f"Runs {number - 1} and {number} of track '{track.id}' overlap or are out of order."
            yield Problem(f"{pointer}/runs/{number}/start", "runs_overlap", detail)


def _box_problems(video: Video, run: Run, pointer: str) -> Iterator[Problem]:
    if not run.boxes:
        yield Problem(f"{pointer}/boxes", "no_box", f"{pointer} has no box.")
    for number, (one, other) in enumerate(pairwise(run.boxes), start=1):
        if other.pts <= one.pts:
            yield Problem(
                f"{pointer}/boxes/{number}/0",
                "boxes_unordered",
                f"Box {number} of {pointer} is not later than the one before it.",
            )
    for number, box in enumerate(run.boxes):
        if run.start < run.end and not run.start <= box.pts < run.end:
            detail = f"Box {number} of {pointer} is at {box.pts}, outside its run ({run.start} to {run.end})."
            yield Problem(f"{pointer}/boxes/{number}/0", "box_outside_run", detail)
        if gap := _outside_by(box, video):
            detail = (
                f"Box {number} of {pointer} lies wholly outside the picture of {video.width}x{video.height}: {gap}."
            )
            yield Problem(f"{pointer}/boxes/{number}", "box_outside_picture", detail)


def _outside_by(box: Box, video: Video) -> str:
    sides = {
        "left edge": -(box.x + box.w),
        "right edge": box.x - video.width,
        "top edge": -(box.y + box.h),
        "bottom edge": box.y - video.height,
    }
    return ", ".join(f"{gap} px beyond the {side}" for side, gap in sides.items() if gap >= 0)


def _output_problems(recipe: Recipe) -> Iterator[Problem]:
    needs_sound = recipe.output.kind == "audio"
    for at, segment in enumerate(recipe.segments):
        source = recipe.sources[segment.source]
        if not needs_sound and source.video is None:
            yield Problem(
                f"/segments/{at}/source",
                "no_picture",
                f"Segment {at} lies in source {segment.source}, which has no picture.",
            )
        if needs_sound and source.audio is None:
            yield Problem(
                f"/segments/{at}/source",
                "no_sound",
                f"Segment {at} lies in source {segment.source}, which has no sound.",
            )
    for at, row in enumerate(recipe.audio):
        if recipe.sources[row.source].audio is None:
            yield Problem(
                f"/audio/{at}/source", "no_sound", f"Sound range {at} lies in source {row.source}, which has no sound."
            )
    for at, frames in enumerate(recipe.frames):
        if recipe.sources[frames.source].video is None:
            yield Problem(
                f"/frames/{at}/source",
                "no_picture",
                f"Frame range {at} lies in source {frames.source}, which has no picture.",
            )
    if needs_sound and recipe.output.audio == "drop":
        yield Problem("/output/audio", "nothing_left", "The output is sound only, and its sound is dropped.")
    if recipe.output.kind == "still" and len(recipe.segments) > 1:
        yield Problem("/segments", "one_segment", "A still has exactly one segment: the frame that is shown.")
    yield from _joined_problems(recipe)
    yield from _overlay_problems(recipe)


def _overlay_problems(recipe: Recipe) -> Iterator[Problem]:
    overlay = recipe.overlay
    if overlay is None:
        return
    if recipe.output.kind == "audio":
        yield Problem("/overlay", "no_picture", "The output is sound only: there is no picture to write on.")
    if overlay.caption is None and overlay.viewer is None and overlay.time == "none":
        yield Problem("/overlay", "empty_overlay", "The overlay writes nothing. Set it to null, and the version to 1.")
    wanted = 0 if overlay.time == "none" else len(recipe.sources)
    if len(overlay.starts) != wanted:
        detail = f"The overlay has {len(overlay.starts)} beginnings; for this time and these sources it needs {wanted}."
        yield Problem("/overlay/starts", "wrong_length", detail)


def _joined_problems(recipe: Recipe) -> Iterator[Problem]:
    """Pictures that cannot follow one another in one file."""
    pictures = [(at, source.video) for at, source in enumerate(recipe.sources) if source.video is not None]
    for (first, one), (second, other) in pairwise(pictures):
        if (one.width, one.height, one.sar) != (other.width, other.height, other.sar):
            detail = (
                f"Sources {first} ({one.width}x{one.height}) and {second} ({other.width}x{other.height}) differ in "
                "size or shape. Make one working copy of each."
            )
            yield Problem(f"/sources/{second}/video", "sources_differ", detail)


def _file_problems(recipe: Recipe, known: Mapping[str, KnownFile]) -> Iterator[Problem]:
    for at, source in enumerate(recipe.sources):
        file = known.get(source.file)
        if file is None:
            yield Problem(
                f"/sources/{at}/file", "other_file", f"Source {at} is not one of the files this is made from."
            )
            continue
        if file.sha256 != source.sha256:
            detail = f"Source {at} has another hash than the file on record: this recipe was made for other bytes."
            yield Problem(f"/sources/{at}/sha256", "other_master", detail)
        for name, claimed, measured in (("video", source.video, file.video), ("audio", source.audio, file.audio)):
            if claimed is not None and claimed != measured:
                yield Problem(
                    f"/sources/{at}/{name}", "other_stream", f"Source {at}'s {name} is not as the file on record."
                )


def _range_problems(recipe: Recipe, known: Mapping[str, KnownFile]) -> Iterator[Problem]:
    def picture(file: KnownFile) -> tuple[int, int] | None:
        return file.video_range or (file.audio_range if file.video is None else None)

    def sound(file: KnownFile) -> tuple[int, int] | None:
        return file.audio_range

    groups: tuple[tuple[str, Sequence[tuple[int, int, int]], Callable[[KnownFile], tuple[int, int] | None]], ...] = (
        ("segments", [(row.source, row.start, row.end) for row in recipe.segments], picture),
        ("frames", [(row.source, row.start, row.end) for row in recipe.frames], picture),
        ("audio", [(row.source, row.start, row.end) for row in recipe.audio], sound),
    )
    for name, rows, extent in groups:
        for at, (source, start, end) in enumerate(rows):
            file = known.get(recipe.sources[source].file)
            yield from _outside(f"/{name}/{at}", start, end, extent(file) if file else None)


def _outside(pointer: str, start: int, end: int, extent: tuple[int, int] | None) -> Iterator[Problem]:
    if extent is None:
        return
    if start < extent[0]:
        detail = f"{pointer} starts {extent[0] - start} ticks before the first frame ({extent[0]})."
        yield Problem(f"{pointer}/start", "out_of_range", detail)
    if end > extent[1]:
        detail = f"{pointer} ends {end - extent[1]} ticks after the recording does ({extent[1]})."
        yield Problem(f"{pointer}/end", "out_of_range", detail)
