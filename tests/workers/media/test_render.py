import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.render_sources import (
    BASE,
    coded,
    even_times,
    frames_of,
    hidden_packets,
    number_in,
    picture,
    rendered,
    source_of,
    tone,
    uneven_times,
)
from tests.workers.media.sources import ffmpeg, source
from workers.media import inputs
from workers.media.cut import cut
from workers.media.errors import BadRequest
from workers.media.frames import OtherPicture, SourceFrames
from workers.media.index import index_build
from workers.media.inputs import OtherMaster, file_open
from workers.media.recipe import RecipeError, Segment, clip_recipe, recipe_bytes, recipe_sha256
from workers.media.recipe_draft import segment_of_frames
from workers.media.render import render, render_recipe
from workers.media.render_reports import RenderReport
from workers.media.statement import statement_sha256
from workers.media.timeline import TimeBasesDiffer
from workers.media.wire import from_obj, to_obj


def clip(folder: Path, path: Path, *stretches: tuple[int, int], name: str = "out") -> tuple[Path, RenderReport]:
    """Cut frames [first, end) of each stretch, as a person would have chosen them."""
    index, _ = index_build(path)
    segments = [segment_of_frames(index, first=first, end=end) for first, end in stretches]
    return rendered(folder, clip_recipe(sources=[source_of(path)], segments=segments), path, name=name)


@pytest.mark.parametrize("bf", [0, 3])
@pytest.mark.parametrize(("first", "end"), [(0, 40), (7, 8), (11, 13), (12, 24), (5, 29), (39, 40)])
def test_a_clip_holds_exactly_the_frames_asked_for_with_their_times(tmp_path, bf, first, end):
    path = coded(tmp_path / "in.mp4", even_times(40), bf=bf)
    out, report = clip(tmp_path, path, (first, end))
    found = frames_of(out)
    assert [frame.number for frame in found] == list(range(first, end))
    assert [frame.at for frame in found] == [number * 512 * BASE for number in range(end - first)]
    assert hidden_packets(out) == 0
    assert report.frames == end - first
    assert report.duration_s == pytest.approx((end - first) * 0.04)


def test_variable_frame_rate_keeps_every_pts(tmp_path):
    times = uneven_times(40)
    path = coded(tmp_path / "in.mp4", times)
    out, report = clip(tmp_path, path, (9, 31))
    found = frames_of(out)
    assert [frame.number for frame in found] == list(range(9, 31))
    assert [frame.at for frame in found] == [(times[number] - times[9]) * BASE for number in range(9, 31)]
    with av.open(str(out)) as container:
        assert (
            container.streams.video[0].duration * container.streams.video[0].time_base == (times[31] - times[9]) * BASE
        )
    assert report.statement.segments[0].last_pts - report.statement.segments[0].first_pts == times[30] - times[9]


def test_several_segments_follow_one_another_in_the_order_asked_for(tmp_path):
    path = coded(tmp_path / "in.mp4", uneven_times(60))
    out, report = clip(tmp_path, path, (40, 50), (3, 8), (40, 50))
    numbers = [*range(40, 50), *range(3, 8), *range(40, 50)]
    assert [frame.number for frame in frames_of(out)] == numbers
    index, _ = index_build(path)
    at, expected = 0, []
    for first, end in ((40, 50), (3, 8), (40, 50)):
        expected += [(at + index.pts_of(number) - index.pts_of(first)) * BASE for number in range(first, end)]
        at += index.end_of(end - 1) - index.pts_of(first)
    assert [frame.at for frame in frames_of(out)] == expected
    assert [row.frames_encoded for row in report.statement.segments] == [10, 5, 10]


def test_every_seam_begins_a_group_of_its_own(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(60))
    out, _ = clip(tmp_path, path, (40, 50), (3, 8))
    index, _ = index_build(out)
    assert set(index.refreshes) >= {0, 10}


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_rotated_recording_comes_out_upright_and_without_a_rotation(tmp_path, rotation):
    path = coded(tmp_path / "in.mp4", even_times(12), rotation=rotation)
    assert source_of(path).video.rotation == rotation
    out, report = clip(tmp_path, path, (2, 9))
    found = frames_of(out)
    assert [frame.number for frame in found] == list(range(2, 9))
    assert (report.width, report.height) == (320, 192)
    assert source_of(out).video.rotation == 0
    assert np.abs(found[0].luma.astype(int) - picture(2)).mean() < 4


