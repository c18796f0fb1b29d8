"""Detection and tracks on clips whose truth is known, beside deface 1.5 (--scale 640x360) on the same in the same run.

deface is run as its own program runs it, with onnxruntime (it needs `onnx` for that), in an environment of its own from
`requirements/bench.txt`: it wants another cv2 than the product. `make bench ARGS="-k detect"` prints the tables of
docs/performance.md. A face-frame counts as covered when nine tenths of what is seen of the face lie under the box
enlarged by 30 %, which both programs do.
"""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from tests.bench.bench_prepare import cost
from tests.bench.deface_program import astronaut, deface_environment
from tests.bench.face_scenes import SECONDS, scenes, sprites
from tests.workers.media.detect_measures import boxes_by_frame, measured
from tests.workers.media.people import coded
from workers.media.detect.to_recipe import tracks_read

pytestmark = [pytest.mark.slow, pytest.mark.once]
SCRIPT = Path(__file__).with_name("deface_boxes.py")
CORES = 2
say = sys.stdout.write


@pytest.fixture(scope="module")
def deface(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds deface, onnx and scikit-image."""
    return deface_environment(tmp_path_factory.mktemp("deface") / "env")


def detect(clip: Path, out: Path, detector: str) -> None:
    argv = [sys.executable, "-m", "workers.media", "detect", clip, "--out", out, "--detector", detector]
    subprocess.run(argv, check=True, capture_output=True, timeout=600)


def deface_boxes(environment: Path, clip: Path, out: Path) -> None:
    with out.open("wb") as file:
        subprocess.run(
            [environment / "bin" / "python", SCRIPT, clip],
            check=True,
            stdout=file,
            stderr=subprocess.DEVNULL,
            timeout=1800,
        )


def test_detection_and_tracks_beside_deface(deface: Path, tmp_path: Path) -> None:
    faces = sprites(cv2.imread(str(astronaut(deface)))[:, :, ::-1])
    say("\n| scene | program | recall | bare inside | people | tracks | of nobody | CPU-s | times real time |\n")
    say("|---|---|---|---|---|---|---|---|---|\n")
    recalls: dict[str, list[float]] = {}
    for name, scene in scenes(faces).items():
        clip = tmp_path / "clip.mp4"
        truths = coded(scene, clip)
        for detector in ("faces", "faces-quick", "faces-far"):
            out = tmp_path / "tracks.json"
            taken = cost(lambda clip=clip, out=out, detector=detector: detect(clip, out, detector))
            found = tracks_read(out.read_bytes())
            times = [found.range[0] + number * 512 for number in range(scene.frames)]
            quality = measured(boxes_by_frame(found.tracks, times), truths)
            recalls.setdefault(detector, []).append(quality.recall)
            speed = SECONDS / (taken.cpu_s / CORES)
            say(
                f"| {name} | {detector} | {quality.recall:.3f} | {quality.bare_inside} of {quality.faces} | "
                f"{quality.people_found} of {quality.people} | {quality.tracks - quality.tracks_of_nobody} | "
                f"{quality.tracks_of_nobody} | {taken.cpu_s:.1f} | {speed:.1f} |\n"
            )
        out = tmp_path / "deface.json"
        taken = cost(lambda clip=clip, out=out: deface_boxes(deface, clip, out))
        rows = [{str(at): tuple(box) for at, box in enumerate(boxes)} for boxes in json.loads(out.read_bytes())]
        quality = measured(rows, truths)
        recalls.setdefault("deface", []).append(quality.recall)
        say(
            f"| {name} | deface | {quality.recall:.3f} | {quality.bare_inside} of {quality.faces} | | | | "
            f"{taken.cpu_s:.1f} | {SECONDS / (taken.cpu_s / CORES):.1f} |\n"
        )
    mean = {name: sum(rows) / len(rows) for name, rows in recalls.items()}
    assert mean["faces"] >= mean["deface"]
