"""Puts the finds of one look to those of the looks before: tracklets, unbroken but for short misses.

After ByteTrack (Zhang et al., 2022): sure finds are placed first and may begin a tracklet, doubtful ones continue one.
Doubtful ones that continue none are left over, to be followed by themselves: in a crowd they would lead others astray.
What a tracklet cannot bridge (a lamp post, a turned head) is left to `linking`, which sees both sides of the gap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from workers.media.detect.detectors import Boxes
from workers.media.detect.kalman import Kalman, Vector

MISSED_S = 1.0
"""So long a tracklet waits for its next find."""
NEAR = 1.0
"""How far from where it is expected a find may lie at once, in box sizes; doubt adds to it, up to FAR."""
FAR = 2.5
DOUBTS = 2.0
MOST_GROWN = 2.2
"""Sizes that differ more are not the same thing."""
SIZE_WEIGHT = 0.7


@dataclass
class Tracklet:
    """Finds of one thing in the order of time: frame number, seconds, box with the camera's motion taken out, score."""

    frames: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    boxes: list[Vector] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def add(self, frame: int, at_s: float, box: Vector, score: float) -> None:
        """One more find."""
        self.frames.append(frame)
        self.times.append(at_s)
        self.boxes.append(box)
        self.scores.append(score)


@dataclass
class _Open:
    tracklet: Tracklet
    filter: Kalman


class Tracker:
    """Follows all finds of one detector; `spawn` is the score from which one is sure."""

    def __init__(self, *, spawn: float) -> None:
        self._spawn = spawn
        self._open: list[_Open] = []
        self._closed: list[Tracklet] = []

    def take(self, frame: int, at_s: float, found: Boxes) -> Boxes:
        """One look: rows of left, top, width, height, score, the camera's motion taken out; gives what is left over."""
        self._close(at_s)
        boxes = found[:, :4].astype(np.float64)
        scores = [float(score) for score in found[:, 4]]
        sure = [row for row, score in enumerate(scores) if score >= self._spawn]
        doubtful = [row for row, score in enumerate(scores) if score < self._spawn]
        waiting = list(range(len(self._open)))
        for rows in (sure, doubtful):
            for place, row in self._pairs(waiting, list(rows), boxes, at_s):
                waiting.remove(place)
                rows.remove(row)
                self._open[place].filter.see(boxes[row], at_s)
                self._open[place].tracklet.add(frame, at_s, boxes[row], scores[row])
        for row in sure:
            begun = _Open(Tracklet(), Kalman(boxes[row], at_s))
            begun.tracklet.add(frame, at_s, boxes[row], scores[row])
            self._open.append(begun)
        return found[doubtful]

    def finish(self) -> list[Tracklet]:
        """All tracklets, in the order in which they begin."""
        found = [*self._closed, *(row.tracklet for row in self._open)]
        return sorted(found, key=lambda tracklet: (tracklet.frames[0], tracklet.boxes[0][0]))

    def _close(self, at_s: float) -> None:
        self._closed += [row.tracklet for row in self._open if at_s - row.tracklet.times[-1] > MISSED_S]
        self._open = [row for row in self._open if at_s - row.tracklet.times[-1] <= MISSED_S]

    def _pairs(self, places: Sequence[int], rows: Sequence[int], boxes: Vector, at_s: float) -> list[tuple[int, int]]:
        """Nearest first: (open tracklet, find), each at most once."""
        costs = []
        for place in places:
            tracked = self._open[place].filter
            expected = tracked.expected(at_s)
            reach = min(NEAR + DOUBTS * tracked.doubt(at_s) / tracked.unit, FAR)
            for row in rows:
                cost = apart(expected, boxes[row])
                if cost <= reach and grown(expected, boxes[row]) <= MOST_GROWN:
                    costs.append((cost + SIZE_WEIGHT * np.log(grown(expected, boxes[row])), place, row))
        return nearest(costs)


def nearest(costs: list[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Pairs by rising cost, each side at most once."""
    pairs: list[tuple[int, int]] = []
    ones: set[int] = set()
    others: set[int] = set()
    for _, one, other in sorted(costs):
        if one not in ones and other not in others:
            pairs.append((one, other))
            ones.add(one)
            others.add(other)
    return pairs


def apart(one: Vector, other: Vector) -> float:
    """Distance of two boxes' centres, in their mean size."""
    across = one[0] + one[2] / 2 - other[0] - other[2] / 2
    down = one[1] + one[3] / 2 - other[1] - other[3] / 2
    size = (np.sqrt(one[2] * one[3]) + np.sqrt(other[2] * other[3])) / 2
    return float(np.hypot(across, down) / max(size, 1.0))


def grown(one: Vector, other: Vector) -> float:
    """How many times larger the larger is, by its side."""
    ratio = np.sqrt(max(one[2] * one[3], 1e-6) / max(other[2] * other[3], 1e-6))
    return float(max(ratio, 1 / ratio))
