"""Copies made by copying: whatever the recording, frames, times, sound and untouched pictures are the Master's."""

import json
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.edit_lists import rewritten, rows_of
from tests.workers.media.render_sources import (
    RATE,
    coded,
    even_times,
    frames_of,
    hidden_packets,
    number_in,
    picture,
    rendered,
    sound_in,
    source_of,
    tone,
    uneven_times,
)
from tests.workers.media.sources import ffmpeg, folder, source
from workers.media.index import index_build
from workers.media.recipe import Box, FrameRange, Recipe, Run, Segment, Track, clip_recipe, redaction_recipe
from workers.media.recipe_draft import segment_of_frames
from workers.media.render_reports import RenderReport
from workers.media.smart.h264 import ParameterSets
from workers.media.statement import statement_bytes
from workers.media.verify import verify

pytestmark = pytest.mark.once

COPIED = [
    "mp4", "b_frames", "no_audio", "fragmented", "variable_rate", "mov", "pcm_mov", "mpegts", "mkv_h264", "mkv_opus",
    "two_sounds", "wide_pixels", "late_sound", "rotated", "tagged", "cut_mkv", "cut_ts",
]  # fmt: skip
ENCODED = {
    "open_gop": "open", "one_group": "one group", "interlaced": "interlaced", "hevc": "H.264", "ten_bit": "8-bit",
    "avi_mjpeg": "H.264", "hidden_start": "hides|one group|middle",
}  # fmt: skip


def whole(path: Path, *, cover: tuple[int, int] | None = None, box: Box | None = None) -> Recipe:
    """All of it, by copying; frames [first, end) covered, or a box drawn on them."""
    index, _ = index_build(path)
    segments = [segment_of_frames(index, first=0, end=index.frame_count)]
    start, end = (index.pts_of(cover[0]), index.end_of(cover[1] - 1)) if cover else (0, 0)
    if box is None:
        frames = [FrameRange(source=0, start=start, end=end, effect="solid")] if cover else []
        return redaction_recipe(sources=[source_of(path)], segments=segments, frames=frames, compatible=False)
    track = Track("a", "face", "hand", "box", "solid", False, "privacy", 0, (Run(start, end, (box,)),))
    return redaction_recipe(sources=[source_of(path)], segments=segments, tracks=[track], compatible=False)


def clipped(path: Path, *stretches: tuple[int, int], compatible: bool = False) -> Recipe:
    index, _ = index_build(path)
    segments = [segment_of_frames(index, first=first, end=end) for first, end in stretches]
    return clip_recipe(sources=[source_of(path)], segments=segments, compatible=compatible)


def proved(folder: Path, path: Path, out: Path, report: RenderReport) -> set[int]:
    """The copy's frames that are the Master's bit for bit, by proof."""
    kept = folder / f"{out.name}.json"
    kept.write_bytes(statement_bytes(report.statement))
    told = verify(path, out, kept)
    return {frame for run in told.identical for frame in range(run.first, run.last + 1)}


def lengths(path: Path) -> list[Fraction]:
    """How long each frame is shown, in seconds."""
    index, _ = index_build(path)
    return [(after - before) * index.time_base for before, after in pairwise([*index.pts, index.end_pts])]


@pytest.mark.parametrize("name", COPIED)
def test_a_redaction_copies_every_group_that_it_does_not_touch(tmp_path, name):
    path = source(name)
    out, report = rendered(tmp_path, whole(path, cover=(28, 31)), path)
    before, after = frames_of(path), frames_of(out)
    assert report.findings == () or name == "late_sound"
    assert len(after) == len(before) == report.frames
    assert [frame.at - after[0].at for frame in after] == [frame.at - before[0].at for frame in before]
    assert lengths(out) == lengths(path)
    assert hidden_packets(out) == 0
    copied = proved(tmp_path, path, out, report)
    assert len(copied) >= len(before) - 25
    assert not copied & {28, 29, 30}
    for number, (old, new) in enumerate(zip(before, after, strict=True)):
        assert np.array_equal(old.planes, new.planes) == (number in copied), number
    assert all((after[number].luma == 16).mean() > 0.97 for number in (28, 29, 30))


