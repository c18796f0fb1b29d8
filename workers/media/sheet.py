"""Contact sheets: frames spread evenly over a recording on one page, each with its number and time under it.

Frames are exact, as stills are: each is decoded by itself from the index and told by its number. A still shows one
frame at full size; a sheet shows what there is to see.
"""

from fractions import Fraction
from math import ceil
from pathlib import Path

import cv2
import numpy as np

from workers.media.errors import BadRequest
from workers.media.frame_index import FrameIndex
from workers.media.frames import SourceFrames
from workers.media.index import index_build
from workers.media.inputs import NotEditable
from workers.media.lettering import line_mask
from workers.media.picture import colour_of, shown_picture
from workers.media.probe import probe
from workers.media.progress import Progress
from workers.media.provenance import tools
from workers.media.recipe_model import Video
from workers.media.sheet_report import MOST_FRAMES, SheetReport, SheetTile, State
from workers.media.source import file_sha256
from workers.media.still import Pixels, png_write, rgb_of, square_of

TILE_WIDTH = 320
COLUMNS = 4
LETTERS = 15
GAP = 8
PAPER, EMPTY = 255, 200


def sheet(path: Path, out: Path, *, count: int) -> SheetReport:
    """Write `count` frames (fewer where the recording has not as many) as PNG. Raises the MediaError family."""
    if not 1 <= count <= MOST_FRAMES:
        raise BadRequest(f"A contact sheet has 1 to {MOST_FRAMES} frames.")
    index, report = index_build(path)
    if report.uneditable:
        raise NotEditable(report.uneditable)
    row = next(row for row in probe(path).video if row.index == index.stream)
    video = Video(row.index, row.time_base, row.width, row.height, row.rotation, row.sar)
    reader = SourceFrames(path=path, video=video, index=index)
    chosen = spread(index, count)
    progress = Progress(stage="drawing", total=len(chosen))
    cells: list[Pixels] = []
    tiles: list[SheetTile] = []
    for done, number in enumerate(chosen, start=1):
        cell, tile = _tile(reader, number)
        cells.append(cell)
        tiles.append(tile)
        progress.step(done)
    digest = file_sha256(path)
    page = _page(cells, f"{len(tiles)} of {index.frame_count:,} frames. SHA-256 {digest}")
    png_write(page, out)
    progress.finish(len(chosen))
    return SheetReport(
        v=1,
        frames=index.frame_count,
        tiles=tuple(tiles),
        columns=min(COLUMNS, len(tiles)),
        width=page.shape[1],
        height=page.shape[0],
        size_bytes=out.stat().st_size,
        source_sha256=digest,
        copy_sha256=file_sha256(out),
        tools=tools(writes=True),
    )


def spread(index: FrameIndex, count: int) -> list[int]:
    """The frames on show in the middle of so many equal stretches of time, each once."""
    begin = index.seconds_of(0)
    length = (index.end_pts - index.pts_of(0)) * index.time_base
    middles = (begin + length * Fraction(2 * part + 1, 2 * count) for part in range(count))
    return sorted({index.frame_at(at) for at in middles})


def _tile(reader: SourceFrames, number: int) -> tuple[Pixels, SheetTile]:
    index, video = reader.index, reader.video
    pts = index.pts_of(number)
    shown_ms = int(index.seconds_of(number) * 1000)
    read = next(reader.read(pts, pts + 1), None)
    height = max(round(TILE_WIDTH * video.height * video.sar[1] / (video.width * video.sar[0])), 1)
    if read is None:
        picture = np.full((height, TILE_WIDTH, 3), EMPTY, dtype=np.uint8)
    else:
        shown, _ = shown_picture(read.frame, video.rotation)
        square = square_of(rgb_of(shown, colour_of(read.frame)), video)
        picture = np.asarray(cv2.resize(square, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    state: State = "missing" if read is None else "damaged" if read.is_damaged else "whole"
    words = f"{_clock(shown_ms)}  frame {number:,}" + ("" if state == "whole" else f", {state}")
    cell = np.concatenate([picture, _line(words, TILE_WIDTH)])
    return cell, SheetTile(frame=number, pts=pts, shown_ms=shown_ms, state=state)


def _clock(shown_ms: int) -> str:
    minutes, rest_ms = divmod(shown_ms, 60_000)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest_ms // 1000:02d}.{rest_ms % 1000:03d}"


def _line(text: str, width: int) -> Pixels:
    """Black on paper, cut at `width`."""
    mask = line_mask(text, LETTERS)[:, :width]
    line = np.full((mask.shape[0], width, 3), PAPER, dtype=np.uint8)
    line[:, : mask.shape[1]] = PAPER - mask[:, :, None]
    return line


def _page(cells: list[Pixels], heading: str) -> Pixels:
    columns = min(COLUMNS, len(cells))
    cell_height = cells[0].shape[0]
    width = columns * (TILE_WIDTH + GAP) + GAP
    head = _line(heading, width - 2 * GAP)
    top = head.shape[0] + 2 * GAP
    page = np.full((top + ceil(len(cells) / columns) * (cell_height + GAP), width, 3), PAPER, dtype=np.uint8)
    page[GAP : GAP + head.shape[0], GAP : width - GAP] = head
    for number, cell in enumerate(cells):
        down, across = top + number // columns * (cell_height + GAP), GAP + number % columns * (TILE_WIDTH + GAP)
        page[down : down + cell_height, across : across + TILE_WIDTH] = cell
    return page
