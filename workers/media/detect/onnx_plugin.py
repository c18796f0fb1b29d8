"""A detector from an ONNX file that the operator supplies, by one plain contract.

One input, float32, 1 x 3 x height x width, RGB from 0 to 1 (or to 255, as configured). The first output has rows of
left, top, right, bottom in pixels of that input, and a score from 0 to 1; further columns (a class) are left aside; one
leading dimension of 1 may stand before the rows. Models exported with their suppression ('end to end') are so.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from workers.media.detect.detectors import NONE, Boxes, Identity, Picture
from workers.media.detect.errors import DetectorRefused
from workers.media.detect.onnx_model import model_read, session
from workers.media.recipe_model import TrackKind

STEP_PX = 32
COLUMNS = 5


@dataclass(frozen=True, kw_only=True)
class OnnxOptions:
    """What the file does not say of itself. `longest_px`: of its picture, where its input leaves that open."""

    name: str
    version: str
    licence: str
    kind: TrackKind
    highest: float = 1.0
    longest_px: int = 640
    spawn: float = 0.5
    keep: float = 0.3


class OnnxDetector:
    """Runs the file as it is; a picture is fitted into its top left corner, the rest is grey."""

    is_parallel = True

    def __init__(self, path: Path, options: OnnxOptions) -> None:
        content = model_read(path)
        self._session, self._options = session(content), options
        self.spawn, self.keep = options.spawn, options.keep
        self.identity = Identity(
            name=options.name,
            version=options.version,
            sha256=hashlib.sha256(content).hexdigest(),
            licence=options.licence,
            kind=options.kind,
        )
        inputs = self._session.get_inputs()
        if len(inputs) != 1 or len(inputs[0].shape) != 4 or inputs[0].type != "tensor(float)":
            raise DetectorRefused(
                "The detector's ONNX file must have one input of float32, 1 x 3 x height x width.",
                detector=options.name,
            )
        self._input = inputs[0].name
        self._fixed = tuple(side if isinstance(side, int) else None for side in inputs[0].shape[2:])

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Of the recording's shape, within the model's input."""
        high, wide = self._fixed
        limits = (wide or self._options.longest_px) / width, (high or self._options.longest_px) / height
        scale = min(*limits, 1.0)
        return max(round(width * scale), 1), max(round(height * scale), 1)

    def detect(self, picture: Picture) -> Boxes:
        """See Detector."""
        height, width = picture.shape[:2]
        high, wide = self._fixed[0] or -(-height // STEP_PX) * STEP_PX, self._fixed[1] or -(-width // STEP_PX) * STEP_PX
        fitted = np.full((1, 3, high, wide), self._options.highest / 2, dtype=np.float32)
        fitted[0, :, :height, :width] = picture.transpose(2, 0, 1) * (self._options.highest / 255)
        rows = np.asarray(self._session.run(None, {self._input: fitted})[0])
        rows = rows[0] if rows.ndim == 3 and rows.shape[0] == 1 else rows
        if rows.size == 0:
            return NONE
        if rows.ndim != 2 or rows.shape[1] < COLUMNS:
            raise ValueError(f"its first output has the shape {rows.shape}")
        sure = rows[rows[:, 4] >= self.keep]
        sides = sure[:, 2:4] - sure[:, :2]
        return np.concatenate([sure[:, :2], sides, sure[:, 4:5]], axis=1).astype(np.float32)