@pytest.mark.parametrize(("name", "because"), ENCODED.items())
def test_what_cannot_be_copied_is_encoded_throughout_and_the_copy_says_why(tmp_path, name, because):
    path = source(name)
    out, report = rendered(tmp_path, whole(path, cover=(4, 6)), path)
    (finding,) = [row for row in report.findings if row.code == "encoded_throughout"]
    assert any(word in finding.sentence for word in because.split("|"))
    (segment,) = report.statement.segments
    assert (segment.way, segment.frames_copied) == ("encode", 0)
    assert finding.sentence.split("anew. ")[1] in segment.because
    assert report.frames == len(frames_of(out)) == index_build(path)[0].frame_count
    assert proved(tmp_path, path, out, report) == set()


@pytest.mark.parametrize("bf", [0, 3])
@pytest.mark.parametrize(
    "stretches", [[(0, 40)], [(7, 8)], [(5, 31)], [(12, 24)], [(30, 40), (3, 20)], [(3, 15), (15, 27)], [(24, 36)] * 2]
)
def test_a_clip_is_exact_to_the_frame_and_holds_nothing_else(tmp_path, bf, stretches):
    path = coded(tmp_path / "in.mp4", uneven_times(40), bf=bf)
    out, report = rendered(tmp_path, clipped(path, *stretches), path)
    wanted = [number for first, end in stretches for number in range(first, end)]
    found = frames_of(out)
    assert [frame.number for frame in found] == wanted
    assert hidden_packets(out) == 0
    every = lengths(path)
    assert lengths(out)[:-1] == [every[number] for number in wanted[:-1]]
    with av.open(str(out)) as container:
        stream = container.streams.video[0]
        assert stream.duration * stream.time_base == sum(every[number] for number in wanted)
    assert found[0].at == 0
    copied, before = proved(tmp_path, path, out, report), frames_of(path)
    for at, number in enumerate(wanted):
        assert np.array_equal(found[at].planes, before[number].planes) == (at in copied)
    groups = {start for start in (0, 12, 24, 36) for first, end in stretches if first <= start and end >= start + 12}
    assert len(copied) >= 12 * len(groups) * (
        len(stretches) if stretches[0] == stretches[-1] and len(groups) == 1 else 1
    )


def test_without_pictures_shown_out_of_order_the_end_of_a_clip_needs_no_encoding(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(40), bf=0)
    out, report = rendered(tmp_path, clipped(path, (12, 29)), path)
    assert report.statement.segments[0].frames_encoded == 0
    assert report.statement.segments[0].way == "copy"
    assert [frame.number for frame in frames_of(out)] == list(range(12, 29))


def test_sound_that_nothing_is_done_to_is_copied_and_at_a_cut_it_is_encoded_to_the_sample(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(60), sound=tone(2.4))
    out, report = rendered(tmp_path, whole(path, cover=(30, 31)), path)
    assert report.statement.sound == "copied"
    assert np.array_equal(sound_in(out), sound_in(path))
    cut, report = rendered(tmp_path, clipped(path, (7, 43)), path, name="cut")
    assert report.statement.sound == "encoded"
    full, _ = rendered(tmp_path, clipped(path, (7, 43), compatible=True), path, name="full")
    assert np.array_equal(sound_in(cut), sound_in(full))
    assert 0 <= sound_in(cut).shape[1] - 36 * 1920 < 1024


