"""The files a recipe is rendered from, held against what it says of them before a frame is decoded.

The hash is taken here, in the process that renders: the statement says what was read, not what somebody believed was
there. It is taken beside the reading of the index. What this process has opened already, to make the recipe from it, is
handed along and not read again; its hash is held against the recipe's all the same.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from workers.media import shifts
from workers.media.errors import BadRequest, MediaError, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.frames import SourceFrames
from workers.media.index import Indexed, index_read
from workers.media.recipe import KnownFile, Problem, Recipe, RecipeError, recipe_parse_bytes
from workers.media.recipe_check import recipe_problems
from workers.media.recipe_model import Source
from workers.media.shifts import PARTS_OUT_OF_ORDER, shift_of
from workers.media.smart.coding import Coding, coding_of
from workers.media.source import file_sha256, open_source, source_size
from workers.media.timeline import Shift


class OtherMaster(MediaError):
    """The bytes are not those that the recipe was made for."""

    code = "other_master"


class NotEditable(MediaError):
    """Frames of this file cannot be named one by one; the message says why, and what to do first."""

    code = "not_editable"


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file as this process read it: its bytes' hash, and what its packets tell (`read`: None, nobody asked)."""

    path: Path
    size_bytes: int
    sha256: str
    shift: shifts.Shift
    read: Indexed | None

    @property
    def pictures(self) -> Indexed:
        """What its packets tell. Raises NoVideo where that was not asked for."""
        if self.read is None:
            raise NoVideo("This file was not opened for its pictures.")
        return self.read


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


def inputs_open(
    recipe: Recipe, paths: Sequence[Path], opened: Mapping[Path, Opened] | None = None
) -> tuple[Input, ...]:
    """The inputs, as the recipe orders them. Raises BadRequest, OtherMaster, RecipeError, NotMedia, NoVideo.

    `opened`: what this process has read of some of the files just now.
    """
    if len(paths) != len(recipe.sources):
        raise BadRequest(f"The recipe names {len(recipe.sources)} sources; {len(paths)} files were given.")
    known_files = opened or {}
    inputs = tuple(_open(row, path, known_files.get(path)) for row, path in zip(recipe.sources, paths, strict=True))
    known = {row.source.file: _known(row) for row in inputs}
    problems = [*recipe_problems(recipe, known=known), *_empty_segments(recipe, inputs)]
    if problems:
        raise RecipeError(problems)
    return inputs


def file_open(path: Path, *, has_picture: bool, sha256: str | None = None) -> Opened:
    """Read a file's packets (its head only without `has_picture`) and, beside that, all of its bytes for their hash.

    Raises SourceMissing, NotMedia, NoVideo, NoFrames; OtherMaster before all of them where the hash is not `sha256`.
    """
    size_bytes = source_size(path)
    with ThreadPoolExecutor(1, "hash") as pool:
        hashing = pool.submit(file_sha256, path)
        try:
            read = index_read(path) if has_picture else None
            shift = read.shift if read is not None else _shift(path)
        finally:
            _hold(hashing.result(), sha256)
    return Opened(path=path, size_bytes=size_bytes, sha256=hashing.result(), shift=shift, read=read)


def _hold(digest: str, wanted: str | None) -> None:
    if wanted not in {digest, None}:
        raise OtherMaster("This file is not the one that the recipe was made for: its hash differs.", sha256=digest)


def _shift(path: Path) -> shifts.Shift:
    with open_source(path) as container:
        return shift_of(container, path)


def _open(source: Source, path: Path, opened: Opened | None) -> Input:
    has_picture = source.video is not None
    found = opened or file_open(path, has_picture=has_picture, sha256=source.sha256)
    _hold(found.sha256, source.sha256)
    index, coding, uneditable = None, None, "" if found.shift.is_plain else PARTS_OUT_OF_ORDER
    if has_picture:
        read = found.pictures
        index, coding, uneditable = read.index, coding_of(read), read.report.uneditable
    if uneditable:
        raise NotEditable(uneditable)
    shift = Shift(
        video=index.presentation_offset if index is not None else 0,
        audio=found.shift.audio or 0,
        heard=found.shift.heard,
    )
    return Input(source=source, path=path, size_bytes=found.size_bytes, index=index, shift=shift, coding=coding)


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
