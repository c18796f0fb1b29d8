"""A recording of a whole shift: three hours are indexed, cut and redacted to the frame like three seconds."""

import json
import sys
from pathlib import Path

import pytest

from tests.workers.media.render_sources import source_of
from tests.workers.media.sources import ffmpeg
from workers.exec.process import run
from workers.media.index import index_build
from workers.media.recipe import Box, Run, Track, recipe_bytes, redaction_recipe
from workers.media.recipe_draft import segment_of_frames

pytestmark = pytest.mark.slow
HOURS_3, RATE = 3 * 3600, 25


@pytest.fixture(scope="module")
def shift(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shift")
    ten, path = folder / "10s.mp4", folder / "shift.mp4"
    picture = f"testsrc2=s=160x128:r={RATE}:d=10"
    ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-crf", "40", "-g", "50", "-bf", "0", ten)
    tone = f"sine=f=440:r=8000:d={HOURS_3}"
    sound = ["-c:a", "aac", "-b:a", "12k"]
    ffmpeg("-stream_loop", HOURS_3 // 10 - 1, "-i", ten, "-f", "lavfi", "-i", tone, "-c:v", "copy", *sound, path)
    return path


def media(*arguments: object) -> dict:
    argv = [sys.executable, "-m", "workers.media", *map(str, arguments)]
    return json.loads(run(argv, timeout_s=300, cwd=Path(__file__).parents[3]).stdout)


def test_the_last_seconds_of_three_hours_are_cut_to_the_frame(shift, tmp_path):
    out = tmp_path / "cut.mp4"
    report = media("cut", shift, out, "--segment", "2:59:50.04:2:59:55")["report"]
    assert report["frames"] == 124
    assert report["statement"]["segments"][0]["frames_missing"] == 0
    assert index_build(out)[0].frame_count == 124


def test_two_seconds_in_the_middle_of_three_hours_are_covered_and_all_else_is_the_masters_bit_for_bit(shift, tmp_path):
    index, _ = index_build(shift)
    assert index.frame_count == HOURS_3 * RATE
    middle = index.frame_count // 2
    first, end = index.pts_of(middle), index.pts_of(middle + 2 * RATE)
    track = Track(
        "a", "face", "hand", "box", "solid", False, "privacy", 0, (Run(first, end, (Box(first, 40, 40, 60, 60),)),)
    )
    recipe = redaction_recipe(
        sources=[source_of(shift)], segments=[segment_of_frames(index, first=0, end=index.frame_count)],
        tracks=[track], compatible=False,
    )  # fmt: skip
    (tmp_path / "r.json").write_bytes(recipe_bytes(recipe))
    out = tmp_path / "out.mp4"
    media("redact", shift, out, "--recipe", tmp_path / "r.json")
    proof = media("verify", shift, out, "--statement", f"{out}.statement.json")["report"]
    assert proof["frames"] == HOURS_3 * RATE
    assert proof["frames_identical"] + proof["frames_encoded"] == HOURS_3 * RATE
    assert 2 * RATE <= proof["frames_encoded"] <= 6 * RATE
