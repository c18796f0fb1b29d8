"""`detect` as a whole: a clip of known truth in, tracks out that a recipe takes."""

import functools
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import NO_FOOTAGE
from tests.workers.media.detect_measures import boxes_by_frame, measured
from tests.workers.media.people import Hider, Person, Scene, coded, drawn, walk
from tests.workers.media.render_sources import source_of
from tests.workers.media.sources import folder, source
from workers.exec.errors import ExecError
from workers.exec.sandbox import OUT, media_argv, render_profile, sandbox_run
from workers.media.cli import main
from workers.media.detect.analyse import detect, detect_write, pictures_of
from workers.media.detect.chosen import detectors_open
from workers.media.detect.detectors import Guarded, Identity
from workers.media.detect.errors import DetectorFailed
from workers.media.detect.joining import joined
from workers.media.detect.to_recipe import recipe_tracks, tracks_read, video_of
from workers.media.errors import BadRequest, DamagedReport
from workers.media.index import index_build
from workers.media.recipe import redaction_recipe
from workers.media.recipe_draft import segment_of_frames

pytestmark = pytest.mark.once
FOOTAGE = Path(os.environ.get("CONTINUITY_REAL_MEDIA", Path(__file__).parents[4] / "shared" / "media"))
PROFILE = render_profile(duration_s=3, width=480, height=270, input_bytes=100_000)


@functools.cache
def clip():
    """Two people, one behind a pillar for half a second, and a camera that moves; and the truth of each frame."""
    people = [
        Person(drawn(1), walk((60, 120, 40), (420, 130, 48), 3)),
        Person(drawn(2), walk((400, 140, 60), (330, 150, 64), 3)),
    ]
    scene = Scene(480, 270, 3, people, [Hider((180, 0, 70, 270))], camera=lambda at: (8 * at, 3 * at), seed=4)
    path = folder() / "people.mp4"
    return path, coded(scene, path)


@functools.cache
def found():
    return detect(pictures_of(clip()[0]), detectors_open())


def test_each_person_is_one_track_that_covers_them_throughout():
    _, truths = clip()
    times = pictures_of(clip()[0]).index.pts
    quality = measured(boxes_by_frame(found().tracks, times), truths)
    assert (quality.people_found, quality.tracks, quality.tracks_of_nobody) == (2, 2, 0)
    assert quality.bare_inside == 0
    assert quality.recall > 0.97


def test_a_track_says_who_found_it_how_surely_and_where_it_is_seen_best():
    for track in found().tracks:
        assert track.found_by == found().detectors[0].found_by
        assert not track.is_doubtful
        assert track.score > 0.5
        (run,) = track.runs
        assert run.start <= track.thumbnail[0] < run.end


def test_tracks_become_a_recipe_that_passes_its_checks(tmp_path):
    path, _ = clip()
    index, _ = index_build(path)
    video = source_of(path)
    assert video_of(found()) == video.video
    doubtful = replace(found().tracks[1], is_doubtful=True)
    tracks = recipe_tracks([found().tracks[0], doubtful], effect="solid", reason="third_party")
    stretch = segment_of_frames(index, first=0, end=index.frame_count)
    recipe = redaction_recipe(sources=[video], segments=[stretch], tracks=tracks)
    assert [track.effect for track in recipe.tracks] == ["solid", "none"]
    assert recipe.tracks[0].runs[0].boxes[0].pts == found().tracks[0].runs[0].boxes[0][0]


def test_stretches_joined_are_the_same_people():
    frames = pictures_of(clip()[0])
    middle = frames.index.pts_of(40)
    first, end = frames.index.pts_of(0), frames.index.end_pts
    parts = [detect(frames, detectors_open(), stretch=row) for row in ((first, middle), (middle, end))]
    whole = joined(parts)
    assert (whole.range, whole.frames) == (found().range, found().frames)
    assert len(whole.tracks) == len(found().tracks) == 2
    assert len({track.id for track in whole.tracks}) == 2
    quality = measured(boxes_by_frame(whole.tracks, frames.index.pts), clip()[1])
    assert quality.bare_inside == 0
    with pytest.raises(BadRequest):
        joined(parts[::-1])


