"""What a detector is, and the guard that every answer of one passes through.

A detector is asked with one RGB picture and answers with boxes; it never sees the recording. It may be somebody
else's, so nothing that it says is believed: `Guarded` turns what it raises into a typed error and drops boxes that
cannot be (and counts them). What no guard can hold (a crash of the process, a hang) is the sandbox's.
"""

import re
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from workers.media.detect.errors import DetectorFailed, DetectorRefused
from workers.media.recipe_model import TrackKind

Picture: TypeAlias = npt.NDArray[np.uint8]
Boxes: TypeAlias = npt.NDArray[np.float32]

MAX_BOXES = 500
"""More in one picture is no crowd but a fault; the best are kept."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_VERSION = re.compile(r"[A-Za-z0-9_.+-]{1,64}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MAX_LICENCE = 200
NONE: Boxes = np.zeros((0, 5), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Identity:
    """Which detector it was: what a statement and a recipe record. `sha256` is that of the file that decides."""

    name: str
    version: str
    sha256: str
    licence: str
    kind: TrackKind

    def __post_init__(self) -> None:
        is_named = _NAME.fullmatch(self.name) and _VERSION.fullmatch(self.version) and _SHA256.fullmatch(self.sha256)
        if not is_named or not 0 < len(self.licence) <= _MAX_LICENCE:
            raise DetectorRefused(
                "A detector must say its name, version and licence (letters, digits, _ . - +), and none was used.",
                detector=self.name[:64],
            )

    @property
    def found_by(self) -> str:
        """NAME:VERSION:SHA256, as recipes write it."""
        return f"{self.name}:{self.version}:{self.sha256}"


class Detector(Protocol):
    """The plug-in's side. `keep` is the score from which a box counts, `spawn` that from which it is sure by itself.

    `is_parallel`: `detect` may be called from several threads at once.
    """

    identity: Identity
    spawn: float
    keep: float
    is_parallel: bool

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the picture it wants of a recording that is shown at this size."""

    def detect(self, picture: Picture) -> Boxes:
        """Rows of left, top, width, height in pixels of `picture` (height, width, RGB), and score from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Boxes that can be, best first, and how many were dropped because they cannot."""

    boxes: Boxes
    refused: int = 0


class Guarded:
    """A detector whose answers can be relied on in form."""

    def __init__(self, detector: Detector) -> None:
        self.identity, self.spawn, self.keep = detector.identity, float(detector.spawn), float(detector.keep)
        if not 0 < self.keep <= self.spawn <= 1:
            raise DetectorRefused(
                "A detector's scores must lie between 0 and 1, the one that begins a track above the other.",
                detector=self.identity.name,
            )
        self._detector = detector
        self._turn: AbstractContextManager[object] = nullcontext() if detector.is_parallel else threading.Lock()

    def size(self, width: int, height: int) -> tuple[int, int]:
        """As the detector's, held within what can be: never larger than the picture or 16 pixels."""
        try:
            wanted_width, wanted_height = (int(side) for side in self._detector.size(width, height))
        except Exception as error:
            raise self._failed(error) from error
        return min(max(wanted_width, 16), max(width, 16)), min(max(wanted_height, 16), max(height, 16))

    def detect(self, picture: Picture) -> Answer:
        """Raises DetectorFailed; whatever else the detector does stays with it."""
        try:
            with self._turn:
                rows = np.asarray(self._detector.detect(picture), dtype=np.float64)
        except Exception as error:
            raise self._failed(error) from error
        if rows.size == 0:
            return Answer(NONE)
        if rows.ndim != 2 or rows.shape[1] != 5:
            raise DetectorFailed(
                f"The detector {self.identity.name} gave something that is no list of boxes. Tell its maker.",
                detector=self.identity.name,
            )
        height, width = picture.shape[:2]
        kept = cleaned(rows, width, height)
        return Answer(kept, len(rows) - len(kept))

    def _failed(self, error: Exception) -> DetectorFailed:
        return DetectorFailed(
            f"The detector {self.identity.name} failed, so nothing was looked for. Choose another, or tell its maker.",
            detector=self.identity.name,
            reason=f"{type(error).__name__}: {error}"[:200],
        )


def cleaned(rows: npt.NDArray[np.float64], width: int, height: int) -> Boxes:
    """The rows that can be boxes of a picture of this size, clipped to it, best first, at most MAX_BOXES."""
    rows = rows[np.isfinite(rows).all(axis=1)]
    rows = rows[(rows[:, 4] >= 0) & (rows[:, 4] <= 1) & (np.abs(rows[:, :4]) < 1e6).all(axis=1)]
    rows = rows[(rows[:, 2] > 0) & (rows[:, 3] > 0)]
    left, top = np.clip(rows[:, 0], 0, width), np.clip(rows[:, 1], 0, height)
    right = np.clip(rows[:, 0] + rows[:, 2], 0, width)
    bottom = np.clip(rows[:, 1] + rows[:, 3], 0, height)
    clipped = np.stack([left, top, right - left, bottom - top, rows[:, 4]], axis=1)
    clipped = clipped[(clipped[:, 2] >= 1) & (clipped[:, 3] >= 1)]
    order = np.argsort(-clipped[:, 4], kind="stable")[:MAX_BOXES]
    return clipped[order].astype(np.float32)
