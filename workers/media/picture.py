"""One decoded frame as the picture that is shown: 8-bit 4:2:0, turned upright, of even size, in memory of its own.

A fresh frame is made every time, never the decoder's: it carries the planes and the colour description and nothing
else, so captions, GPS units and other side data of the source cannot travel on. Odd sides get their last column or
row repeated.
"""

from dataclasses import dataclass

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from workers.media.mask import Plane, Planes

AS_THEY_ARE = frozenset({"yuv420p", "yuvj420p"})
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT | Interpolation.FULL_CHR_H_INT
HD_LINES = 720
MATRIX_BT709, MATRIX_BT601 = 1, 6
UNSPECIFIED = 2


@dataclass(frozen=True, slots=True)
class Colour:
    """What a picture's numbers mean: H.273 code points, and the range (1 limited, 2 full, 0 unspecified)."""

    range: int
    matrix: int
    primaries: int
    transfer: int

    @property
    def is_full_range(self) -> bool:
        """0 to 255 rather than 16 to 235."""
        return self.range == ColorRange.JPEG


def colour_of(frame: VideoFrame) -> Colour:
    """The colours of the frame once it is 4:2:0; of RGB, those that it is turned into."""
    if frame.format.is_rgb:
        matrix = default_matrix(frame.height)
        return Colour(range=ColorRange.MPEG, matrix=matrix, primaries=UNSPECIFIED, transfer=UNSPECIFIED)
    is_full = frame.format.name.startswith("yuvj") or frame.color_range == ColorRange.JPEG
    return Colour(
        range=ColorRange.JPEG if is_full else int(frame.color_range),
        matrix=int(frame.colorspace),
        primaries=int(frame.color_primaries),
        transfer=int(frame.color_trc),
    )


def default_matrix(lines: int) -> int:
    """What players take where the stream does not say: BT.709 from 720 lines on, BT.601 below."""
    return MATRIX_BT709 if lines >= HD_LINES else MATRIX_BT601


def shown_size(frame: VideoFrame, rotation: int) -> tuple[int, int]:
    """Width and height after turning by `rotation` degrees."""
    return (frame.height, frame.width) if rotation % 180 else (frame.width, frame.height)


def shown_picture(frame: VideoFrame, rotation: int) -> tuple[VideoFrame, Planes]:
    """A new frame with the shown picture, and its writable planes; `rotation` is clockwise, in quarter turns."""
    source = frame if frame.format.name in AS_THEY_ARE else _as_420(frame)
    width, height = shown_size(frame, rotation)
    shown = av.VideoFrame(width + width % 2, height + height % 2, "yuv420p")
    views = [plane_view(plane) for plane in shown.planes]
    for view, plane in zip(views, source.planes, strict=True):
        _place(view, np.rot90(plane_view(plane), -(rotation // 90)))
    return shown, Planes(*views)


def plane_view(plane: VideoPlane) -> Plane:
    """The plane's memory as (height, width) bytes, without the padding at the ends of its lines."""
    rows = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(-1, plane.line_size)
    view: Plane = rows[: plane.height, : plane.width]
    return view


def _place(view: Plane, picture: Plane) -> None:
    """Copy, repeating the last row and column where the view is larger."""
    height, width = picture.shape
    view[:height, :width] = picture
    view[:height, width:] = view[:height, width - 1 : width]
    view[height:, :] = view[height - 1 : height, :]


def _as_420(frame: VideoFrame) -> VideoFrame:
    colour = colour_of(frame)
    if frame.format.is_rgb:
        matrix = Colorspace.ITU709 if colour.matrix == MATRIX_BT709 else Colorspace.ITU601
        return frame.reformat(
            format="yuv420p", dst_colorspace=matrix, dst_color_range=ColorRange.MPEG, interpolation=EXACT, threads=1
        )
    scale = ColorRange.JPEG if colour.is_full_range else ColorRange.MPEG
    return frame.reformat(
        format="yuv420p", src_color_range=scale, dst_color_range=scale, interpolation=EXACT, threads=1
    )
