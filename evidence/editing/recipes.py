"""From what was asked for to a recipe of version 1: frames become pts, drawings become runs, and all is checked.

Pure but for the film it is given. A newcomer's trap: mutes are drawn in frames but a recipe counts them in the
sound's own time base, which starts elsewhere; and what lies across the joint of two parts is one row for each.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

from evidence.editing.drawing import Drawing, Mute, track_name
from evidence.editing.errors import EditRefused
from evidence.editing.footage import Film, Footage
from evidence.editing.stretches import Edge, Frames, Stretch, StretchWrong, clock, frame_of, frames_of, overlaps
from evidence.http.errors import Fault
from workers.media.recipe import (
    AudioRange,
    FrameRange,
    Overlay,
    Recipe,
    RecipeError,
    Segment,
    Track,
    clip_recipe,
    redaction_recipe,
    still_recipe,
)
from workers.media.recipe_draft import DraftTrack, segment_of_frames
from workers.media.recipe_reel import resolve_on_reel

_Row = TypeVar("_Row", Segment, Track, FrameRange, AudioRange)


def clip_of(
    film: Film, stretches: Sequence[Stretch], *, compatible: bool, overlay: Overlay | None = None
) -> tuple[Recipe, str]:
    """The recipe of a clip, and a title for it; `compatible`: see `ways`, `overlay`: see `written`, one start a part.

    Raises:
        EditRefused: no stretch; one out of range, empty or backward; two that overlap.
    """
    if not stretches:
        raise EditRefused([Fault("/segments", "no-segment", "Nothing is chosen. Choose at least one segment to keep.")])
    faults: list[Fault] = []
    frames = [
        found
        for at, stretch in enumerate(stretches)
        if (found := _tried(film, stretch, f"Segment {at + 1}", f"/segments/{at}", faults)) is not None
    ]
    _refuse_if(faults or list(overlaps(film, frames, pointer="/segments")))
    try:
        used = _Used(film, _segments(film, frames))
        recipe = clip_recipe(
            sources=used.sources, segments=used.renamed(used.segments), compatible=compatible,
            overlay=used.overlay(overlay), known=film.known,
        )  # fmt: skip
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, _clip_title(film, frames)


def redaction_of(
    film: Film, drawing: Drawing, *, compatible: bool, overlay: Overlay | None = None
) -> tuple[Recipe, str]:
    """The recipe of a redaction, and a title for it; `compatible` and `overlay`: as in `clip_of`.

    Raises:
        EditRefused: something drawn does not fit the recording, nothing is drawn, or there is no sound to mute.
    """
    _refuse_if([*_range_faults(film, drawing), *_box_faults(film, drawing.tracks), *_sound_faults(film, drawing)])
    kept = drawing.segments or ((0, film.frame_count),)
    _refuse_if(list(overlaps(film, kept, pointer="/segments")))
    try:
        tracks = resolve_on_reel(drawing.tracks, film.reel)
        covers = [row for cover in drawing.covers for row in _covered(film, cover.frames, cover.effect)]
        mutes = [row for mute in drawing.mutes for row in _muted(film, mute)]
        used = _Used(film, _segments(film, kept), tracks, covers, mutes)
        recipe = redaction_recipe(
            sources=used.sources, segments=used.renamed(used.segments), tracks=used.renamed(tracks),
            frames=used.renamed(covers), mutes=used.renamed(mutes), compatible=compatible,
            overlay=used.overlay(overlay), known=film.known,
        )  # fmt: skip
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, _redaction_title(drawing)


def still_of(film: Film, moment: Edge, *, overlay: Overlay | None = None) -> tuple[Recipe, str]:
    """The recipe of a still, and a title for it; `overlay`: as in `clip_of`.

    Raises:
        EditRefused: the recording has no such frame.
    """
    try:
        frame = frame_of(film, moment, name="The still", pointer="/frame")
        part, local = film.reel.locate(frame)
        footage = film.parts[part]
        recipe = still_recipe(
            source=footage.source, pts=footage.index.pts_of(local), overlay=_overlay(overlay, [part]),
            known=footage.known,
        )  # fmt: skip
    except StretchWrong as wrong:
        raise EditRefused([wrong.fault]) from wrong
    except RecipeError as wrong:
        raise _refused(wrong) from wrong
    return recipe, f"Still at {clock(film.edge_s(frame))}"


class _Used:
    """The files that a recipe speaks of, and their numbers in it: a clip of one part names that part alone."""

    def __init__(self, film: Film, segments: list[Segment], *others: Iterable[Track | FrameRange | AudioRange]) -> None:
        self.segments = segments
        named = {row.source for row in segments} | {row.source for rows in others for row in rows}
        self._parts = sorted(named)
        self.sources = [film.parts[part].source for part in self._parts]

    def overlay(self, overlay: Overlay | None) -> Overlay | None:
        """What is written, with the times of these files."""
        return _overlay(overlay, self._parts)

    def renamed(self, rows: Iterable[_Row]) -> list[_Row]:
        """Rows that count the film's parts, as rows that count the recipe's sources."""
        return [replace(row, source=self._parts.index(row.source)) for row in rows]


def _overlay(overlay: Overlay | None, parts: Sequence[int]) -> Overlay | None:
    if overlay is None or not overlay.starts:
        return overlay
    return replace(overlay, starts=tuple(overlay.starts[part] for part in parts))


def _segments(film: Film, stretches: Sequence[Frames]) -> list[Segment]:
    return [
        segment_of_frames(film.parts[part].index, first=low, end=high, source=part)
        for first, end in stretches
        for part, low, high in film.reel.spans(first, end)
    ]


def _covered(film: Film, frames: Frames, effect: str) -> Iterator[FrameRange]:
    for part, first, end in film.reel.spans(*frames):
        index = film.parts[part].index
        start, stop = index.pts_of(first), index.end_of(end - 1)
        yield FrameRange(source=part, start=start, end=stop, effect="pixelate" if effect == "pixelate" else "solid")


def _muted(film: Film, mute: Mute) -> Iterator[AudioRange]:
    """In the sound's ticks, outwards to whole ones; one row for each part that has sound."""
    for part, first, end in film.reel.spans(*mute.frames):
        footage: Footage = film.parts[part]
        if footage.source.audio is None:
            continue
        base, offset = footage.index.audio_time_base or Fraction(1), footage.index.audio_offset or 0
        start, stop = (footage.edge_s(frame) / base for frame in (first, end))
        yield AudioRange(
            source=part, start=math.floor(start) + offset, end=math.ceil(stop) + offset, effect=mute.effect,
            reason=mute.reason,
        )  # fmt: skip