def test_the_command_line_writes_the_file_and_one_report(tmp_path, capsys):
    out = tmp_path / "T.json"
    assert main(["detect", str(clip()[0]), "--out", str(out), "--until", "20000"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)["report"]
    tracks = tracks_read(out.read_bytes())
    assert (report["tracks"], report["size_bytes"]) == (len(tracks.tracks), out.stat().st_size)
    assert tracks.range[1] == 20000
    assert all(run.end <= 20000 for track in tracks.tracks for run in track.runs)
    assert '"stage": "looking at"' in said.err


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 9999, b'{"v":1}', b"\xff"])
def test_a_file_that_is_no_list_of_tracks_is_refused(content):
    with pytest.raises(DamagedReport):
        tracks_read(content)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--from", "5000", "--until", "5000"], "bad_request"),
        (["--from", "999999999"], "bad_request"),
        (["--detector", "ghosts"], "detector_missing"),
    ],
)
def test_what_cannot_be_looked_for_is_a_typed_error(arguments, code, tmp_path, capsys):
    assert main(["detect", str(clip()[0]), "--out", str(tmp_path / "T.json"), *arguments]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == code


@pytest.mark.parametrize("name", ["rotated", "ten_bit", "avi_mjpeg", "variable_rate", "wide_pixels"])
def test_any_recording_can_be_looked_at(name):
    frames = pictures_of(source(name))
    result = detect(frames, detectors_open(["faces", "plates"]))
    assert (result.frames, len(result.detectors)) == (frames.index.frame_count, 2)
    assert result.looks >= 15


class Square:
    """Finds everything in one place, or fails at the third look."""

    identity = Identity(name="square", version="1", sha256="0" * 64, licence="MIT", kind="other")
    spawn, keep, is_parallel = 0.5, 0.3, True

    def __init__(self, *, fails_at=None):
        self.looks, self.fails_at = 0, fails_at

    def size(self, width, height):
        return width // 2, height // 2

    def detect(self, picture):
        self.looks += 1
        if self.looks == self.fails_at:
            raise RuntimeError("no luck")
        return [[10, 20, 30, 40, 0.9], [float("nan")] * 5]


def test_boxes_are_told_in_shown_pixels_and_what_was_refused_is_counted(tmp_path):
    report = detect_write(pictures_of(source("no_audio")), tmp_path / "t", [Guarded(Square())])
    (track,) = tracks_read((tmp_path / "t").read_bytes()).tracks
    assert {box[3:] for box in [track.runs[0].boxes[0]]} == {(60, 80)}
    assert report.detectors[0].refused == report.looks
    assert "boxes_refused" in [finding.code for finding in report.findings]


def test_a_detector_that_fails_midway_ends_the_work_with_its_name():
    with pytest.raises(DetectorFailed, match="square"):
        detect(pictures_of(source("no_audio")), [Guarded(Square(fails_at=3))])


def test_where_nothing_moves_detectors_are_spared_and_nothing_is_lost(tmp_path):
    scene = Scene(320, 180, 4, [Person(drawn(1), lambda at: (160, 80, 50))], rate=10)
    coded(scene, tmp_path / "still.mp4")
    result = detect(pictures_of(tmp_path / "still.mp4"), detectors_open())
    assert result.looks_spared > result.looks
    (track,) = result.tracks
    assert track.runs[0].end - track.runs[0].start > 0.9 * (result.range[1] - result.range[0])


def in_sandbox(tmp_path, row, profile):
    config = tmp_path / "detectors.json"
    config.write_text(json.dumps({"v": 1, "detectors": [row]}))
    read = {"/in/0": clip()[0], "/in/detectors": config}
    argv = media_argv("detect", "/in/0", "--out", f"{OUT}/T.json", "--detectors", "/in/detectors")
    (tmp_path / "out").mkdir()
    return sandbox_run(argv, profile=profile, read=read, out_dir=tmp_path / "out", ok=(0, 3))


def test_it_works_within_the_sandboxs_limits(tmp_path):
    done = in_sandbox(tmp_path, {"use": "faces"}, PROFILE)
    assert json.loads(done.stdout)["report"]["tracks"] == 2
    assert tracks_read((tmp_path / "out" / "T.json").read_bytes()).tracks == found().tracks


@pytest.mark.parametrize(("factory", "code"), [("os:abort", "tool_failed"), ("signal:pause", "tool_timeout")])
def test_a_plug_in_that_crashes_or_hangs_ends_in_a_typed_error(factory, code, tmp_path):
    profile = replace(PROFILE, wall_s=2.0)
    with pytest.raises(ExecError) as ended:
        in_sandbox(tmp_path, {"use": "python", "factory": factory}, profile)
    assert ended.value.code == code
    assert not (tmp_path / "out" / "T.json").exists()


@pytest.mark.slow
def test_real_footage_has_one_track_a_person_or_little_more():
    """Ten to twelve people can be seen in it."""
    path = FOOTAGE / "facenet_video.mp4"
    if not path.exists():
        pytest.skip(NO_FOOTAGE)
    result = detect(pictures_of(path), detectors_open())
    assert 8 <= sum(not track.is_doubtful for track in result.tracks) <= 15
    assert len(result.tracks) <= 1.6 * 12
