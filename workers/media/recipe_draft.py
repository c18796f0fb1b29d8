"""What people edit (key frames with `outside`, whole frames, seconds) turned into a recipe's resolved runs and ranges.

Pure and light. A draft counts in frame numbers of our index, the recipe in pts; this is the only place that goes from
one to the other. A track never runs on by itself: each stretch needs an `outside` key frame, or the draft an end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from workers.media.recipe_model import (
    Box,
    Problem,
    RecipeError,
    Run,
    Segment,
    Shape,
    Track,
    TrackEffect,
    TrackKind,
)


class Index(Protocol):
    """The frame index of one source: frame numbers in the order shown, one pts each."""

    @property
    def frame_count(self) -> int:
        """How many frames there are."""

    def pts_of(self, frame: int) -> int:
        """The stored pts of frame number `frame` (0 to frame_count - 1)."""

    def end_of(self, frame: int) -> int:
        """The stored pts at which that frame gives way to the next, or ends."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """What a person said of one frame: the box (x, y, w, h in shown pixels), or that it is not in the picture."""

    frame: int
    box: tuple[int, int, int, int] | None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class DraftTrack:
    """A track as it is edited; `end_frame` (exclusive) ends a last stretch that no `outside` key frame ends."""

    id: str
    kind: TrackKind
    shape: Shape
    effect: TrackEffect
    reason: str
    keys: tuple[KeyFrame, ...]
    end_frame: int | None = None
    inverse: bool = False
    found_by: str = "hand"
    source: int = 0


def segment_of_frames(index: Index, *, first: int, end: int, source: int = 0) -> Segment:
    """Frames `first` to `end` (exclusive) as a segment. Raises RecipeError where they are not in the recording."""
    if not 0 <= first < end <= index.frame_count:
        detail = (
            f"Frames {first} to {end} are not a stretch of this recording, which has frames 0 to {index.frame_count}."
        )
        raise RecipeError([Problem("/segments", "out_of_range", detail)])
    return Segment(source=source, start=index.pts_of(first), end=index.end_of(end - 1))


def resolve_draft(tracks: Sequence[DraftTrack], index: Index) -> tuple[Track, ...]:
    """The tracks, all of the one source `index` is of, with runs. Raises RecipeError with all problems."""
    problems = [problem for at, track in enumerate(tracks) for problem in _problems(track, index, f"/tracks/{at}")]
    if problems:
        raise RecipeError(problems)
    return tuple(_resolve(track, index) for track in tracks)


def _problems(track: DraftTrack, index: Index, pointer: str) -> Iterator[Problem]:
    last = -1
    for at, key in enumerate(track.keys):
        where = f"{pointer}/keys/{at}"
        if not 0 <= key.frame < index.frame_count:
            detail = f"Key frame {key.frame} of '{track.id}' is not in the recording (0 to {index.frame_count - 1})."
            yield Problem(where, "out_of_range", detail)
        if key.frame <= last:
            yield Problem(
                where, "keys_unordered", f"Key frame {key.frame} of '{track.id}' is not after the one before it."
            )
        if key.box is None and not key.outside:
            yield Problem(
                where, "no_box", f"Key frame {key.frame} of '{track.id}' has no box and is not marked outside."
            )
        last = max(last, key.frame)
    if track.keys and not track.keys[-1].outside:
        yield from _end_problems(track, index, pointer, last)


def _end_problems(track: DraftTrack, index: Index, pointer: str, last: int) -> Iterator[Problem]:
    if track.end_frame is None:
        detail = f"Track '{track.id}' has no end. Mark where it leaves the picture, or set its last frame."
        yield Problem(f"{pointer}/end_frame", "no_end", detail)
    elif not last < track.end_frame <= index.frame_count:
        detail = (
            f"Track '{track.id}' ends at frame {track.end_frame}; that must be after frame {last} "
            f"and at most {index.frame_count}."
        )
        yield Problem(f"{pointer}/end_frame", "out_of_range", detail)


def _resolve(track: DraftTrack, index: Index) -> Track:
    return Track(
        id=track.id,
        kind=track.kind,
        found_by=track.found_by,
        shape=track.shape,
        effect=track.effect,
        inverse=track.inverse,
        reason=track.reason,
        source=track.source,
        runs=tuple(_runs(track, index)),
    )


def _runs(track: DraftTrack, index: Index) -> Iterator[Run]:
    boxes: list[Box] = []
    for key in track.keys:
        at = index.pts_of(key.frame)
        if key.outside and boxes:
            yield Run(start=boxes[0].pts, end=at, boxes=tuple(boxes))
            boxes = []
        if not key.outside and key.box is not None:
            boxes.append(Box(at, *key.box))
    if boxes and track.end_frame is not None:
        yield Run(start=boxes[0].pts, end=index.end_of(track.end_frame - 1), boxes=tuple(boxes))
