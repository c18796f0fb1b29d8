"""The walkthrough on footage made here: every step through the public API of a server of its own, on both shapes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from config.bootstrap.system import ROOT
from config.walkthrough.checks import Check, Verdict, check
from config.walkthrough.table import Done, step_lines, summary
from tests.servers.live import environment
from workers.exec.errors import ToolMissing
from workers.media.scene import scene_make

LEFT_BEHIND = ("original.mp4", "clip.mp4", "redacted.mp4", "still.png", "report.pdf", "custody.jsonl")


def walked(file: Path, out: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(ROOT / "manage.py"), "walkthrough", str(file), "--out", str(out)]
    env = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(out.parent),
        **environment(),
    }
    return subprocess.run(argv, env=env, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.mark.shape
def test_one_file_walks_the_whole_corridor_and_leaves_what_it_promises(transactional_db, tmp_path):
    file, out = tmp_path / "scene.mp4", tmp_path / "out"
    scene_make(file, seed=4, seconds=4, caption="TEST")
    ran = walked(file, out)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "0 failed" in ran.stdout
    assert [name for name in LEFT_BEHIND if not (out / name).stat().st_size] == []
    assert list((out / "disc").glob("data_*.iso"))
    assert list((out / "disc").glob("viewing_*.iso"))
    assert all(json.loads(line)["seq"] for line in (out / "custody.jsonl").read_text().splitlines())


@pytest.mark.slow
def test_footage_without_sound_says_that_muting_does_not_apply(transactional_db, tmp_path):
    file, out = tmp_path / "silent.mp4", tmp_path / "out"
    scene_make(file, seed=5, seconds=3, caption="TEST", has_sound=False)
    ran = walked(file, out)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "not applicable the muted stretch is silent: there is no sound" in ran.stdout


@pytest.mark.slow
def test_a_file_that_is_no_film_fails_the_walk_with_a_status(transactional_db, tmp_path):
    file, out = tmp_path / "text.mp4", tmp_path / "out"
    file.write_text("this is a text\n" * 50)
    ran = walked(file, out)
    assert ran.returncode != 0
    assert "The walk failed." in ran.stderr
    assert "it can be played: found 'not-playable'" in ran.stdout


def test_a_missing_tool_is_named_and_its_check_counted_as_not_made():
    def ask():
        raise ToolMissing("lsdvd", "lsdvd is missing")

    made = check("lsdvd lists titles", ask)
    assert made.verdict is Verdict.NOT_MADE
    assert "lsdvd" in made.detail


def test_a_step_that_breaks_off_counts_as_failed():
    done = Done("clip", 1.5, (Check("frames", Verdict.HELD),), broke="WalkFailed: no answer")
    assert done.has_failed
    assert any("no answer" in line for line in step_lines(done))
    assert summary([done]) == "1 held, 1 failed, 0 not made, 0 n/a"