@pytest.mark.parametrize("hidden", ["start", "end"])
def test_sound_that_an_edit_list_hides_is_never_copied_along(tmp_path, hidden):
    """Half a second that no player sounds: copied packets would bring it back, encoding leaves it out."""
    whole_path = coded(tmp_path / "whole.mp4", even_times(36, step=512), bf=0, sound=tone(1.44))
    (row,) = rows_of(whole_path, 1)
    changed = (row[0] - 500, row[1] + (RATE // 2 if hidden == "start" else 0), row[2])
    path = rewritten(whole_path, tmp_path / "in.mp4", [changed], 1)
    out, report = rendered(tmp_path, whole(path, cover=(13, 14)), path)
    assert report.statement.segments[0].frames_copied > 20
    assert report.statement.sound == "encoded"
    loud = np.abs(sound_in(out)[0]) > 0.1
    assert loud[: RATE // 2].any()
    assert not loud[round(0.99 * RATE) :].any()


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_recording_stays_as_the_camera_stored_it_and_is_covered_where_it_is_shown(tmp_path, rotation):
    path = coded(tmp_path / "in.mp4", even_times(36), rotation=rotation)
    box = Box(index_build(path)[0].pts_of(14), 200, 120, 60, 40)
    out, report = rendered(tmp_path, whole(path, cover=(14, 15), box=box), path)
    assert (report.width, report.height) == (320, 192)
    assert source_of(out).video.rotation == rotation
    with av.open(str(out)) as container:
        frame = list(container.decode(video=0))[14]
    shown = np.rot90(frame.to_ndarray(format="yuv420p")[: frame.height], -(rotation // 90)).astype(int)
    assert number_in(shown) == 14
    assert np.abs(shown[120:160, 200:260] - 16).max() < 4
    assert np.abs(shown[100:190, 10:180] - picture(14)[100:190, 10:180]).mean() < 4


def test_settings_that_come_with_a_picture_midway_end_the_copying(tmp_path):
    """A parameter set in the stream, not at a key: nothing tells of it before the packets are copied."""
    path = tmp_path / "in.mp4"
    with av.open(str(source("b_frames"))) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        (pps,) = ParameterSets.parse(given.streams.video[0].codec_context.extradata).pps
        unit = bytes((*pps[:-1], pps[-1] ^ 8))
        for number, packet in enumerate(given.demux(video=0)):
            if packet.size:
                content = len(unit).to_bytes(4, "big") + unit + bytes(packet) if number == 60 else bytes(packet)
                changed = av.Packet(content)
                changed.pts, changed.dts, changed.time_base = packet.pts, packet.dts, packet.time_base
                changed.duration, changed.is_keyframe, changed.stream = packet.duration, packet.is_keyframe, stream
                made.mux(changed)
    _, report = rendered(tmp_path, whole(path, cover=(2, 3)), path)
    assert "settings change" in report.findings[0].sentence
    assert report.statement.segments[0].frames_copied == 0


def test_a_recording_in_two_files_of_one_camera_is_joined_by_copying(tmp_path):
    one = coded(tmp_path / "a.mp4", even_times(24), bf=0)
    other = coded(tmp_path / "b.mp4", even_times(24), bf=0, first_number=24)
    sources = [source_of(one), source_of(other, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    segments = [Segment(0, 512 * 6, 512 * 24), Segment(1, 0, 512 * 20)]
    recipe = clip_recipe(sources=sources, segments=segments, compatible=False)
    out, report = rendered(tmp_path, recipe, one, other)
    assert [frame.number for frame in frames_of(out)] == list(range(6, 44))
    assert [row.frames_copied for row in report.statement.segments] == [12, 20]
    assert proved(tmp_path, other, out, report) == set(range(18, 38))


def test_files_encoded_in_different_ways_are_not_joined_by_copying(tmp_path):
    one = coded(tmp_path / "a.mp4", even_times(24), bf=0)
    other = coded(tmp_path / "b.mp4", even_times(24), bf=3, first_number=24)
    sources = [source_of(one), source_of(other, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    segments = [Segment(0, 0, 512 * 24), Segment(1, 1024, 512 * 26)]
    recipe = clip_recipe(sources=sources, segments=segments, compatible=False)
    out, report = rendered(tmp_path, recipe, one, other)
    assert "different settings" in report.findings[0].sentence
    assert [frame.number for frame in frames_of(out)] == list(range(48))


def test_settings_that_change_midway_are_never_joined_under_one_head(tmp_path):
    made = []
    for name, size in (("a", "320x240"), ("b", "160x120")):
        made.append(tmp_path / f"{name}.ts")
        picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d=1", "-c:v", "libx264", "-g", "10"]
        ffmpeg(*picture, "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-output_ts_offset", len(made), made[-1])
    both = tmp_path / "both.ts"
    both.write_bytes(b"".join(path.read_bytes() for path in made))
    _, told = index_build(both)
    assert not told.gop.can_smart_render
    assert "change" in told.gop.because


@pytest.mark.parametrize("size", ["322x242", "336x176"])
@pytest.mark.parametrize("profile", ["baseline", "main", "high"])
def test_sizes_and_profiles_are_continued_as_they_are(tmp_path, size, profile):
    path = folder() / f"{size}-{profile}.mp4"
    picture = ["-f", "lavfi", "-i", f"testsrc2=s={size}:r=30000/1001:d=1", "-c:v", "libx264", "-preset", "veryfast"]
    ffmpeg(*picture, "-profile:v", profile, "-level", "3.1", "-g", "8", "-pix_fmt", "yuv420p", path)
    out, report = rendered(tmp_path, whole(path, cover=(10, 11)), path)
    with av.open(str(path)) as old, av.open(str(out)) as new:
        one, other = old.streams.video[0], new.streams.video[0]
        assert other.codec_context.extradata[:4] == one.codec_context.extradata[:4]
        assert other.time_base == one.time_base
        assert len(list(new.decode(video=0))) == report.frames == one.frames
    assert report.statement.segments[0].frames_copied >= report.frames - 8


def test_damage_in_what_is_copied_stays_the_masters_and_in_what_is_encoded_it_is_counted(tmp_path):
    path = source("damaged")
    index, _ = index_build(path)
    out, report = rendered(tmp_path, whole(path, cover=(2, 4)), path)
    (segment,) = report.statement.segments
    assert segment.frames_copied + segment.frames_encoded + segment.frames_missing == index.frame_count
    assert len(index_build(out)[0].pts) == report.frames


def test_the_same_recipe_gives_the_same_bytes_however_many_groups_are_encoded_at_once(tmp_path, monkeypatch):
    path = coded(tmp_path / "in.mp4", even_times(60), sound=tone(2.4))
    recipe = whole(path, cover=(13, 40))
    one, first = rendered(tmp_path, recipe, path, name="one")
    monkeypatch.setattr("workers.media.smart.joining.MOST_AT_ONCE", 1)
    other, second = rendered(tmp_path, recipe, path, name="other")
    assert first.statement.segments[0].frames_copied == 12 + 12 + 1
    assert one.read_bytes() == other.read_bytes()
    assert first == second


@pytest.mark.parametrize(("chunk", "ready"), [(1, True), (1_000, False)])
def test_the_same_recipe_gives_the_same_bytes_however_much_sound_is_handled_at_a_time(
    tmp_path, monkeypatch, chunk, ready
):
    """`ready`: of seams, so that sound is never, or as far as it goes, encoded while they are waited for."""
    path = coded(tmp_path / "in.mp4", even_times(60), sound=np.concatenate([tone(2.4), tone(2.4, 700)]))
    recipe = clipped(path, (5, 31), (40, 57))
    one, first = rendered(tmp_path, recipe, path, name="one")
    monkeypatch.setattr("workers.media.audio.CHUNK_SAMPLES", chunk)
    monkeypatch.setattr("workers.media.smart.joining.Ahead.is_ready", lambda ahead: ready)
    other, second = rendered(tmp_path, recipe, path, name="other")
    assert (first.statement.sound, first.statement.segments[0].way) == ("encoded", "mixed")
    assert one.read_bytes() == other.read_bytes()
    assert first == second


def test_nothing_of_the_cameras_words_travels_with_copied_packets(tmp_path):
    words = b"\x17body worn camera 51.5000 SECRET"
    path = tmp_path / "in.mp4"
    user_data = "filter_units=remove_types=9,h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+SECRET"
    ffmpeg("-i", source("b_frames"), "-c", "copy", "-bsf:v", user_data, path)
    assert words[-6:] in path.read_bytes()
    out, report = rendered(tmp_path, whole(path, cover=(28, 31)), path)
    assert report.statement.segments[0].frames_copied > 40
    for secret in (b"SECRET", b"x264", b"Lavf"):
        assert secret not in out.read_bytes()


def test_a_recording_that_ends_early_on_disk_leaves_no_half_file(tmp_path):
    path = tmp_path / "in.mp4"
    path.write_bytes(source("cut_faststart").read_bytes())
    out, report = rendered(tmp_path, whole(path, cover=(2, 4)), path)
    assert len(frames_of(out)) == report.frames > 0
    said = json.dumps([row.sentence for row in report.findings])
    assert report.statement.segments[0].frames_copied > 0 or "anew" in said


@pytest.mark.slow
def test_real_footage_keeps_every_untouched_picture(tmp_path):
    beside = Path(os.environ.get("CONTINUITY_REAL_MEDIA", Path(__file__).parents[4] / "shared" / "media"))
    films = [film for film in sorted(beside.glob("*.mp4")) if index_build(film)[1].gop.can_smart_render]
    if not films:
        pytest.skip("no real footage beside the checkout")
    for film in films:
        out, report = rendered(tmp_path, whole(film, cover=(70, 74)), film, name=film.stem)
        assert report.findings == ()
        copied = proved(tmp_path, film, out, report)
        assert len(copied) > report.frames / 2
        with av.open(str(film)) as old, av.open(str(out)) as new:
            both = zip(old.decode(video=0), new.decode(video=0), strict=True)
            for number, (one, other) in enumerate(both):
                assert (one.to_ndarray() == other.to_ndarray()).all() == (number in copied), (film.name, number)
