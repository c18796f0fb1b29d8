"""The demonstration's footage: scenes drawn on the spot, taken in through the same commit service as any upload."""

import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.utils import timezone

from workers.exec.process import run

SCENE_TIMEOUT_S = 300.0


@dataclass(frozen=True, slots=True)
class Take:
    """One recording to make: whose, on which camera, how long (seconds) and how long ago (hours)."""

    officer: str
    camera: str
    seed: int
    seconds: float
    hours_ago: float
    incident: str
    has_sound: bool = True


TAKES = (
    Take("jones", "CTY-0001", 3, 24, 20.0, "CV-20431"),
    Take("jones", "CTY-0001", 8, 12, 18.5, ""),
    Take("begum", "CTY-0002", 5, 18, 19.9, "CV-20431"),
    Take("okafor", "CTY-0003", 12, 15, 4.0, "CV-20502", has_sound=False),
)


def recorded_at(take: Take) -> datetime:
    """When the scene is said to have been recorded, UTC."""
    return timezone.now() - timedelta(hours=take.hours_ago)


def scene_file(take: Take, folder: Path) -> Path:
    """Draw the take into `folder`, named as a camera names its files.

    Raises:
        ExecError: the drawing failed or took longer than five minutes.
    """
    out = folder / f"{take.camera}_{recorded_at(take):%Y%m%d_%H%M%S}.mp4"
    argv = [
        sys.executable, "-m", "workers.media.scene", str(out), "--seed", str(take.seed),
        "--seconds", str(take.seconds), "--caption", f"{take.camera}  DEMONSTRATION",
    ]  # fmt: skip
    run(argv if take.has_sound else [*argv, "--silent"], timeout_s=SCENE_TIMEOUT_S)
    return out
