"""Starting again from a finished redaction: what it was made from, on which drawing, and what stands in the way. Reads.

Somebody may who may watch the copy and may edit what it was made from: the drawing goes to the latter, as their own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evidence.editing.drawing import HAND
from evidence.editing.errors import NotEditable
from evidence.editing.finds import piece_id
from evidence.editing.footage import Film, film_of
from evidence.editing.models import DetectionStretch, Draft
from evidence.editing.queries import draft_of
from evidence.identity.who import Who
from evidence.recordings.models import Kind, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import parts_of
from workers.media.recipe import Recipe, RecipeError, Track, recipe_parse


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What a redaction can be started again with. `part`: of what is drawn on, None: all of it.

    `kept`: what the person has drawn there and not thrown away; None where nothing would be lost.
    """

    recording: Recording
    part: int | None
    film: Film
    recipe: Recipe
    kept: Draft | None


def again_of(who: Who, copy: Recording) -> Again:
    """What a person would go on with.

    Raises:
        Denied: they may not watch the copy, or may not edit what it was made from.
        NotEditable: it is no redaction made by a recipe, or what it was made from cannot be edited now.
    """
    RECORDINGS.require(who, Right.WATCH, copy)
    if copy.kind != Kind.REDACTION or copy.parent is None:
        raise NotEditable("Only from a redaction another one can be started. This is none.")
    recording = copy.parent
    RECORDINGS.require(who, Right.EDIT, recording)
    try:
        recipe = recipe_parse(copy.recipe)
    except RecipeError as wrong:
        raise NotEditable("This redaction was made without a recipe, so there is nothing to go on with.") from wrong
    part = _part_of(recording, recipe)
    draft = draft_of(who, recording, part)
    is_drawn = draft is not None and any(draft.content.get(name) for name in ("tracks", "mutes", "frames", "segments"))
    return Again(
        recording=recording, part=part, film=film_of(recording, part), recipe=recipe, kept=draft if is_drawn else None
    )


def is_offered(who: Who, copy: Recording) -> bool:
    """Whether a page says so: what the recipe is like is looked at when it is asked for."""
    if copy.kind != Kind.REDACTION or copy.parent is None:
        return False
    may_watch = RECORDINGS.decide(who, Right.WATCH, copy)
    return bool(may_watch) and bool(RECORDINGS.decide(who, Right.EDIT, copy.parent))


def finds_of(again: Again) -> Mapping[str, Sequence[str]]:
    """The finds of each track that a detector found, by the track's id: those that have a box of it, to the pixel.

    A recipe says who found a track, and not which find it was. Where every box was changed since, there is none: what
    is left of it was drawn by hand.
    """
    known = {part.source.file: part.file for part in again.film.parts}
    tracks = [track for track in again.recipe.tracks if track.found_by != HAND]
    found: dict[str, list[str]] = {}
    for name in {again.recipe.sources[track.source].file for track in tracks}:
        mine = [track for track in tracks if again.recipe.sources[track.source].file == name]
        for stretch in DetectionStretch.objects.filter(detection__file=known.get(name)):
            for number, seen in enumerate(stretch.found["tracks"]):
                boxes = {tuple(box) for run in seen["runs"] for box in run["boxes"]}
                for track in mine:
                    if track.found_by == seen["found_by"] and boxes & _boxes_of(track):
                        found.setdefault(track.id, []).append(piece_id(str(stretch.pk), number))
    return found


def _boxes_of(track: Track) -> set[tuple[int, ...]]:
    return {(box.pts, box.x, box.y, box.w, box.h) for run in track.runs for box in run.boxes}


def _part_of(recording: Recording, recipe: Recipe) -> int | None:
    parts = parts_of(recording)
    named = [part.number for part in parts if str(part.original.id) in {source.file for source in recipe.sources}]
    return named[0] if len(named) == 1 < len(parts) else None
