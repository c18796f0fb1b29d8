"""One step of following a drawn box: from one picture to the next by the motion of points in it, and whether it is it.

Median flow (Kalal et al., 2010) on Lucas-Kanade points, which every build of OpenCV has. Flow alone goes on happily
on the wall behind somebody who has left; so each step is held against how the thing looked, and fails if it does not.
"""

from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from workers.media.detect.kalman import Vector
from workers.media.detect.motion import Grey

Points: TypeAlias = npt.NDArray[np.float32]
Patch: TypeAlias = npt.NDArray[np.float32]

MOST_POINTS = 60
LEAST_POINTS = 6
LEAST_SHARE = 0.3
"""So many of the points must come back to where they started when followed backwards."""
MOST_ERROR_PX = 1.0
PATCH_PX = 32
WINDOW = (15, 15)
LEVELS = 3
SCALE_A_STEP = 0.12
LEAST_PX = 6.0
LEAST_INSIDE = 0.35


def stepped(before: Grey, now: Grey, box: Vector) -> Vector | None:
    """Where the box of `before` (left, top, width, height in pixels of the greys) is now; None where that is lost."""
    points = _points(before, box)
    if points is None:
        return None
    how: Any = {"winSize": WINDOW, "maxLevel": LEVELS}
    ahead, is_ahead, _ = cv2.calcOpticalFlowPyrLK(before, now, points, np.zeros_like(points), **how)
    back, is_back, _ = cv2.calcOpticalFlowPyrLK(now, before, ahead, np.zeros_like(points), **how)
    error = np.linalg.norm((back - points).reshape(-1, 2), axis=1)
    good = (is_ahead.ravel() == 1) & (is_back.ravel() == 1) & (error < MOST_ERROR_PX)
    if good.sum() < max(LEAST_POINTS, LEAST_SHARE * len(points)):
        return None
    old, new = points.reshape(-1, 2)[good], ahead.reshape(-1, 2)[good]
    shift = np.median(new - old, axis=0)
    scale = _scale(old, new)
    centre = box[:2] + box[2:] / 2 + shift
    size = box[2:] * scale
    moved = np.concatenate([centre - size / 2, size])
    return moved if is_in_picture(moved, now) and size.min() >= LEAST_PX else None


def is_in_picture(box: Vector, grey: Grey) -> bool:
    """Whether enough of it lies in the picture to be followed."""
    wide = min(box[0] + box[2], grey.shape[1]) - max(box[0], 0)
    high = min(box[1] + box[3], grey.shape[0]) - max(box[1], 0)
    return bool(wide > 0 and high > 0 and wide * high >= LEAST_INSIDE * box[2] * box[3])


def patch(grey: Grey, box: Vector) -> Patch:
    """How the thing looks: brightness in a small square, its mean and contrast taken out."""
    centre = (float(box[0] + box[2] / 2), float(box[1] + box[3] / 2))
    turn = np.array(
        [[PATCH_PX / box[2], 0, PATCH_PX / 2 - centre[0] * PATCH_PX / box[2]],
         [0, PATCH_PX / box[3], PATCH_PX / 2 - centre[1] * PATCH_PX / box[3]]]
    )  # fmt: skip
    small = cv2.warpAffine(grey, turn, (PATCH_PX, PATCH_PX), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    plain = cv2.GaussianBlur(small.astype(np.float32), (0, 0), 1.0)
    plain -= plain.mean()
    length = float(np.linalg.norm(plain))
    found: Patch = (plain / length if length > 1e-3 else plain).astype(np.float32)
    return found


def tone(grey: Grey, box: Vector) -> tuple[float, float]:
    """Mean and spread of the brightness in the part of the box that lies in the picture."""
    left, top, right, bottom = (int(side) for side in (*np.maximum(box[:2], 0), *(box[:2] + box[2:])))
    inside = grey[top : max(bottom, top + 1), left : max(right, left + 1)]
    return (float(inside.mean()), float(inside.std())) if inside.size else (0.0, 0.0)


def alike(one: Patch, other: Patch) -> float:
    """From -1 to 1: normalised correlation."""
    return float((one * other).sum())


def _points(grey: Grey, box: Vector) -> Points | None:
    """Corners within the box, where its middle counts most; None where there is nothing to hold on to."""
    mask = np.zeros(grey.shape, dtype=np.uint8)
    centre = (int(box[0] + box[2] / 2), int(box[1] + box[3] / 2))
    axes = (max(int(box[2] * 0.45), 2), max(int(box[3] * 0.45), 2))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
    # cv2 gives None where it finds none, which its typing does not say
    found: Points | None = cv2.goodFeaturesToTrack(grey, MOST_POINTS, 0.01, 2, mask=mask)  # type: ignore[assignment]
    return found.astype(np.float32) if found is not None and len(found) >= LEAST_POINTS else None


def _scale(old: Points, new: Points) -> float:
    """The median change of the distances between points."""
    one = np.linalg.norm(old[:, None] - old[None], axis=2)
    other = np.linalg.norm(new[:, None] - new[None], axis=2)
    apart = one > 2.0
    if not apart.any():
        return 1.0
    return float(np.clip(np.median(other[apart] / one[apart]), 1 - SCALE_A_STEP, 1 + SCALE_A_STEP))
