"""How far boxes share their area, and which of several on one thing remain. Rows: left, top, width, height, score."""

import numpy as np
import numpy.typing as npt

from workers.media.detect.detectors import Boxes


def shared(one: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Intersection over union of one box with each of the others."""
    across, _ = _met(one, others)
    union = one[2] * one[3] + others[:, 2] * others[:, 3] - across
    part: npt.NDArray[np.float64] = across / np.maximum(union, 1e-9)
    return part


def contained(one: npt.NDArray[np.floating], others: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Intersection over the smaller of the two."""
    across, smaller = _met(one, others)
    return across / np.maximum(smaller, 1e-9)


def suppressed(boxes: Boxes, *, most_shared: float) -> Boxes:
    """Best first; of boxes that share more than `most_shared`, only the best."""
    rest = boxes[np.argsort(-boxes[:, 4], kind="stable")]
    kept = []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][shared(rest[0], rest[1:]) < most_shared]
    return np.array(kept, dtype=np.float32).reshape(-1, 5)


def _met(
    one: npt.NDArray[np.floating], others: npt.NDArray[np.floating]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    wide = np.minimum(one[0] + one[2], others[:, 0] + others[:, 2]) - np.maximum(one[0], others[:, 0])
    high = np.minimum(one[1] + one[3], others[:, 1] + others[:, 3]) - np.maximum(one[1], others[:, 1])
    across = np.maximum(wide, 0).astype(np.float64) * np.maximum(high, 0)
    return across, np.minimum(one[2] * one[3], others[:, 2] * others[:, 3]).astype(np.float64)
