"""How the camera moved from frame to frame, and whether anything in the picture did.

From brightness at about 160 pixels across, for every frame, at less than a millisecond each. Tracks are followed and
filled in where the world stands still, with the camera's shaking taken out: on a body-worn camera a face that is hidden
for a second moves with the street, not with the picture.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from workers.media.picture import plane_view

Grey: TypeAlias = npt.NDArray[np.uint8]

ACROSS_PX = 160
LEAST_RESPONSE = 0.05
"""Below this phase correlation found no common shift: a cut, a blur, a covered lens."""
BLOCK_PX = 8
STILL_LEVELS = 2.0
"""Mean difference of a block, of 255, up to which it counts as not having moved; noise in the dark stays below."""
_LUMA_FIRST = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "nv21", "gray"})


@dataclass(frozen=True, slots=True)
class Offset:
    """Where the camera's first picture lies in this one, in shown pixels."""

    x: float = 0.0
    y: float = 0.0


def grey_of(frame: VideoFrame, rotation: int, *, across_px: int = ACROSS_PX) -> Grey:
    """The frame's brightness, upright, its longer side `across_px` long at most."""
    scale = min(across_px / max(frame.width, frame.height), 1.0)
    size = max(round(frame.width * scale), 1), max(round(frame.height * scale), 1)
    if frame.format.name in _LUMA_FIRST:
        small = cv2.resize(plane_view(frame.planes[0]), size, interpolation=cv2.INTER_AREA)
    else:
        small = frame.reformat(width=size[0], height=size[1], format="gray").to_ndarray()
    return np.ascontiguousarray(np.rot90(small, -(rotation // 90))).astype(np.uint8, copy=False)


class CameraMotion:
    """Takes greys in the order shown; adds up how far the picture has moved since the first."""

    def __init__(self, *, shown_width: int) -> None:
        self._shown_width = shown_width
        self._before: npt.NDArray[np.float32] | None = None
        self._window: npt.NDArray[np.float32] | None = None
        self._x = self._y = 0.0

    def take(self, grey: Grey) -> Offset:
        """The offset of the picture that `grey` was made from."""
        now = grey.astype(np.float32)
        before, self._before = self._before, now
        if before is not None and before.shape == now.shape and min(now.shape) >= BLOCK_PX:
            if self._window is None:
                window = cv2.createHanningWindow((now.shape[1], now.shape[0]), cv2.CV_32F)
                self._window = window.astype(np.float32, copy=False)
            (across, down), response = cv2.phaseCorrelate(before, now, self._window)
            if response >= LEAST_RESPONSE:
                scale = self._shown_width / now.shape[1]
                self._x, self._y = self._x + across * scale, self._y + down * scale
        return Offset(self._x, self._y)


def is_still(one: Grey, other: Grey) -> bool:
    """Whether no block of the picture changed by more than noise does."""
    difference = cv2.absdiff(one, other)
    rows, columns = (-(-side // BLOCK_PX) for side in difference.shape)
    blocks = cv2.resize(difference, (columns, rows), interpolation=cv2.INTER_AREA)
    return float(blocks.max()) <= STILL_LEVELS
