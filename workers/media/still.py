"""One frame as a PNG: exactly the one that is named, upright, in square pixels, in the colours the stream describes.

The PNG holds pixels and nothing else; when the frame was is in the report. Covering happens on the planes before
anything is turned into RGB, by the same code that renders video.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange

from workers.media.errors import BadRequest, MediaError, NoFrames
from workers.media.frame_index import FrameIndex
from workers.media.frames import SourceFrames
from workers.media.geometry import SourceCover
from workers.media.index import index_build
from workers.media.inputs import Input, NotEditable, inputs_open, recipe_open
from workers.media.mask import cover
from workers.media.overlay import Lettering
from workers.media.picture import EXACT, UNSPECIFIED, Colour, colour_of, default_matrix, shown_picture
from workers.media.probe import probe
from workers.media.provenance import stated_source, tools
from workers.media.recipe import Recipe, Video, recipe_sha256
from workers.media.render_reports import StillReport
from workers.media.source import file_sha256
from workers.media.statement import StatedSegment, Statement, statement_sha256

Pixels: TypeAlias = npt.NDArray[np.uint8]


class StillFailed(MediaError):
    """The PNG could not be written."""

    code = "still_failed"


@dataclass(frozen=True, slots=True)
class Moment:
    """Which frame: by stored pts, by number in the index, or by shown seconds; exactly one of them."""

    pts: int | None = None
    frame: int | None = None
    at_s: Fraction | None = None

    def find(self, index: FrameIndex) -> int:
        """The frame's number. Raises BadRequest where there is no such frame."""
        if self.frame is not None:
            found = self.frame
        elif self.at_s is not None:
            found = index.frame_at(self.at_s)
        elif self.pts is not None:
            found = index.frame_of_pts(self.pts)
        else:
            raise BadRequest("Say which frame: by pts, by number or by time.")
        if not 0 <= found < index.frame_count:
            raise BadRequest(f"There is no frame {found}; the recording has frames 0 to {index.frame_count - 1}.")
        return found


def still(path: Path, out: Path, *, moment: Moment | None, recipe_path: Path | None = None) -> StillReport:
    """Write the frame as PNG; with a recipe its effects are on it, and a still recipe names the moment itself.

    Raises BadRequest, RecipeError and the MediaError family.
    """
    if recipe_path is None:
        return _plain(path, out, moment or Moment())
    recipe = recipe_open(recipe_path)
    (source,) = inputs_open(recipe, [path])
    if recipe.output.kind == "still":
        moment = Moment(pts=recipe.segments[0].start)
    return _redacted(source, out, moment or Moment(), recipe)


def _plain(path: Path, out: Path, moment: Moment) -> StillReport:
    index, report = index_build(path)
    if report.uneditable:
        raise NotEditable(report.uneditable)
    row = next(row for row in probe(path).video if row.index == index.stream)
    video = Video(
        stream=row.index,
        time_base=row.time_base,
        width=row.width,
        height=row.height,
        rotation=row.rotation,
        sar=row.sar,
    )
    reader = SourceFrames(path=path, video=video, index=index)
    return _write(reader, moment.find(index), out, recipe=None, source=None)


def _redacted(source: Input, out: Path, moment: Moment, recipe: Recipe) -> StillReport:
    reader = source.pictures
    return _write(reader, moment.find(reader.index), out, recipe=recipe, source=source)


