"""Recipes of versions 1 and 2: the one door for reading, writing, hashing and building them.

Light (standard library only): services on the Django side import it. What a person edits (key frames, `outside`) is a
draft, see `recipe_draft`; what is hashed into the custody record is the canonical form written here, and its shape
can never change.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from workers.media.canonical import canonical_bytes, canonical_sha256
from workers.media.recipe_check import KnownFile, recipe_problems
from workers.media.recipe_model import (
    OVERLAY_VERSION,
    RECIPE_VERSION,
    Audio,
    AudioChoice,
    AudioRange,
    Box,
    FrameRange,
    Output,
    Overlay,
    Params,
    Problem,
    Recipe,
    RecipeError,
    Run,
    Segment,
    Source,
    Track,
    Video,
)
from workers.media.recipe_read import recipe_read

__all__ = [
    "Audio",
    "AudioRange",
    "Box",
    "FrameRange",
    "KnownFile",
    "Output",
    "Overlay",
    "Params",
    "Problem",
    "Recipe",
    "RecipeError",
    "Run",
    "Segment",
    "Source",
    "Track",
    "Video",
    "canonical_bytes",
    "clip_recipe",
    "recipe_bytes",
    "recipe_parse",
    "recipe_parse_bytes",
    "recipe_sha256",
    "recipe_to_obj",
    "redaction_recipe",
    "still_recipe",
]


def recipe_parse(obj: object, *, known: Mapping[str, KnownFile] | None = None) -> Recipe:
    """The recipe in `obj`, checked; raises RecipeError with all problems.

    With `known` (file id -> what is on record), hashes, streams and ranges are held against the files too.
    """
    return _checked(recipe_read(obj), known=known)


def recipe_parse_bytes(raw: bytes, *, known: Mapping[str, KnownFile] | None = None) -> Recipe:
    """The recipe in JSON text; doubled names, NaN and text that is no JSON are refused as RecipeError."""
    try:
        obj = json.loads(raw, object_pairs_hook=_no_doubles)
    except (ValueError, RecursionError) as error:
        raise RecipeError([Problem("", "not_json", f"The recipe cannot be read as JSON: {error}.")]) from error
    return recipe_parse(obj, known=known)


def recipe_to_obj(recipe: Recipe) -> dict[str, object]:
    """Plain JSON values; what is hashed, and what `recipe_parse` reads. Without an overlay it is version 1."""
    return {
        "v": RECIPE_VERSION if recipe.overlay is None else OVERLAY_VERSION,
        "sources": [asdict(source) for source in recipe.sources],
        "segments": [asdict(segment) for segment in recipe.segments],
        "tracks": [_track_to_obj(track) for track in recipe.tracks],
        "frames": [asdict(frames) for frames in recipe.frames],
        "audio": [asdict(sound) for sound in recipe.audio],
        "params": asdict(recipe.params),
        "overlay": asdict(recipe.overlay) if recipe.overlay is not None else None,
        "output": asdict(recipe.output),
    }


def recipe_bytes(recipe: Recipe) -> bytes:
    """The canonical bytes."""
    return canonical_bytes(recipe_to_obj(recipe))


def recipe_sha256(recipe: Recipe) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return canonical_sha256(recipe_to_obj(recipe))


def clip_recipe(
    *,
    sources: Sequence[Source],
    segments: Sequence[Segment],
    audio: AudioChoice = "keep",
    compatible: bool = True,
    overlay: Overlay | None = None,
    known: Mapping[str, KnownFile] | None = None,
) -> Recipe:
    """A clip: these segments in this order, nothing covered. Raises RecipeError."""
    output = Output(kind="video", compatible=compatible, audio=audio)
    recipe = Recipe(sources=tuple(sources), segments=tuple(segments), overlay=overlay, output=output)
    return _checked(recipe, known=known)


def redaction_recipe(
    *,
    sources: Sequence[Source],
    segments: Sequence[Segment],
    tracks: Sequence[Track] = (),
    frames: Sequence[FrameRange] = (),
    mutes: Sequence[AudioRange] = (),
    params: Params | None = None,
    audio: AudioChoice = "keep",
    compatible: bool = True,
    overlay: Overlay | None = None,
    known: Mapping[str, KnownFile] | None = None,
) -> Recipe:
    """A redaction; one that covers and mutes nothing is refused, since it would be a clip. Raises RecipeError."""
    recipe = Recipe(
        sources=tuple(sources),
        segments=tuple(segments),
        tracks=tuple(tracks),
        frames=tuple(frames),
        audio=tuple(mutes),
        params=params or Params(),
        overlay=overlay,
        output=Output(kind="video", compatible=compatible, audio=audio),
    )
    if audio == "keep" and not frames and not mutes and all(track.effect == "none" for track in tracks):
        detail = "Nothing is covered and nothing is muted. Draw a box, mute a stretch, or make a clip instead."
        raise RecipeError([Problem("/tracks", "nothing_redacted", detail)])
    return _checked(recipe, known=known)


def still_recipe(
    *,
    source: Source,
    pts: int,
    tracks: Sequence[Track] = (),
    frames: Sequence[FrameRange] = (),
    params: Params | None = None,
    overlay: Overlay | None = None,
    known: Mapping[str, KnownFile] | None = None,
) -> Recipe:
    """The one frame at `pts` (video time base) of the source, with these effects on it. Raises RecipeError."""
    recipe = Recipe(
        sources=(source,),
        segments=(Segment(source=0, start=pts, end=pts + 1),),
        tracks=tuple(tracks),
        frames=tuple(frames),
        params=params or Params(),
        overlay=overlay,
        output=Output(kind="still", compatible=True, audio="drop"),
    )
    return _checked(recipe, known=known)


def _checked(recipe: Recipe, *, known: Mapping[str, KnownFile] | None) -> Recipe:
    """The recipe, if its own canonical form can be read back and its parts agree."""
    read = recipe_read(json.loads(recipe_bytes(recipe)))
    if problems := recipe_problems(read, known=known):
        raise RecipeError(problems)
    return read


def _track_to_obj(track: Track) -> dict[str, object]:
    runs = [{"start": run.start, "end": run.end, "boxes": [_row(box) for box in run.boxes]} for run in track.runs]
    return {**asdict(replace(track, runs=())), "runs": runs}


def _row(box: Box) -> list[int]:
    return [box.pts, box.x, box.y, box.w, box.h]


def _no_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)
