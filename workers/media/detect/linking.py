"""Joins tracklets that are one thing: over a gap when somebody passes in front, and where two lie on one face.

Without appearance: by where the one was heading and where the other came from. All tracklets are known by then, so
both sides of a gap count. A short gap is bridged (covered throughout, for a detector that missed a face looks the same
as a face that was hidden); over a longer one the track is only carried on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workers.media.detect.kalman import Vector
from workers.media.detect.overlaps import contained
from workers.media.detect.tracking import Tracklet, apart, grown, nearest

BRIDGED_S = 3.0
"""A gap of at most this is filled in."""
CARRIED_S = 8.0
"""Over a gap of at most this a track goes on, if what comes back is nearly where it was; nothing is covered there."""
SPEED_OVER_S = 0.7
HEADING_S = 1.0
"""How long a thing is taken to keep its heading; after that it is expected to stay."""
REACH, REACH_PER_S, REACH_MOST = 0.9, 0.6, 2.0
CARRIED_REACH = 0.8
MOST_GROWN = 1.8
FAINT_LOOKS = 5
CLEAR = 0.5
SAME_SHARE = 0.6
SAME_LOOKS = 0.6


@dataclass
class Linked:
    """One thing: its stretches in the order of time."""

    pieces: list[Tracklet]

    @property
    def scores(self) -> list[float]:
        """Of all its finds."""
        return [score for piece in self.pieces for score in piece.scores]


def link(tracklets: Sequence[Tracklet]) -> list[Linked]:
    """The things that the tracklets show, in the order in which they begin."""
    rest = _absorbed(list(tracklets))
    for reach_s in (BRIDGED_S / 3, BRIDGED_S):
        rest = _bridged(rest, reach_s)
    return _carried(rest)


def things_of(sure: Sequence[Tracklet], faint: Sequence[Tracklet]) -> tuple[list[Linked], int]:
    """The things, those last that were never sure but seen often and near together; and how many finds were left out.

    Left out is what was seen once and not clearly, and what was faint and rare: noise far more often than not.
    """
    linked = link(sure)
    clear = [row for row in linked if len(row.scores) > 1 or row.scores[0] >= CLEAR]
    proposed = [Linked([row]) for row in faint if len(row.frames) >= FAINT_LOOKS]
    return [*clear, *proposed], len(linked) + len(faint) - len(clear) - len(proposed)


def _absorbed(tracklets: list[Tracklet]) -> list[Tracklet]:
    """Without those that lie on a longer one for most of their looks (a box within a box)."""
    kept: list[Tracklet] = []
    for one in sorted(tracklets, key=lambda row: -len(row.frames)):
        if not any(_lies_on(one, other) for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda row: (row.frames[0], row.boxes[0][0]))


def _lies_on(one: Tracklet, other: Tracklet) -> bool:
    if one.times[0] < other.times[0] or one.times[-1] > other.times[-1]:
        return False
    where = dict(zip(other.frames, other.boxes, strict=True))
    shared = [
        float(contained(box, where[frame][None])[0])
        for frame, box in zip(one.frames, one.boxes, strict=True)
        if frame in where
    ]
    return bool(shared) and sum(share > SAME_SHARE for share in shared) >= SAME_LOOKS * len(one.frames)


def _bridged(tracklets: list[Tracklet], most_s: float) -> list[Tracklet]:
    costs = []
    for at, one in enumerate(tracklets):
        for after, other in enumerate(tracklets):
            gap_s = other.times[0] - one.times[-1]
            if 0 < gap_s <= most_s and (cost := misfit(one, other, gap_s)) is not None:
                costs.append((cost, at, after))
    followers = dict(nearest(costs))
    heads = [at for at in range(len(tracklets)) if at not in followers.values()]
    return [_joined(tracklets, followers, head) for head in heads]


def _joined(tracklets: list[Tracklet], followers: dict[int, int], head: int) -> Tracklet:
    whole = Tracklet()
    at: int | None = head
    while at is not None:
        part = tracklets[at]
        for row in zip(part.frames, part.times, part.boxes, part.scores, strict=True):
            whole.add(*row)
        at = followers.get(at)
    return whole


def misfit(one: Tracklet, other: Tracklet, gap_s: float) -> float | None:
    """How badly the two fit, in box sizes; None where they cannot be one."""
    tail, head = one.boxes[-1], other.boxes[0]
    if grown(tail, head) > MOST_GROWN:
        return None
    ahead = moved(tail, _speed(one, at_end=True), min(gap_s, HEADING_S))
    back = moved(head, _speed(other, at_end=False), -min(gap_s, HEADING_S))
    cost = min(apart(ahead, head), apart(back, tail), (apart(ahead, head) + apart(back, tail)) / 2)
    reach = min(REACH + REACH_PER_S * gap_s, REACH_MOST)
    return cost + 0.5 * float(np.log(grown(tail, head))) + 0.2 * gap_s if cost <= reach else None


def _speed(tracklet: Tracklet, *, at_end: bool) -> Vector:
    """Pixels a second of left and top, over the last or first of its finds; none of one find."""
    times, boxes = np.array(tracklet.times), np.array(tracklet.boxes)
    edge = times[-1] if at_end else times[0]
    near = np.abs(times - edge) <= SPEED_OVER_S
    if near.sum() < 3:
        return np.zeros(2)
    centres = boxes[near, :2] + boxes[near, 2:] / 2
    since = times[near] - times[near].mean()
    return np.asarray((since[:, None] * (centres - centres.mean(axis=0))).sum(axis=0) / (since**2).sum())


def moved(box: Vector, speed: Vector, for_s: float) -> Vector:
    """The box so many seconds on."""
    return np.array([box[0] + speed[0] * for_s, box[1] + speed[1] * for_s, box[2], box[3]])


def _carried(tracklets: list[Tracklet]) -> list[Linked]:
    costs = []
    for at, one in enumerate(tracklets):
        for after, other in enumerate(tracklets):
            gap_s = other.times[0] - one.times[-1]
            tail, head = one.boxes[-1], other.boxes[0]
            is_near = grown(tail, head) <= MOST_GROWN and apart(tail, head) <= CARRIED_REACH
            if BRIDGED_S < gap_s <= CARRIED_S and is_near:
                costs.append((apart(tail, head), at, after))
    followers = dict(nearest(costs))
    found = []
    for head_at in (at for at in range(len(tracklets)) if at not in followers.values()):
        pieces, at_now = [tracklets[head_at]], head_at
        while at_now in followers:
            at_now = followers[at_now]
            pieces.append(tracklets[at_now])
        found.append(Linked(pieces))
    return found
