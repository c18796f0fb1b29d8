"""From what was asked for to a recipe of version 1: frames become pts, drawings become runs, and all is checked.

Pure but for the footage it is given. A newcomer's trap: mutes are drawn in frames but a recipe counts them in the
sound's own time base, which starts elsewhere.
"""

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from evidence.editing.drawing import Drawing, Mute, track_name
from evidence.editing.errors import EditRefused
from evidence.editing.footage import Footage
from evidence.editing.stretches import Edge, Frames, Stretch, StretchWrong, clock, frame_of, frames_of, overlaps
from evidence.http.errors import Fault
from workers.media.recipe import (
    AudioRange,
    FrameRange,
    Overlay,
    Recipe,
    RecipeError,
    Segment,
    clip_recipe,
    redaction_recipe,
    still_recipe,
)
from workers.media.recipe_draft import DraftTrack, resolve_draft, segment_of_frames


def clip_of(
    footage: Footage, stretches: Sequence[Stretch], *, compatible: bool, overlay: Overlay | None = None
) -> tuple[Recipe, str]:
    """The recipe of a clip, and a title for it; `compatible`: see `ways`, `overlay`: see `written`.

    Raises:
        EditRefused: no stretch; one out of range, empty or backward; two that overlap.
    """
    if not stretches:
        raise EditRefused([Fault("/segments", "no-segment", "Nothing is chosen. Choose at least one segment to keep.")])
    faults: list[Fault] = []
    frames = [
        found
        for at, stretch in enumerate(stretches)
        if (found := _tried(footage, stretch, f"Segment {at + 1}", f"/segments/{at}", faults)) is not None
    ]
    _refuse_if(faults or list(overlaps(footage, frames, pointer="/segments")))
    try:
        recipe = clip_recipe(
            sources=[footage.source], segments=_segments(footage, frames), compatible=compatible, overlay=overlay,
            known=footage.known,
        )  # fmt: skip
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, _clip_title(footage, frames)


def redaction_of(
    footage: Footage, drawing: Drawing, *, compatible: bool, overlay: Overlay | None = None
) -> tuple[Recipe, str]:
    """The recipe of a redaction, and a title for it; `compatible`: see `ways`, `overlay`: see `written`.

    Raises:
        EditRefused: something drawn does not fit the recording, nothing is drawn, or there is no sound to mute.
    """
    _refuse_if(
        [*_range_faults(footage, drawing), *_box_faults(footage, drawing.tracks), *_sound_faults(footage, drawing)]
    )
    kept = drawing.segments or ((0, footage.frame_count),)
    _refuse_if(list(overlaps(footage, kept, pointer="/segments")))
    try:
        recipe = redaction_recipe(
            sources=[footage.source], segments=_segments(footage, kept),
            tracks=resolve_draft(drawing.tracks, footage.index),
            frames=[_covered(footage, cover.frames, cover.effect) for cover in drawing.covers],
            mutes=[_muted(footage, mute) for mute in drawing.mutes], compatible=compatible, overlay=overlay,
            known=footage.known,
        )  # fmt: skip
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, _redaction_title(drawing)


def still_of(footage: Footage, moment: Edge, *, overlay: Overlay | None = None) -> tuple[Recipe, str]:
    """The recipe of a still, and a title for it; `overlay`: see `written`.

    Raises:
        EditRefused: the recording has no such frame.
    """
    try:
        frame = frame_of(footage, moment, name="The still", pointer="/frame")
        pts = footage.index.pts_of(frame)
        recipe = still_recipe(source=footage.source, pts=pts, overlay=overlay, known=footage.known)
    except StretchWrong as wrong:
        raise EditRefused([wrong.fault]) from wrong
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, f"Still at {clock(footage.edge_s(frame))}"


def _segments(footage: Footage, stretches: Sequence[Frames]) -> list[Segment]:
    return [segment_of_frames(footage.index, first=first, end=end) for first, end in stretches]