def test_a_file_that_hides_frames_is_cut_to_what_players_show_and_leaves_nothing_hidden(tmp_path):
    path = source("hidden_start")
    index, _ = index_build(path)
    assert index.presentation_offset > 0
    out, report = clip(tmp_path, path, (0, index.frame_count))
    assert report.frames == len(frames_of(path)) < 75
    assert report.frames == len(frames_of(out)) == index.frame_count
    assert hidden_packets(out) == 0


@pytest.mark.parametrize(
    "name", ["open_gop", "one_group", "mkv_h264", "mpegts", "hevc", "interlaced", "fragmented", "avi_mjpeg"]
)
def test_every_kind_of_recording_is_cut_to_the_frame(tmp_path, name):
    """The frames of the copy are those of a decode of the whole recording from its start."""
    path = source(name)
    index, _ = index_build(path)
    facts = source_of(path)
    out, report = clip(tmp_path, path, (31, 44))
    reader = SourceFrames(path=path, video=facts.video, index=index)
    whole = [row.to_ndarray(format="yuv420p")[:240] for row in reader.between(index.pts_of(0), index.end_pts)]
    assert len(whole) == index.frame_count
    assert report.frames == 13
    assert report.findings == ()
    for found, expected in zip(frames_of(out), whole[31:44], strict=True):
        assert np.abs(found.luma.astype(int) - expected).mean() < 6


@pytest.mark.parametrize("first", [22, 23, 24, 25, 26])
def test_pictures_that_lean_on_the_group_before_are_cut_whole(tmp_path, first):
    """Around a key picture of an open group, stored before pictures that are shown before it."""
    path = source("open_gop")
    index, _ = index_build(path)
    out, _ = clip(tmp_path, path, (first, first + 3))
    reader = SourceFrames(path=path, video=source_of(path).video, index=index)
    whole = [row.to_ndarray(format="yuv420p")[:240] for row in reader.between(index.pts_of(0), index.pts_of(30))]
    for found, expected in zip(frames_of(out), whole[first : first + 3], strict=True):
        assert np.abs(found.luma.astype(int) - expected).mean() < 6


def test_ten_bit_pictures_become_eight_bit(tmp_path):
    out, _ = clip(tmp_path, source("ten_bit"), (3, 9))
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"


def test_an_odd_picture_is_made_even_by_repeating_its_edge(tmp_path):
    path = tmp_path / "odd.mkv"
    given = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4", "-vf", "format=yuv444p,scale=321:241"]
    ffmpeg(*given, "-c:v", "libx264", "-qp", "8", "-pix_fmt", "yuv444p", path)
    out, report = clip(tmp_path, path, (2, 6))
    assert (report.width, report.height) == (322, 242)
    luma = frames_of(out)[0].luma.astype(int)
    assert np.abs(luma[:, 321] - luma[:, 320]).mean() < 6
    assert np.abs(luma[241] - luma[240]).mean() < 6


def test_wide_pixels_stay_wide(tmp_path):
    out, _ = clip(tmp_path, source("wide_pixels"), (0, 5))
    assert source_of(out).video.sar == (4, 3)


