"""The frame index names each frame by its stored pts, and maps a player's clock to it exactly."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workers.media.sources import source
from workers.media.boxes import edits_by_track
from workers.media.errors import DamagedIndex, NoFrames, NotMedia, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.index import index_build, index_write
from workers.media.source import open_source

DECODED = [
    "mp4", "b_frames", "variable_rate", "open_gop", "hevc", "avi_mjpeg", "mpegts", "mkv_h264",
    "webm", "mpegps", "rotated", "fragmented", "ten_bit", "cut_mkv",
]  # fmt: skip


@pytest.mark.parametrize("name", DECODED)
def test_index_holds_the_pts_of_every_picture_that_decodes(name: str) -> None:
    index, report = index_build(source(name))
    with open_source(source(name)) as container:
        decoded = [frame.pts for frame in container.decode(video=0)]
    assert list(index.pts) == decoded
    assert report.frame_count == len(decoded)
    assert report.timing == "stored"


def test_written_index_reads_back_the_same_and_is_small(tmp_path: Path) -> None:
    out = tmp_path / "index.json"
    index_write(source("variable_rate"), out)
    built, report = index_build(source("variable_rate"))
    read = FrameIndex.read(out)
    assert report.is_variable_rate
    assert list(read.pts) == list(built.pts)
    assert (read.keys, read.refreshes) == (tuple(built.keys), tuple(built.refreshes))
    assert (read.time_base, read.end_pts, read.presentation_offset) == (Fraction(1, 12800), 39936, 1024)
    assert (read.audio_time_base, read.audio_offset) == (Fraction(1, 48000), 1024)
    index_write(source("b_frames"), out)
    assert out.stat().st_size < 300


def test_frame_on_show_is_the_last_whose_time_has_come() -> None:
    index, _ = index_build(source("b_frames"))
    assert index.seconds_of(0) == 0
    assert index.seconds_of(1) == Fraction(1, 25)
    assert index.frame_at(Fraction(1, 25)) == 1
    assert index.frame_at(Fraction(1, 25) - Fraction(1, 10**9)) == 0
    assert index.frame_at(Fraction(-1)) == 0
    assert index.frame_at(Fraction(1000)) == 74
    assert index.frame_of_player_time(0.039999) == 1
    assert index.frame_of_player_time(0.0399) == 0
    assert (index.end_of(0), index.end_of(74)) == (index.pts_of(1), index.end_pts)
    for frame in (-1, 75):
        with pytest.raises(IndexError):
            index.pts_of(frame)


def test_frames_behind_an_edit_list_have_no_number() -> None:
    index, report = index_build(source("hidden_start"))
    assert index.seconds_of(0) == 0
    with av.open(str(source("hidden_start"))) as as_players_do:
        assert index.frame_count == len(list(as_players_do.decode(video=0)))
    assert report.frames_hidden == index.hidden == (75 - index.frame_count, 0)


def test_late_sound_has_a_shift_of_its_own() -> None:
    index, _ = index_build(source("late_sound"))
    assert index.presentation_offset == 0
    assert index.audio_offset is not None
    assert float(-index.audio_offset * Fraction(1, 48000)) == pytest.approx(0.5, abs=0.03)
    assert edits_by_track(source("late_sound"))[2].empty > 0


@pytest.mark.parametrize(
    ("name", "count", "longest", "is_closed", "can_smart_render"),
    [
        ("b_frames", 3, 25, True, True),
        ("mpegts", 3, 25, True, True),
        ("mkv_h264", 3, 25, True, True),
        ("open_gop", 1, 75, False, False),
        ("one_group", 1, 75, True, False),
        ("interlaced", 3, 25, True, False),
        ("hevc", 1, 75, True, False),
        ("ten_bit", 1, 75, True, False),
    ],
)
def test_groups_of_pictures_are_told_by_their_refreshes(
    name: str, count: int, longest: int, is_closed: bool, can_smart_render: bool
) -> None:
    gop = index_build(source(name))[1].gop
    assert (gop.count, gop.longest_frames, gop.is_closed) == (count, longest, is_closed)
    assert gop.can_smart_render is can_smart_render
    assert gop.because.endswith(".")


def test_key_that_is_no_refresh_is_not_taken_for_one() -> None:
    index, _ = index_build(source("open_gop"))
    assert len(index.keys) > len(index.refreshes)
    assert index.refresh_before(60) == 0
    assert index.refresh_after(60) is None


def test_refreshes_around_a_frame_are_found() -> None:
    index, _ = index_build(source("b_frames"))
    assert (index.refresh_before(24), index.refresh_before(25)) == (0, 25)
    assert (index.refresh_after(25), index.refresh_after(26)) == (25, 50)


@pytest.mark.parametrize("name", ["mpegts", "mpegps"])
def test_streams_that_start_late_are_shown_from_zero(name: str) -> None:
    index, report = index_build(source(name))
    assert report.first_pts > 0
    assert 0 <= index.seconds_of(0) < Fraction(1, 20)


def test_what_has_no_frames_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(NoVideo):
        index_build(source("sound_only"))
    with pytest.raises(NotMedia):
        index_build(source("playlist"))
    bare = tmp_path / "bare.mp4"
    content = source("fragmented").read_bytes()
    bare.write_bytes(content[: content.index(b"moof") - 4])
    with pytest.raises(NoFrames):
        index_build(bare)


GOOD = (
    '{"v":1,"stream":0,"time_base":[1,25],"presentation_offset":0,"pts":[0,1,9],"end_pts":10,'
    '"keys":[0],"refreshes":[0],"audio":null}'
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"v":1', '"v":2'),
        ("[0,1,9]", "[0,0,9]"),
        ("[0,1,9]", "[0,-1,9]"),
        ("[0,1,9]", "[0,1,99999999999]"),
        ("[0,1,9]", "[0,1]"),
        ("[0,1,9]", '["0"]'),
        ("[1,25]", "[1,0]"),
        ("[1,25]", "[-1,25]"),
        ('"end_pts":10', '"end_pts":10.5'),
        ('"keys":[0],', ""),
        ("{", "["),
    ],
)
def test_damaged_index_is_refused(old: str, new: str) -> None:
    assert FrameIndex.parse(GOOD.encode()).frame_count == 10
    with pytest.raises(DamagedIndex):
        FrameIndex.parse(GOOD.replace(old, new, 1).encode())


@given(
    pts=st.sets(st.integers(-(10**9), 10**9), min_size=1, max_size=60).map(sorted),
    base=st.fractions(min_value=Fraction(1, 90000), max_value=1).filter(lambda base: base > 0),
    offset=st.integers(-1000, 1000),
)
def test_any_index_survives_its_file_and_names_frames_one_to_one(
    tmp_path_factory: pytest.TempPathFactory, pts: list[int], base: Fraction, offset: int
) -> None:
    index = FrameIndex(
        stream=0,
        time_base=base,
        presentation_offset=offset,
        pts=pts,
        end_pts=pts[-1] + 1,
        keys=[0],
        refreshes=[],
    )
    out = tmp_path_factory.mktemp("index") / "index.json"
    index.write(out)
    read = FrameIndex.read(out)
    assert list(read.pts) == pts
    for frame in range(read.frame_count):
        assert read.frame_of_pts(read.pts_of(frame)) == frame
        assert read.frame_at(read.seconds_of(frame)) == frame