def _range_faults(film: Film, drawing: Drawing) -> Iterator[Fault]:
    named: tuple[tuple[str, str, Sequence[Frames]], ...] = (
        ("mutes", "Muted stretch", [mute.frames for mute in drawing.mutes]),
        ("frames", "Covered stretch", [cover.frames for cover in drawing.covers]),
        ("segments", "Segment", drawing.segments),
    )
    faults: list[Fault] = []
    for part, name, rows in named:
        for at, (start, end) in enumerate(rows):
            stretch = Stretch(Edge(frame=start), Edge(frame=end))
            _tried(film, stretch, f"{name} {at + 1}", f"/{part}/{at}", faults)
    yield from faults


def _box_faults(film: Film, tracks: Sequence[DraftTrack]) -> Iterator[Fault]:
    width, height = film.video.width, film.video.height
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


def _sound_faults(film: Film, drawing: Drawing) -> Iterator[Fault]:
    if drawing.mutes and not film.has_sound:
        detail = "Muting is not applicable: this recording has no sound. Take the muted stretches out."
        yield Fault("/mutes", "not-applicable", detail)


def _tried(film: Film, stretch: Stretch, name: str, pointer: str, faults: list[Fault]) -> Frames | None:
    try:
        return frames_of(film, stretch, name=name, pointer=pointer)
    except StretchWrong as wrong:
        faults.append(wrong.fault)
        return None


def _refuse_if(faults: Sequence[Fault]) -> None:
    if faults:
        raise EditRefused(faults)


def _refused(wrong: RecipeError) -> EditRefused:
    return EditRefused([Fault(row.pointer, row.code.replace("_", "-"), row.detail) for row in wrong.problems])


def _clip_title(film: Film, frames: Sequence[Frames]) -> str:
    if len(frames) > 1:
        return f"Clip of {len(frames)} segments"
    start, end = (clock(film.edge_s(edge)) for edge in frames[0])
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