def _covered(footage: Footage, frames: Frames, effect: str) -> FrameRange:
    first, end = frames
    start, stop = footage.index.pts_of(first), footage.index.end_of(end - 1)
    return FrameRange(source=0, start=start, end=stop, effect="pixelate" if effect == "pixelate" else "solid")


def _muted(footage: Footage, mute: Mute) -> AudioRange:
    """In the sound's ticks, outwards to whole ones. `_sound_faults` has seen that there is a sound."""
    base, offset = footage.index.audio_time_base or Fraction(1), footage.index.audio_offset or 0
    start, end = (footage.edge_s(frame) / base for frame in mute.frames)
    return AudioRange(
        source=0, start=math.floor(start) + offset, end=math.ceil(end) + offset, effect=mute.effect, reason=mute.reason
    )


def _range_faults(footage: Footage, drawing: Drawing) -> Iterator[Fault]:
    named: tuple[tuple[str, str, Sequence[Frames]], ...] = (
        ("mutes", "Muted stretch", [mute.frames for mute in drawing.mutes]),
        ("frames", "Covered stretch", [cover.frames for cover in drawing.covers]),
        ("segments", "Segment", drawing.segments),
    )
    faults: list[Fault] = []
    for part, name, rows in named:
        for at, (start, end) in enumerate(rows):
            stretch = Stretch(Edge(frame=start), Edge(frame=end))
            _tried(footage, stretch, f"{name} {at + 1}", f"/{part}/{at}", faults)
    yield from faults


def _box_faults(footage: Footage, tracks: Sequence[DraftTrack]) -> Iterator[Fault]:
    width, height = footage.video.width, footage.video.height
    for at, track in enumerate(tracks):
        for number, key in enumerate(track.keys):
            if key.box is None:
                continue
            x, y, w, h = key.box
            where, pointer = (
                f"The box of {track_name(track)} on frame {key.frame:,}",
                f"/tracks/{at}/keyframes/{number}",
            )
            if w < 1 or h < 1:
                yield Fault(pointer, "no-size", f"{where} has no size. Make it at least one pixel wide and high.")
            elif x >= width or y >= height or x + w <= 0 or y + h <= 0:
                detail = f"{where} lies outside the picture ({width} by {height} pixels). Move it inside."
                yield Fault(pointer, "box-outside", detail)


def _sound_faults(footage: Footage, drawing: Drawing) -> Iterator[Fault]:
    if drawing.mutes and footage.source.audio is None:
        detail = "Muting is not applicable: this recording has no sound. Take the muted stretches out."
        yield Fault("/mutes", "not-applicable", detail)


def _tried(footage: Footage, stretch: Stretch, name: str, pointer: str, faults: list[Fault]) -> Frames | None:
    try:
        return frames_of(footage, stretch, name=name, pointer=pointer)
    except StretchWrong as wrong:
        faults.append(wrong.fault)
        return None


def _refuse_if(faults: Sequence[Fault]) -> None:
    if faults:
        raise EditRefused(faults)


def _refused(wrong: RecipeError) -> EditRefused:
    return EditRefused([Fault(row.pointer, row.code.replace("_", "-"), row.detail) for row in wrong.problems])


def _clip_title(footage: Footage, frames: Sequence[Frames]) -> str:
    if len(frames) > 1:
        return f"Clip of {len(frames)} segments"
    start, end = (clock(footage.edge_s(edge)) for edge in frames[0])
    return f"Clip {start} to {end}"


def _redaction_title(drawing: Drawing) -> str:
    counted = (
        (len([track for track in drawing.tracks if track.effect != "none"]), "covered track", "covered tracks"),
        (len(drawing.covers), "stretch covered whole", "stretches covered whole"),
        (len([mute for mute in drawing.mutes if mute.effect == "mute"]), "mute", "mutes"),
        (len([mute for mute in drawing.mutes if mute.effect == "bleep"]), "bleep", "bleeps"),
    )
    said = ", ".join(f"{count} {one if count == 1 else more}" for count, one, more in counted if count)
    return f"Redaction: {said}"
