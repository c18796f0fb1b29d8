"""The same pictures give the same bytes, whatever lay in memory before and however threads were scheduled."""

import hashlib
import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.render_sources import coded, even_times, rendered, source_of
from workers.exec.process import run
from workers.media import render
from workers.media.encode import Mp4Writer, Peak, PictureForm
from workers.media.picture import Colour
from workers.media.recipe import Segment, clip_recipe

ROOT = Path(__file__).parents[3]


def written(path: Path, width: int, height: int, *, noise: int, frames: int = 12) -> str:
    """The hash of a film of what moves under noise."""
    random = np.random.default_rng(5)
    ground = random.integers(0, 255, (height // 8 + 8, width // 8 + 8), dtype=np.uint8)
    large = np.kron(ground, np.ones((8, 8), np.uint8))
    form = PictureForm(width, height, (1, 1), Colour(1, 2, 2, 2), Fraction(1, 25), Fraction(25))
    with Mp4Writer(path, form, None) as writer:
        for number in range(frames):
            luma = large[number : number + height, number : number + width]
            luma = np.minimum(luma, 255 - noise) + random.integers(0, noise + 1, luma.shape, dtype=np.uint8)
            planes = np.vstack([luma, np.full((height // 2, width), 128, np.uint8)])
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            writer.write(frame, pts=number, duration=1, is_seam=number == 0)
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("size", [(320, 240), (480, 270), (640, 360)], ids=str)
def test_what_lay_in_memory_before_decides_nothing(tmp_path, size):
    hashes = set()
    for fill in ("1", "77"):
        argv = [sys.executable, "-m", "tests.workers.media.test_same_bytes", tmp_path / f"{fill}.mp4", *map(str, size)]
        told = run(argv, timeout_s=60, cwd=ROOT, env={**os.environ, "MALLOC_PERTURB_": fill})
        hashes.add(told.stdout.decode().strip())
    assert len(hashes) == 1


def test_threads_that_race_decide_nothing_however_many_bits_there_are(tmp_path):
    assert len({written(tmp_path / f"{nth}.mp4", 1920, 1080, noise=120) for nth in range(3)}) == 1
    assert 8 * (tmp_path / "0.mp4").stat().st_size * 25 / 12 > 62_500_000, "too few bits to try it"


def test_most_bits_of_a_second_are_counted():
    peak = Peak()
    for at, size in ((0, 10), (0.9, 20), (1, 25), (1.99, 6), (5, 30)):
        peak.take(Fraction(at), size)
    assert peak.most_bits_s == 8 * 31


def test_a_copy_of_more_bits_than_players_are_made_for_says_so(tmp_path, monkeypatch):
    path = coded(tmp_path / "in.mp4", even_times(8), bf=0)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512 * 8)], compatible=True)
    assert rendered(tmp_path, recipe, path)[1].findings == ()
    monkeypatch.setattr(render, "PEAK_BITS_S", 1000)
    (found,) = rendered(tmp_path, recipe, path)[1].findings
    assert found.code == "rate_high"
    assert "Try it where it is to be shown." in found.sentence


if __name__ == "__main__":
    sys.stdout.write(written(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), noise=6))
