"""Small pictures along the timeline, from key frames only: one sprite sheet and a map of it.

A key frame decodes alone, so a picture costs one intra decode wherever it lies; at most 80 are taken however long the
recording is. The sheet carries no metadata, and shows frames as displayed: rotated and in their true shape.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream
from PIL import Image

from workers.media.decoders import LIMITS
from workers.media.frame_index import FrameIndex
from workers.media.reports import StoryboardReport
from workers.media.source import AnyPacket

MAX_TILES = 80
TILE_SIDE = 160
COLUMNS = 10
JPEG_QUALITY = 70
SHRINK_FIRST = 3

IMAGE_NAME = "storyboard.jpg"
MAP_NAME = "storyboard.json"
THUMBNAIL_NAME = "thumbnail.jpg"


class Storyboard:
    """Collects tiles from the key packets of one video stream as they pass.

    ``rotation`` is the probe's, clockwise degrees: it is the container's word, which a bare decoder does not hear.
    """

    def __init__(self, stream: VideoStream, *, duration: Fraction, rotation: int) -> None:
        self._stream = stream
        self._rotation = rotation
        self._step = duration / MAX_TILES / (stream.time_base or Fraction(1))
        self._decoder = _decoder_for(stream)
        self._next: Fraction | None = None
        self._size: tuple[int, int] | None = None
        self._tiles: list[tuple[int, Image.Image]] = []
        self.unreadable = 0

    def add(self, packet: AnyPacket) -> None:
        """Take one packet; decodes it if it is a key picture and the next tile is due."""
        if not packet.is_keyframe or len(self._tiles) >= MAX_TILES:
            return
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or (self._next is not None and at < self._next):
            return
        tile = self._tile(packet)
        if tile is None:
            self.unreadable += 1
            return
        self._next = max(self._next or Fraction(at), Fraction(at)) + self._step
        self._tiles.append((at, tile))

    def _tile(self, packet: AnyPacket) -> Image.Image | None:
        try:
            pictures = self._decoder.decode(packet) + self._decoder.decode(None)
            return self._shrink(pictures[0]) if pictures else None
        except av.error.FFmpegError:
            return None
        finally:
            self._decoder.flush_buffers()

    def _shrink(self, picture: VideoFrame) -> Image.Image:
        if self._size is None:
            self._size = tile_size(picture, self._stream.sample_aspect_ratio)
        width, height = self._size
        half = picture.reformat(
            width=min(picture.width, width * SHRINK_FIRST),
            height=min(picture.height, height * SHRINK_FIRST),
            format="rgb24",
            interpolation=Interpolation.FAST_BILINEAR,
        )
        small = half.reformat(width=width, height=height, interpolation=Interpolation.AREA)
        pixels = np.rot90(small.to_ndarray(), k=-(self._rotation // 90))
        return Image.fromarray(np.ascontiguousarray(pixels))

    def write(self, out_dir: Path, index: FrameIndex) -> StoryboardReport | None:
        """Write the sheet, its map and first tile into ``out_dir``; None, and no file, where no picture could be had.

        Pictures that an edit list hides are left out: nobody is to see here what no player shows.

        Map: ``{"v", "image", "tile": [w, h], "columns", "tiles": [[frame, shown seconds], ...]}``; tile i lies at
        column ``i % columns``, row ``i // columns``.
        """
        tiles = sorted(
            (pair for pair in self._tiles if index.pts[0] <= pair[0] < index.end_pts), key=lambda pair: pair[0]
        )
        if not tiles:
            return None
        width, height = tiles[0][1].size
        columns = min(COLUMNS, len(tiles))
        sheet = Image.new("RGB", (width * columns, height * -(-len(tiles) // columns)))
        rows: list[list[float]] = []
        for number, (at, tile) in enumerate(tiles):
            sheet.paste(tile, (number % columns * width, number // columns * height))
            frame = index.frame_of_pts(at)
            rows.append([frame, round(float(index.seconds_of(frame)), 3)])
        sheet.save(out_dir / IMAGE_NAME, "JPEG", quality=JPEG_QUALITY)
        sheet.crop((0, 0, width, height)).save(out_dir / THUMBNAIL_NAME, "JPEG", quality=JPEG_QUALITY)
        content = {"v": 1, "image": IMAGE_NAME, "tile": [width, height], "columns": columns, "tiles": rows}
        (out_dir / MAP_NAME).write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
        return StoryboardReport(tiles=len(rows), tile_width=width, tile_height=height, unreadable=self.unreadable)


def tile_size(picture: VideoFrame, sar: Fraction | None) -> tuple[int, int]:
    """Stored-orientation size of a tile: the longer displayed side is 160, never enlarged, true shape."""
    width = picture.width * (sar if sar and sar > 0 else Fraction(1))
    scale = min(Fraction(1), TILE_SIDE / max(width, Fraction(picture.height)))
    return max(2, round(width * scale)), max(2, round(picture.height * scale))


def _decoder_for(stream: VideoStream) -> VideoCodecContext:
    """A decoder of its own, one thread, without the filter that only smooths what the tile shrinks away."""
    source = stream.codec_context
    decoder = cast(VideoCodecContext, av.CodecContext.create(source.codec.name, "r"))
    decoder.extradata = source.extradata
    decoder.thread_count = 1
    decoder.options = {"skip_loop_filter": "all", **LIMITS}
    return decoder
