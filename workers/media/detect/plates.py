"""Number plates by OpenCV's own cascade (Apache 2.0): good on near European plates, poor on others.

The cascade gives no score of its own kind; how surely its last stage agreed is turned into one.
"""

import hashlib
from importlib import metadata
from pathlib import Path

import cv2
import numpy as np

from workers.media.detect.detectors import NONE, Boxes, Identity, Picture
from workers.media.detect.errors import DetectorMissing
from workers.media.detect.onnx_model import model_read
from workers.media.detect.overlaps import suppressed

FILE = "haarcascade_russian_plate_number.xml"
LONGEST_PX = 960
SMALLEST_PX = (30, 10)
SAME_PLATE = 0.3
SURE_WEIGHT = 6.0
"""Weight of the last stage at which a find counts as certain. Chosen, not measured: near plates were seen at 4 to 8."""


class Plates:
    """Finds plates from about 30 pixels of its picture up."""

    is_parallel = False
    spawn, keep = 0.3, 0.15

    def __init__(self) -> None:
        path = Path(cv2.__file__).parent / "data" / FILE
        if not path.is_file():
            raise DetectorMissing("The plate detector's file is not part of this OpenCV. Ask the administrator.")
        self._cascade = cv2.CascadeClassifier(str(path))
        self.identity = Identity(
            name="opencv-russian-plate",
            version=metadata.version("opencv-python-headless"),
            sha256=hashlib.sha256(model_read(path)).hexdigest(),
            licence="Apache-2.0",
            kind="plate",
        )

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Of the recording's shape, never enlarged."""
        scale = min(LONGEST_PX / max(width, height), 1.0)
        return round(width * scale), round(height * scale)

    def detect(self, picture: Picture) -> Boxes:
        """See Detector."""
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
        boxes, _, weights = self._cascade.detectMultiScale3(
            grey, scaleFactor=1.1, minNeighbors=3, minSize=SMALLEST_PX, outputRejectLevels=True
        )
        if not len(boxes):
            return NONE
        scores = np.clip(np.asarray(weights, dtype=np.float32).reshape(-1, 1) / SURE_WEIGHT, 0, 1)
        found = np.concatenate([np.asarray(boxes, dtype=np.float32), scores], axis=1)
        return suppressed(found, most_shared=SAME_PLATE)
