"""Follows one thing from picture to picture, stops when it is lost, and takes it up again when it comes back.

`take` gives the box or None, and None means: not seen here. A guess is never passed off as a sight. What it looked
like when it was drawn is kept for good; how it looked lately is kept beside it, for faces turn. Small faces look much
alike, so what seems to have come back is followed backwards first: somebody who was elsewhere while it was still in
sight is somebody else.
"""

from collections import deque
from collections.abc import Iterable

import cv2
import numpy as np

from workers.media.detect.flow import Patch, alike, is_in_picture, patch, stepped, tone
from workers.media.detect.kalman import Vector
from workers.media.detect.motion import Grey
from workers.media.detect.tracking import apart, grown

LEAST_ALIKE = 0.55
"""Below this it is not what was followed a moment ago."""
LEARNED_ALIKE = 0.75
AGAIN_ALIKE = 0.78
"""What is taken up again must look more like it than what is merely carried on."""
AGAIN_FOUND = 0.6
"""The same where a detector says that there is such a thing."""
AHEAD_OF_NEXT = 0.04
LEARN_EVERY = 5
REACH, REACH_A_FRAME, REACH_MOST = 0.6, 0.1, 6.0
MOST_BRIGHTER, MOST_CONTRAST = 35.0, 1.5
HEADING_FRAMES = 30
NEW_SPEED = 0.15
SCALES = (0.8, 1.0, 1.25)
MOST_GROWN = 1.8
REMEMBERED = 75
"""Pictures. It may have been lost for so long for what comes back to be followed to that moment; 17 MB at 640."""
ELSEWHERE = 0.5
"""Box sizes apart."""
MOST_OTHERS = 8
"""Of those that were found to be somebody else, so many looks are kept."""


