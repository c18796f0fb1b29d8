"""Where a box is expected next: a Kalman filter of constant velocity, each side by itself.

Everything is counted in the box's own size, so that near and far faces are followed alike. Times in seconds.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Vector: TypeAlias = npt.NDArray[np.float64]

SEEN_NOISE = np.array([0.08, 0.08, 0.10, 0.10])
"""How far detectors err in centre and size, in box sizes."""
FIRST_SPEED = np.array([1.5, 1.5, 0.4, 0.4])
"""How fast a new thing may be, in box sizes a second."""
JERK = np.array([3.0, 3.0, 0.4, 0.4])
"""How quickly speed changes: people turn, stop, and are jolted."""


class Kalman:
    """One box: centre x and y, width, height."""

    def __init__(self, box: Vector, at_s: float) -> None:
        self._state, self._speed, self._at_s = _centred(box), np.zeros(4), at_s
        unit = self.unit
        self._place_var = (SEEN_NOISE * unit) ** 2
        self._speed_var = (FIRST_SPEED * unit) ** 2
        self._mixed_var = np.zeros(4)

    @property
    def unit(self) -> float:
        """The box's size in pixels: the side of a square of its area."""
        return float(max(np.sqrt(abs(self._state[2] * self._state[3])), 1.0))

    def expected(self, at_s: float) -> Vector:
        """Left, top, width, height at a later time."""
        after = max(at_s - self._at_s, 0.0)
        state = self._state + self._speed * after
        state[2:] = np.clip(state[2:], self._state[2:] * 0.5, self._state[2:] * 2.0)
        return _cornered(state)

    def doubt(self, at_s: float) -> float:
        """Standard deviation of the expected centre in pixels."""
        place_var, _, _ = self._later(at_s)
        return float(np.sqrt(place_var[:2].max()))

    def see(self, box: Vector, at_s: float) -> None:
        """Take in where it was found."""
        place_var, mixed_var, speed_var = self._later(at_s)
        state = self._state + self._speed * max(at_s - self._at_s, 0.0)
        missed = _centred(box) - state
        seen_var = (SEEN_NOISE * self.unit) ** 2
        place_gain = place_var / (place_var + seen_var)
        speed_gain = mixed_var / (place_var + seen_var)
        self._state, self._speed, self._at_s = state + place_gain * missed, self._speed + speed_gain * missed, at_s
        self._place_var = (1 - place_gain) * place_var
        self._speed_var = speed_var - speed_gain * mixed_var
        self._mixed_var = (1 - place_gain) * mixed_var

    def _later(self, at_s: float) -> tuple[Vector, Vector, Vector]:
        after = max(at_s - self._at_s, 0.0)
        drive = (JERK * self.unit) ** 2
        place = self._place_var + 2 * after * self._mixed_var + after**2 * self._speed_var + drive * after**3 / 3
        mixed = self._mixed_var + after * self._speed_var + drive * after**2 / 2
        return place, mixed, self._speed_var + drive * after


def _centred(box: Vector) -> Vector:
    return np.array([box[0] + box[2] / 2, box[1] + box[3] / 2, box[2], box[3]], dtype=np.float64)


def _cornered(state: Vector) -> Vector:
    return np.array([state[0] - state[2] / 2, state[1] - state[3] / 2, state[2], state[3]], dtype=np.float64)