def _write(reader: SourceFrames, number: int, out: Path, *, recipe: Recipe | None, source: Input | None) -> StillReport:
    index, pts = reader.index, reader.index.pts_of(number)
    read = next(reader.read(pts, pts + 1), None)
    if read is None:
        raise NoFrames("This frame is damaged and cannot be decoded.", pts=pts)
    frame = read.frame
    shown, planes = shown_picture(frame, reader.video.rotation)
    patches = SourceCover(recipe=recipe, source=0, times=index.pts).patches(pts) if recipe is not None else []
    for patch in patches:
        cover(planes, patch, fill=recipe.params.fill if recipe is not None else (0, 0, 0))
    if recipe is not None and recipe.overlay is not None:
        width, height = reader.video.width, reader.video.height
        letters = Lettering(recipe.overlay, width=width, height=height, is_full_range=colour_of(frame).is_full_range)
        letters.draw(planes, source=0, shown_s=index.seconds_of(number))
    picture = square_of(rgb_of(shown, colour_of(frame)), reader.video)
    png_write(picture, out)
    statement = None
    if recipe is not None and source is not None:
        marks = Marks(is_covered=bool(patches), is_damaged=read.is_damaged)
        statement = _statement(recipe, source, pts, marks=marks, size=picture.shape, out=out)
    return StillReport(
        v=1,
        frame=number,
        pts=pts,
        time_base=(index.time_base.numerator, index.time_base.denominator),
        shown_s=float(index.seconds_of(number)),
        shown_ms=int(index.seconds_of(number) * 1000),
        width=picture.shape[1],
        height=picture.shape[0],
        size_bytes=out.stat().st_size,
        is_redacted=bool(patches),
        is_damaged=read.is_damaged,
        statement=statement,
        statement_sha256=statement_sha256(statement) if statement else None,
    )


def rgb_of(shown: VideoFrame, colour: Colour) -> Pixels:
    """Blue, green, red, 8 bit, by the stream's matrix and range."""
    matrix = default_matrix(shown.height) if colour.matrix == UNSPECIFIED else colour.matrix
    turned = shown.reformat(
        format="bgr24",
        src_colorspace=matrix,
        src_color_range=ColorRange.JPEG if colour.is_full_range else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=EXACT,
        threads=1,
    )
    return turned.to_ndarray().astype(np.uint8, copy=False)


def square_of(picture: Pixels, video: Video) -> Pixels:
    """Cut to the shown size and stretched, never shrunk, to square pixels."""
    picture = picture[: video.height, : video.width]
    aspect = Fraction(*video.sar)
    if video.sar[0] == video.sar[1]:
        return picture
    width = round(video.width * aspect) if aspect > 1 else video.width
    height = round(video.height / aspect) if aspect < 1 else video.height
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def png_write(picture: Pixels, out: Path) -> None:
    """Write blue, green, red pixels as PNG. Raises StillFailed."""
    is_made, encoded = cv2.imencode(".png", picture)
    if not is_made:
        raise StillFailed("The picture could not be written as PNG.")
    out.write_bytes(encoded.tobytes())


@dataclass(frozen=True, slots=True)
class Marks:
    """What is to be said of the one frame."""

    is_covered: bool
    is_damaged: bool


def _statement(recipe: Recipe, source: Input, pts: int, *, marks: Marks, size: tuple[int, ...], out: Path) -> Statement:
    segment = StatedSegment(
        source=0,
        start=pts,
        end=pts + 1,
        out_start=0,
        out_end=1,
        way="encode",
        because="one frame, turned into a picture without loss",
        frames_in=1,
        frames_encoded=1,
        frames_copied=0,
        frames_missing=0,
        frames_damaged=int(marks.is_damaged),
        frames_covered=int(marks.is_covered),
        first_pts=pts,
        last_pts=pts,
    )
    base = source.pictures.video.time_base
    return Statement(
        v=2,
        kind="still",
        recipe_sha256=recipe_sha256(recipe),
        sources=(stated_source(source),),
        tools=tools(writes=recipe.overlay is not None),
        settings=(),
        time_base=base,
        width=size[1],
        height=size[0],
        frames=1,
        segments=(segment,),
        parts=(),
        parameter_sets=(),
        copy_sha256=file_sha256(out),
        sound="none",
        sound_sha256=None,
        sound_rate=0,
        sound_channels=0,
        samples_hidden=0,
        sound_before_ms=0,
        sound_after_ms=0,
    )