class Follower:
    """One thing, drawn as a box on the first picture; boxes in pixels of the greys."""

    def __init__(self, grey: Grey, box: Vector) -> None:
        self._before, self._box = grey, box
        self._first = self._lately = patch(grey, box)
        self._tone = self._tone_of(grey, box)
        self._is_lost = False
        self._lost_for = self._since_learned = 0
        self._speed = np.zeros(2)
        self._past: deque[Grey] = deque(maxlen=REMEMBERED)
        self._others: deque[Patch] = deque(maxlen=MOST_OTHERS)

    @property
    def is_lost(self) -> bool:
        """Whether it is being looked for."""
        return self._is_lost

    def take(self, grey: Grey, found: Iterable[Vector] | None = None) -> Vector | None:
        """The next picture, and where a detector sees such things in it (None: it was not asked)."""
        self._past.append(self._before)
        box = self._on(grey) if not self._is_lost else None
        if box is None:
            box = self._again(grey, found)
            if box is not None and self._was_elsewhere(grey, box):
                self._others.append(patch(grey, box))
                box = None
        self._before = grey
        self._is_lost = box is None
        self._lost_for = 0 if box is not None else self._lost_for + 1
        if box is not None:
            self._box = box
        return box

    def _expected(self) -> Vector:
        """Where it should be by now if it kept its heading, for a while."""
        ahead = self._speed * min(self._lost_for + 1, HEADING_FRAMES)
        return np.concatenate([self._box[:2] + ahead, self._box[2:]])

    def _on(self, grey: Grey) -> Vector | None:
        box = stepped(self._before, grey, self._box)
        if box is None:
            return None
        look = patch(grey, box)
        likeness = self._likeness(look)
        if likeness < LEAST_ALIKE:
            return None
        self._since_learned += 1
        if likeness >= LEARNED_ALIKE:
            self._speed = self._speed * (1 - NEW_SPEED) + (box - self._box)[:2] * NEW_SPEED
        if self._since_learned >= LEARN_EVERY and likeness >= LEARNED_ALIKE:
            self._lately, self._since_learned = look, 0
            self._tone = self._tone_of(grey, box)
        return box

    def _again(self, grey: Grey, found: Iterable[Vector] | None) -> Vector | None:
        reach = min(REACH + REACH_A_FRAME * self._lost_for, REACH_MOST)
        near = self._expected()
        seen = [box for box in found or () if apart(box, near) <= reach and grown(box, near) <= MOST_GROWN]
        if (box := self._best(grey, seen, AGAIN_FOUND)) is not None:
            return box
        return self._best(grey, self._searched(grey, near, reach), AGAIN_ALIKE)

    def _was_elsewhere(self, grey: Grey, box: Vector) -> bool:
        """Whether this, followed backwards, was in another place on the last picture that the thing was seen on. Where
        it cannot be followed so far, for it came out from behind something, it was not."""
        back = self._lost_for + 1
        if back > len(self._past):
            return False
        look = patch(grey, box)
        for before in list(self._past)[: -back - 1 : -1]:
            moved = stepped(grey, before, box)
            if moved is None:
                return False
            earlier = patch(before, moved)
            if alike(look, earlier) < LEAST_ALIKE:
                return False
            grey, box, look = before, moved, earlier
        return apart(box, self._box) > ELSEWHERE

    def _best(self, grey: Grey, boxes: list[Vector], least: float) -> Vector | None:
        """The one that looks like it, if no other place looks nearly as much like it."""
        boxes = [box for box in boxes if self._has_its_tone(grey, box) and not self._is_another(patch(grey, box))]
        rated = sorted(((self._likeness(patch(grey, box)), at) for at, box in enumerate(boxes)), reverse=True)
        if not rated or rated[0][0] < least:
            return None
        best = boxes[rated[0][1]]
        rivals = [likeness for likeness, at in rated[1:] if apart(boxes[at], best) > 0.5]
        return None if rivals and rated[0][0] - rivals[0] < AHEAD_OF_NEXT else best

    def _searched(self, grey: Grey, near: Vector, reach: float) -> list[Vector]:
        """The best place at each scale, and the best place elsewhere, within `reach` box sizes."""
        found = []
        margin = float(np.sqrt(near[2] * near[3])) * reach
        left, top = max(int(near[0] - margin), 0), max(int(near[1] - margin), 0)
        right, bottom = max(int(near[0] + near[2] + margin), 0), max(int(near[1] + near[3] + margin), 0)
        area = np.ascontiguousarray(grey[top:bottom, left:right])
        for scale in SCALES:
            size = self._box[2:] * scale
            shape = (max(round(size[0]), 6), max(round(size[1]), 6))
            if area.shape[0] <= shape[1] or area.shape[1] <= shape[0]:
                continue
            for template in (self._first, self._lately):
                rates = cv2.matchTemplate(area, _shown(template, shape), cv2.TM_CCOEFF_NORMED)
                for _ in range(2):
                    _, _, _, (x, y) = cv2.minMaxLoc(rates)
                    box = np.array([left + x, top + y, shape[0], shape[1]], dtype=np.float64)
                    if is_in_picture(box, grey):
                        found.append(box)
                    cv2.circle(rates, (x, y), max(shape) // 2, -1.0, -1)
        return found

    @staticmethod
    def _tone_of(grey: Grey, box: Vector) -> tuple[float, float]:
        mean, spread = tone(grey, box)
        return mean, max(spread, 1.0)

    def _has_its_tone(self, grey: Grey, box: Vector) -> bool:
        """Likeness sees shapes alone, and a blotch on a wall can have any; brightness and contrast must fit too."""
        mean, spread = tone(grey, box)
        return (
            abs(mean - self._tone[0]) <= MOST_BRIGHTER and 1 / MOST_CONTRAST <= spread / self._tone[1] <= MOST_CONTRAST
        )

    def _is_another(self, look: Patch) -> bool:
        """Whether it looks more like somebody else whom we know."""
        return any(alike(look, other) > self._likeness(look) for other in self._others)

    def _likeness(self, look: Patch) -> float:
        return max(alike(look, self._first), alike(look, self._lately))


def _shown(template: Patch, shape: tuple[int, int]) -> Grey:
    """The patch as a picture of this width and height."""
    span = float(np.abs(template).max()) or 1.0
    return np.asarray(cv2.resize(template / span * 100 + 128, shape, interpolation=cv2.INTER_AREA), dtype=np.uint8)