def test_a_recording_split_in_two_files_becomes_one(tmp_path):
    one = coded(tmp_path / "a.mp4", even_times(20), bf=0)
    other = coded(tmp_path / "b.mp4", even_times(20), bf=0, first_number=20)
    sources = [source_of(one), source_of(other, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    recipe = clip_recipe(sources=sources, segments=[Segment(0, 512 * 15, 512 * 20), Segment(1, 0, 512 * 4)])
    out, _ = rendered(tmp_path, recipe, one, other)
    assert [frame.number for frame in frames_of(out)] == list(range(15, 24))
    assert [frame.at for frame in frames_of(out)] == [number * 512 * BASE for number in range(9)]


def test_sources_that_count_time_differently_are_joined_exactly(tmp_path):
    one = coded(tmp_path / "a.mp4", even_times(10), bf=0)
    other = coded(tmp_path / "b.mp4", even_times(10, step=3003), bf=0, first_number=10, base=Fraction(1, 90_000))
    sources = [source_of(one), source_of(other, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    recipe = clip_recipe(sources=sources, segments=[Segment(0, 0, 512 * 3), Segment(1, 3003, 3003 * 3)])
    out, _ = rendered(tmp_path, recipe, one, other)
    joint = 3 * 512 * BASE
    assert [frame.at for frame in frames_of(out)] == [0, 512 * BASE, 1024 * BASE, joint, joint + Fraction(3003, 90_000)]


def test_time_bases_that_no_file_can_hold_together_are_refused(tmp_path):
    one = coded(tmp_path / "a.mkv", even_times(3, step=40), bf=0, base=Fraction(1, 1000))
    two = coded(tmp_path / "b.mp4", even_times(3, step=39_916_801 // 25), bf=0, base=Fraction(1, 39_916_801))
    sources = [source_of(one), source_of(two, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    recipe = clip_recipe(sources=sources, segments=[Segment(0, 0, 40), Segment(1, 0, 1000)])
    with pytest.raises(TimeBasesDiffer):
        rendered(tmp_path, recipe, one, two)


def test_the_same_recipe_on_the_same_source_gives_the_same_bytes(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(40), sound=tone(1.6))
    one, first = clip(tmp_path, path, (5, 30), name="one")
    other, second = clip(tmp_path, path, (5, 30), name="other")
    assert one.read_bytes() == other.read_bytes()
    assert first == second


def test_the_statement_says_what_was_done_and_nothing_of_when_or_where(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(40), bf=0)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 512 * 5, 512 * 9)])
    _, report = rendered(tmp_path, recipe, path)
    said = report.statement
    assert said.kind == "clip"
    assert said.recipe_sha256 == recipe_sha256(recipe)
    assert said.sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    (segment,) = said.segments
    assert (segment.frames_in, segment.frames_encoded, segment.frames_copied, segment.frames_missing) == (4, 4, 0, 0)
    assert (segment.first_pts, segment.last_pts) == (512 * 5, 512 * 8)
    assert {tool.name for tool in said.tools} >= {"av", "libavcodec", "numpy", "opencv", "x264", "continuity-render"}
    assert {row.name: row.value for row in said.settings}["h264.crf"] == "17"
    assert statement_sha256(said) == report.statement_sha256
    assert str(tmp_path) not in json.dumps(to_obj(said))
    assert from_obj(RenderReport, json.loads(json.dumps(to_obj(report)))) == report


def test_the_copy_carries_no_second_sound_subtitle_or_metadata(tmp_path):
    for name in ("tagged", "two_sounds"):
        path = source(name)
        out, _ = clip(tmp_path, path, (10, 40), name=name)
        done = subprocess.run(
            ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_chapters", "-of", "json", str(out)],
            capture_output=True,
            check=True,
        )
        said = json.loads(done.stdout)
        assert [row["codec_type"] for row in said["streams"]] == ["video", "audio"]
        assert said["chapters"] == []
        assert set(said["format"]["tags"]) == {"major_brand", "minor_version", "compatible_brands"}
        for row in said["streams"]:
            assert set(row["tags"]) <= {"language", "handler_name", "vendor_id"}
        content = out.read_bytes()
        for secret in (b"SECRET", b"Interview", b"51.5000", b"Lavf", b"creation_time", b"\xa9xyz", b"loci"):
            assert secret not in content, secret


def test_an_mp4_starts_fast_and_is_within_the_level_that_players_take(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10))
    out, _ = clip(tmp_path, path, (0, 10))
    content = out.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    with av.open(str(out)) as container:
        context = container.streams.video[0].codec_context
        assert (context.profile, context.has_b_frames) == ("High", 0)
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-show_entries", "stream=level", "-of", "csv=p=0", str(out)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) <= 41


def test_a_file_with_another_hash_is_refused_and_nothing_is_left(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10), bf=0)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512)])
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(OtherMaster):
        rendered(tmp_path, recipe, path)
    opened = {path: file_open(path, has_picture=True)}
    with pytest.raises(OtherMaster):
        render_recipe(recipe, tmp_path / "out.mp4", [path], opened=opened)
    path.write_bytes(b"no recording at all")
    with pytest.raises(OtherMaster):
        rendered(tmp_path, recipe, path)
    assert not (tmp_path / "out.mp4").exists()


