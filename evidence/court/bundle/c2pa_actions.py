"""What was done to make a working copy, in C2PA's own words: trimmed, edited, transcoded.

Never `c2pa.redacted`: there that means that assertions were taken out of a manifest, not that a picture was covered.
Regions are in the copy's own time, as the standard has it, and in pixels of its picture as drawn; by how much the
covers and mutes reach further stands with them.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from evidence.court.lineage import Cut, Seconds, cut_of, is_salvage, is_transcode
from evidence.recordings.models import Kind, Recording
from workers.media.recipe import Run, Track

Action = dict[str, Any]
_BY_KIND = {
    Kind.CLIP: "trimmed", Kind.STILL: "trimmed", Kind.REDACTION: "edited", Kind.TRANSCODE: "transcoded",
    Kind.SALVAGE: "repackaged",
}  # fmt: skip
"""What is said where the recipe cannot be put in seconds."""


def actions_of(recording: Recording) -> list[Action]:
    """The actions in order; none for a Master.

    Raises:
        VaultUnavailable: the parent's frame index cannot be read now.
    """
    if recording.parent is None:
        return []
    if is_transcode(recording):
        return [_action("transcoded", "Encoded anew as a whole, as a plain MP4.")]
    if is_salvage(recording):
        return [_action("repackaged", "Put together from a recording that lost its index; the pictures are as coded.")]
    cut = cut_of(recording)
    if cut is None:
        return [_action(_BY_KIND[Kind(recording.kind)], "What was done stands in the recipe that is named here.")]
    return list(_cut_actions(recording, cut))


def _cut_actions(recording: Recording, cut: Cut) -> Iterator[Action]:
    if not _is_whole(cut):
        yield _action("trimmed", f"Kept, in the time of what it was made from: {_times(cut.stretches)}.")
    recipe = cut.recipe
    changes = [] if recording.kind == Kind.STILL else list(_changes(cut))
    if changes or any(track.effect != "none" for track in recipe.tracks) or recipe.frames:
        params = recipe.params
        margins = (
            f"Covers are {params.pad_pct} % larger than the regions say and last {params.hold_frames} frames longer at "
            f"both ends; mutes reach {params.mute_widen_ms} ms further."
        )
        yield _action("edited", margins) | ({"changes": changes} if changes else {})
    if recipe.overlay is not None:
        yield _action("edited", "Caption, time or a name written on every picture.")
    statement = recording.statement or {}
    segments: Sequence[Any] = statement.get("segments") or ()
    if recording.kind == Kind.STILL:
        yield _action("transcoded", "One picture, as a PNG.")
    elif statement.get("sound") == "encoded" or any(each["frames_encoded"] for each in segments):
        yield _action("transcoded", "Encoded anew where the provenance statement says so.")


def _action(name: str, description: str) -> Action:
    return {"action": f"c2pa.{name}", "description": description}


def _is_whole(cut: Cut) -> bool:
    """True where no frame of the source is missing."""
    return all(
        any(row.source == source and row.start <= pts < row.end for row in cut.recipe.segments)
        for source, piece in enumerate(cut.pieces)
        for pts in piece.footage.index.pts
    )


def _changes(cut: Cut) -> Iterator[Action]:
    """A region for each stretch of the copy in which something is covered or muted."""
    recipe = cut.recipe
    for track in recipe.tracks:
        if track.effect != "none":
            for run in track.runs:
                span = (cut.shown_s(run.start, track.source), cut.shown_s(run.end, track.source))
                yield from _regions(cut, span, _covered(track), _spatial(run, is_inside=not track.inverse))
    for cover in recipe.frames:
        span = (cut.shown_s(cover.start, cover.source), cut.shown_s(cover.end, cover.source))
        yield from _regions(cut, span, "Whole picture covered")
    for mute in recipe.audio:
        said = "Sound replaced by a tone" if mute.effect == "bleep" else "Sound muted"
        yield from _regions(cut, (cut.heard_s(mute.start, mute.source), cut.heard_s(mute.end, mute.source)), said)
    if recipe.output.audio == "drop":
        yield from _regions(cut, (Fraction(0), cut.end_s), "Sound left out entirely")


def _covered(track: Track) -> str:
    verb = "pixelated" if track.effect == "pixelate" else "covered"
    return f"All but the region {verb}" if track.inverse else f"Region {verb}"


def _regions(cut: Cut, span: Seconds, description: str, *spatial: Action) -> Iterator[Action]:
    for start, end in _in_copy(cut.stretches, span):
        time = {"type": "npt", "start": _seconds(start), "end": _seconds(end)}
        yield {"description": description, "region": [{"type": "temporal", "time": time}, *spatial]}


def _in_copy(stretches: Sequence[Seconds], span: Seconds) -> Iterator[Seconds]:
    """Where a span of the source is in the copy, which shows the stretches one after the other."""
    passed = Fraction(0)
    for start, end in stretches:
        first, last = max(start, span[0]), min(end, span[1])
        if first < last:
            yield passed + first - start, passed + last - start
        passed += end - start


def _spatial(run: Run, *, is_inside: bool) -> Action:
    """The rectangle around all boxes of a run."""
    left, top = min(box.x for box in run.boxes), min(box.y for box in run.boxes)
    right, bottom = max(box.x + box.w for box in run.boxes), max(box.y + box.h for box in run.boxes)
    shape = {"type": "rectangle", "unit": "pixel", "origin": {"x": left, "y": top}}
    return {"type": "spatial", "shape": shape | {"width": right - left, "height": bottom - top, "inside": is_inside}}


def _times(stretches: Sequence[Seconds]) -> str:
    return ", ".join(f"{_seconds(start)} s to {_seconds(end)} s" for start, end in stretches)


def _seconds(value: Fraction) -> str:
    return f"{float(value):.3f}"
