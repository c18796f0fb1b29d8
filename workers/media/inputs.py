"""The files a recipe is rendered from, held against what it says of them before a frame is decoded.

The hash is taken here, in the process that renders: the statement says what was read, not what somebody believed was
there.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workers.media.errors import BadRequest, MediaError
from workers.media.frame_index import FrameIndex
from workers.media.frames import SourceFrames
from workers.media.index import index_read
from workers.media.recipe import KnownFile, Problem, Recipe, RecipeError, recipe_parse_bytes
from workers.media.recipe_check import recipe_problems
from workers.media.recipe_model import Source
from workers.media.shifts import PARTS_OUT_OF_ORDER, shift_of
from workers.media.smart.coding import Coding, coding_of
from workers.media.source import open_source, source_size
from workers.media.timeline import Shift


class OtherMaster(MediaError):
    """The bytes are not those that the recipe was made for."""

    code = "other_master"


class NotEditable(MediaError):
    """Frames of this file cannot be named one by one; the message says why, and what to do first."""

    code = "not_editable"


@dataclass(frozen=True)
class Input:
    """One source: its file, bytes, frame index (None without picture), and how far shown time lags stored time.

    `coding`: how its pictures are stored; None without picture.
    """

    source: Source
    path: Path
    size_bytes: int
    index: FrameIndex | None
    shift: Shift
    coding: Coding | None = None

    @property
    def pictures(self) -> SourceFrames:
        """A reader of its frames."""
        if self.source.video is None or self.index is None:
            raise ValueError("this source has no picture")
        return SourceFrames(path=self.path, video=self.source.video, index=self.index)

    def frames_in(self, start: int, end: int) -> int:
        """How many frames the index has in [start, end)."""
        return len(self.pts_in(start, end))

    def pts_in(self, start: int, end: int) -> Sequence[int]:
        """The pts of all frames of the index in [start, end)."""
        if self.index is None:
            return ()
        first = self.index.frame_of_pts(start - 1) if start > self.index.pts_of(0) else -1
        last = self.index.frame_of_pts(end - 1) if end > self.index.pts_of(0) else -1
        return self.index.pts[first + 1 : last + 1]


def recipe_open(path: Path) -> Recipe:
    """The recipe in a file. Raises BadRequest where there is none to read, RecipeError where it is wrong."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadRequest("There is no recipe to read here.", name=path.name[:100], reason=error.strerror) from error
    return recipe_parse_bytes(content)


def inputs_open(recipe: Recipe, paths: Sequence[Path]) -> tuple[Input, ...]:
    """The inputs, as the recipe orders them. Raises BadRequest, OtherMaster, RecipeError, NotMedia, NoVideo."""
    if len(paths) != len(recipe.sources):
        raise BadRequest(f"The recipe names {len(recipe.sources)} sources; {len(paths)} files were given.")
    inputs = tuple(_open(source, path) for source, path in zip(recipe.sources, paths, strict=True))
    known = {row.source.file: _known(row) for row in inputs}
    problems = [*recipe_problems(recipe, known=known), *_empty_segments(recipe, inputs)]
    if problems:
        raise RecipeError(problems)
    return inputs


def _open(source: Source, path: Path) -> Input:
    size_bytes = source_size(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != source.sha256:
        raise OtherMaster("This file is not the one that the recipe was made for: its hash differs.", sha256=digest)
    with open_source(path) as container:
        found = shift_of(container, path)
    index, coding, uneditable = None, None, "" if found.is_plain else PARTS_OUT_OF_ORDER
    if source.video is not None:
        read = index_read(path)
        index, coding, uneditable = read.index, coding_of(read), read.report.uneditable
    if uneditable:
        raise NotEditable(uneditable)
    shift = Shift(
        video=index.presentation_offset if index is not None else 0, audio=found.audio or 0, heard=found.heard
    )
    return Input(source=source, path=path, size_bytes=size_bytes, index=index, shift=shift, coding=coding)


def _known(row: Input) -> KnownFile:
    """The streams are held against the file where they are opened; here, the ranges are."""
    extent = (row.index.pts_of(0), row.index.end_pts) if row.index is not None else None
    return KnownFile(sha256=row.source.sha256, video=row.source.video, audio=row.source.audio, video_range=extent)


def _empty_segments(recipe: Recipe, inputs: Sequence[Input]) -> list[Problem]:
    if recipe.output.kind == "audio":
        return []
    return [
        Problem(f"/segments/{at}", "no_frame", f"No frame begins in segment {at} ({row.start} to {row.end}). Widen it.")
        for at, row in enumerate(recipe.segments)
        if not inputs[row.source].frames_in(row.start, row.end)
    ]