def test_a_cut_reads_each_file_once_for_its_hash_and_once_for_its_index(tmp_path, monkeypatch):
    path = coded(tmp_path / "in.mp4", even_times(36), bf=0)
    read: list[str] = []
    for name in ("file_sha256", "index_read"):
        real = getattr(inputs, name)
        monkeypatch.setattr(inputs, name, lambda path, name=name, real=real: (read.append(name), real(path))[1])
    report = cut([path], tmp_path / "out.mp4", [(Fraction(0), Fraction(1, 2))], compatible=False)
    assert sorted(read) == ["file_sha256", "index_read"]
    (stated,) = report["statement"]["sources"]
    assert stated["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_segments_outside_the_recording_or_between_frames_are_refused(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10), bf=0)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512 * 11), Segment(0, -512, 0)])
    with pytest.raises(RecipeError) as caught:
        rendered(tmp_path, recipe, path)
    assert [row.pointer for row in caught.value.problems] == ["/segments/0/end", "/segments/1/start", "/segments/1"]
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 513, 1024)])
    with pytest.raises(RecipeError, match="No frame begins in segment 0"):
        rendered(tmp_path, recipe, path)


def test_a_recipe_that_misstates_the_picture_is_refused_and_no_half_file_is_left(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10), bf=0, rotation=90)
    facts = source_of(path)
    lying = type(facts)(facts.file, facts.sha256, "master", type(facts.video)(0, (1, 12800), 192, 320), None)
    with pytest.raises(OtherPicture):
        rendered(tmp_path, clip_recipe(sources=[lying], segments=[Segment(0, 0, 512)]), path)
    assert not (tmp_path / "out.mp4").exists()


def test_sources_must_be_as_many_as_the_recipe_names(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(3))
    with pytest.raises(BadRequest):
        rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512)]), path, path)


def test_frames_of_a_damaged_recording_are_left_out_and_counted(tmp_path):
    path = source("damaged")
    index, _ = index_build(path)
    out, report = clip(tmp_path, path, (0, index.frame_count))
    (segment,) = report.statement.segments
    assert segment.frames_encoded + segment.frames_missing == segment.frames_in == index.frame_count
    assert len(frames_of(out)) == segment.frames_encoded
    assert bool(report.findings) == bool(segment.frames_missing)


def test_the_command_line_reports_progress_and_result(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(30), bf=0)
    recipe = tmp_path / "recipe.json"
    recipe.write_bytes(recipe_bytes(clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512 * 20)])))
    out = tmp_path / "out.mp4"
    done = command("render", recipe, out, "--source", path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["report"]["frames"] == len(frames_of(out)) == 20
    last = json.loads(done.stderr.strip().splitlines()[-1].removeprefix("progress "))
    assert last == {"done": 20, "total": 20, "stage": "encoding"}


def test_the_command_line_tells_all_problems_of_a_bad_recipe(tmp_path):
    recipe = tmp_path / "recipe.json"
    recipe.write_text('{"v": 1}')
    done = command("render", recipe, tmp_path / "out.mp4", "--source", recipe)
    error = json.loads(done.stdout)["error"]
    assert done.returncode == 3
    assert error["code"] == "recipe_invalid"
    assert [row["pointer"] for row in error["data"]["problems"]][:2] == ["/sources", "/segments"]


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "workers.media", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[3], timeout=120)


def test_real_footage_is_cut_to_the_frame(tmp_path):
    folder = Path(os.environ.get("CONTINUITY_REAL_MEDIA", Path(__file__).parents[4] / "shared" / "media"))
    films = sorted(folder.glob("*.mp4"))
    if not films:
        pytest.skip("no real footage beside the checkout")
    for film in films:
        index, _ = index_build(film)
        out, report = clip(tmp_path, film, (20, 35), name=film.stem)
        start = index.pts_of(20)
        assert [frame.at for frame in frames_of(out)] == [
            (index.pts_of(number) - start) * index.time_base for number in range(20, 35)
        ]
        assert report.findings == ()


def test_the_bars_of_the_test_pictures_can_be_told_apart():
    assert [number_in(picture(number)) for number in range(0, 1024, 31)] == list(range(0, 1024, 31))


def test_a_missing_recipe_file_is_an_error_not_a_crash(tmp_path):
    with pytest.raises(BadRequest):
        render(tmp_path / "none.json", tmp_path / "out.mp4", [])
