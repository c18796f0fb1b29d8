"""A recording in several files is one: frames, times, sound, covers and holds go through its joints exactly."""

import json
from fractions import Fraction

import numpy as np
import pytest

from tests.workers.media.render_sources import (
    RATE,
    coded,
    even_times,
    frames_of,
    hidden_packets,
    rendered,
    sound_in,
    source_of,
    tone,
)
from workers.media.cli import main
from workers.media.geometry import SourceCover, covers_of
from workers.media.index import index_build
from workers.media.recipe import Box, Params, Run, Segment, Track, redaction_recipe
from workers.media.reel import Reel

FRAME_S = Fraction(1, 25)
OTHER = "7f9619ff-8b86-4011-b42d-00c04fc964ff"


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """Two files of one capture: frames 0 to 29 with a low tone, and 30 to 59 with a high one."""
    folder = tmp_path_factory.mktemp("parts")
    first = coded(folder / "part1.mp4", even_times(30), sound=tone(1.2, 400))
    second = coded(folder / "part2.mp4", even_times(30), sound=tone(1.2, 2000), first_number=30)
    return first, second


@pytest.fixture(scope="module")
def reel(parts):
    return Reel([index_build(path)[0] for path in parts])


def test_frames_and_seconds_run_on_through_the_joint(reel):
    assert reel.frame_count == 60
    assert reel.locate(29) == (0, 29)
    assert reel.locate(30) == (1, 0)
    assert reel.edge_s(30) == 30 * FRAME_S
    assert reel.edge_s(60) == reel.end_s == 60 * FRAME_S
    assert reel.frame_at(30 * FRAME_S) == 30
    assert reel.frame_at(30 * FRAME_S - Fraction(1, 10_000)) == 29
    assert [reel.frame_at(reel.edge_s(frame)) for frame in range(60)] == list(range(60))
    assert list(reel.spans(25, 35)) == [(0, 25, 30), (1, 0, 5)]
    assert list(reel.spans(31, 35)) == [(1, 1, 5)]
    with pytest.raises(IndexError):
        reel.locate(60)


def test_a_cut_across_the_joint_holds_every_frame_once_at_its_time(parts, tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    argv = ["cut", str(parts[0]), str(out), "--then", str(parts[1]), "--segment", "0.2:2.2"]
    assert main(argv) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    found = frames_of(out)
    assert [frame.number for frame in found] == list(range(5, 55))
    assert [frame.at for frame in found] == [number * FRAME_S for number in range(50)]
    assert hidden_packets(out) == 0
    assert len(report["statement"]["sources"]) == 2
    assert any(part["way"] == "copied" and part["source"] == source for source in (0, 1)
               for part in report["statement"]["parts"])  # fmt: skip


def test_the_sound_changes_at_the_very_sample_of_the_joint(parts, tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    assert main(["cut", str(parts[0]), str(out), "--then", str(parts[1]), "--segment", "0.8:1.6"]) == 0
    capsys.readouterr()
    sound = sound_in(out)[0]
    joint = round(0.4 * RATE)
    low, high = (_pitch(sound[joint - 4800 : joint - 480]), _pitch(sound[joint + 480 : joint + 4800]))
    assert (round(low, -2), round(high, -2)) == (400, 2000)
    assert abs(len(sound) - round(0.8 * RATE)) < 2048  # an encoder's last block


def _pitch(samples):
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()])


def test_a_stretch_in_the_second_file_alone_names_that_file_alone(parts, tmp_path, capsys):
    out = tmp_path / "clip.mp4"
    assert main(["cut", str(parts[0]), str(out), "--then", str(parts[1]), "--segment", "1.4:2"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert [frame.number for frame in frames_of(out)] == list(range(35, 50))
    assert [row["sha256"] for row in report["recipe"]["sources"]] == [source_of(parts[1]).sha256]


def test_files_of_other_settings_are_encoded_anew_throughout_and_that_is_said(parts, tmp_path, capsys):
    other = coded(tmp_path / "other.mp4", even_times(30), bf=0, sound=tone(1.2), first_number=30)
    out = tmp_path / "clip.mp4"
    assert main(["cut", str(parts[0]), str(out), "--then", str(other), "--segment", "0:2.4"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert [frame.number for frame in frames_of(out)] == list(range(60))
    assert "encoded with different settings" in report["findings"][0]["sentence"]
    assert {part["way"] for part in report["statement"]["parts"]} == {"encoded"}


def _sources(parts):
    return [source_of(parts[0]), source_of(parts[1], file=OTHER)]


FIRST = 1024
"""Stored pts of the first frame: what an encoder with B-frames puts before it."""


def _whole():
    return [Segment(source, FIRST, FIRST + 30 * 512) for source in (0, 1)]


def test_a_box_that_ends_at_the_joint_is_held_into_the_next_file_and_one_that_begins_there_back(parts, tmp_path):
    runs = (
        (Run(FIRST, FIRST + 30 * 512, (Box(FIRST, 40, 112, 60, 40),)), 0),
        (Run(FIRST, FIRST + 5 * 512, (Box(FIRST, 200, 112, 60, 40),)), 1),
    )
    tracks = [
        Track(id=f"t{source}", kind="face", found_by="hand", shape="box", effect="solid", inverse=False,
              reason="privacy", source=source, runs=(run,))
        for run, source in runs
    ]  # fmt: skip
    recipe = redaction_recipe(
        sources=_sources(parts), segments=_whole(), tracks=tracks, params=Params(hold_frames=4), compatible=False
    )
    out, report = rendered(tmp_path, recipe, *parts)
    covered = [(frame.number, *(_is_filled(frame, left) for left in (50, 210))) for frame in frames_of(out)]
    assert [number for number, first, _ in covered if first] == list(range(34))
    assert [number for number, _, second in covered if second] == list(range(26, 39))
    assert report.frames == 60


def _is_filled(frame, left):
    region = frame.luma[120:145, left : left + 40]
    return float(region.std()) < 3


def test_a_hold_longer_than_the_next_file_covers_all_of_that_file(parts):
    recipe = redaction_recipe(
        sources=_sources(parts), segments=_whole(),
        tracks=[Track(id="t1", kind="face", found_by="hand", shape="box", effect="solid", inverse=False,
                      reason="privacy", source=0, runs=(Run(FIRST, FIRST + 30 * 512, (Box(FIRST, 0, 0, 60, 40),)),))],
        params=Params(hold_frames=10),
    )  # fmt: skip
    _, second = covers_of(recipe, [even_times(30, first=FIRST), even_times(3)])
    assert second is not None
    assert [bool(second.patches(pts)) for pts in (0, 512, 1024)] == [True] * 3
    assert second.stretches() == [(0, 1025)]
    alone = SourceCover(recipe, 1, even_times(3))
    assert alone.stretches() == []
