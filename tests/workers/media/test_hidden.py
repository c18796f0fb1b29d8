"""What an edit list hides from players is in no index, no copy and no storyboard; what it reorders is not edited."""

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.edit_lists import NORMAL, rewritten, rows_of
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
from tests.workers.media.sources import ffmpeg
from workers.media.boxes import edits_by_track
from workers.media.errors import NoFrames
from workers.media.frame_index import FrameIndex
from workers.media.index import index_build
from workers.media.inputs import NotEditable
from workers.media.prepare import prepare
from workers.media.recipe import FrameRange, RecipeError, Segment, clip_recipe, redaction_recipe
from workers.media.still import Moment, still
from workers.media.transcode import transcode


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 numbered frames with B-frames and a tone; a refresh each 12."""
    return coded(tmp_path_factory.mktemp("numbered") / "in.mp4", even_times(60), sound=tone(2.4))


def shown_by_players(path: Path) -> list[int]:
    """The numbers of the frames that a player of edit lists shows."""
    return [frame.number for frame in frames_of(path)]


def cut_short(path: Path, out: Path, ms: int, track: int = 0) -> Path:
    (row,) = rows_of(path, track)
    return rewritten(path, out, [(ms, row[1], row[2])], track)


def begun_late(path: Path, out: Path, ticks: int) -> Path:
    (row,) = rows_of(path)
    return rewritten(path, out, [(row[0] - 400, row[1] + ticks, row[2])])


@pytest.mark.parametrize("ms", [1200, 1210, 1240, 20, 2399, 99_000])
def test_index_ends_where_players_end(tmp_path: Path, numbered: Path, ms: int) -> None:
    path = cut_short(numbered, tmp_path / "cut.mp4", ms)
    index, report = index_build(path)
    shown = shown_by_players(path)
    assert index.frame_count == len(shown)
    assert report.frames_hidden == (0, 60 - len(shown))
    assert [finding.code for finding in report.findings] == (["hidden_end"] if len(shown) < 60 else [])
    assert index.seconds_of(index.frame_count - 1) < Fraction(ms, 1000)


@pytest.mark.parametrize("ticks", [512, 5 * 512 + 100, 20 * 512])
def test_frame_0_is_the_first_that_players_show(tmp_path: Path, numbered: Path, ticks: int) -> None:
    path = begun_late(numbered, tmp_path / "late.mp4", ticks)
    index, _ = index_build(path)
    assert index.frame_count == len(shown_by_players(path))
    assert index.seconds_of(0) == 0
    still(path, tmp_path / "0.png", moment=Moment(frame=0))
    out, _ = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[whole(path)]), path)
    assert shown_by_players(out) == shown_by_players(path)


def whole(path: Path) -> Segment:
    """'The whole recording is kept', as services say it."""
    index, _ = index_build(path)
    return Segment(0, index.pts_of(0), index.end_pts)


@pytest.mark.parametrize("kind", ["start", "end"])
def test_a_redaction_of_all_holds_only_what_players_show(tmp_path: Path, numbered: Path, kind: str) -> None:
    path = tmp_path / "in.mp4"
    if kind == "start":
        ffmpeg("-ss", "0.9", "-i", numbered, "-c", "copy", path)
    else:
        cut_short(numbered, path, 1200)
    facts = source_of(path)
    cover = FrameRange(0, whole(path).start, whole(path).start + 1, "solid")
    recipe = redaction_recipe(sources=[facts], segments=[whole(path)], frames=[cover])
    out, report = rendered(tmp_path, recipe, path)
    assert shown_by_players(out)[1:] == shown_by_players(path)[1:]
    assert len(shown_by_players(out)) == report.frames < 60
    assert hidden_packets(out) == 0


def test_stretches_that_reach_into_hidden_frames_are_refused(tmp_path: Path, numbered: Path) -> None:
    path = cut_short(numbered, tmp_path / "cut.mp4", 1200)
    stored, _ = index_build(numbered)
    facts, shown = source_of(path), whole(path)
    beyond = Segment(0, shown.start, stored.end_pts)
    with pytest.raises(RecipeError, match="after the recording does"):
        rendered(tmp_path, clip_recipe(sources=[facts], segments=[beyond]), path)
    cover = FrameRange(0, stored.pts_of(40), stored.pts_of(42), "solid")
    with pytest.raises(RecipeError, match="after the recording does"):
        rendered(tmp_path, redaction_recipe(sources=[facts], segments=[shown], frames=[cover]), path)
    late = begun_late(numbered, tmp_path / "late.mp4", 20 * 512)
    before = Segment(0, stored.pts_of(0), stored.pts_of(30))
    with pytest.raises(RecipeError, match="before the first frame"):
        rendered(tmp_path, clip_recipe(sources=[source_of(late)], segments=[before]), late)


def test_sound_that_an_edit_list_hides_is_not_heard_in_a_copy(tmp_path: Path, numbered: Path) -> None:
    path = cut_short(numbered, tmp_path / "quiet.mp4", 1000, track=1)
    out, _ = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[whole(path)]), path)
    samples = sound_in(out)
    assert np.abs(samples[:, : round(0.95 * RATE)]).max() > 0.3
    assert not samples[:, round(1.06 * RATE) :].any()


def two_parts(path: Path, out: Path) -> Path:
    """Shows 0.8 s to 1.6 s, then 0 to 0.8 s."""
    (row,) = rows_of(path)
    return rewritten(path, out, [(800, row[1] + 20 * 512, NORMAL), (800, row[1], NORMAL)])


@pytest.mark.parametrize("kind", ["two parts", "half speed", "nothing shown"])
def test_an_edit_list_that_is_no_plain_shift_is_not_edited(tmp_path: Path, numbered: Path, kind: str) -> None:
    path, (row,) = tmp_path / "in.mp4", rows_of(numbered)
    if kind == "two parts":
        two_parts(numbered, path)
    else:
        rewritten(numbered, path, [(row[0], row[1], NORMAL // 2) if kind == "half speed" else (0, row[1], NORMAL)])
    index, report = index_build(path)
    assert not edits_by_track(path)[1].is_plain
    assert [finding.code for finding in report.findings] == ["edit_parts"]
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(0), index.end_pts)])
    with pytest.raises(NotEditable, match="Make a plain MP4 of it first"):
        rendered(tmp_path, recipe, path)
    with pytest.raises(NotEditable, match="Make a plain MP4 of it first"):
        still(path, tmp_path / "0.png", moment=Moment(frame=0))


def test_parts_out_of_order_are_told_and_become_a_plain_mp4_that_can_be_cut(tmp_path: Path, numbered: Path) -> None:
    path = two_parts(numbered, tmp_path / "in.mp4")
    said = prepare(path, tmp_path).probe
    assert "Make a plain MP4 of it first" in said.uneditable
    assert "edit_parts" in [finding.code for finding in said.findings]
    plain = tmp_path / "plain.mp4"
    report = transcode(path, plain, is_proxy=False)
    assert not report.is_frame_for_frame
    assert shown_by_players(plain) == [*range(20, 40), *range(20)]
    assert index_build(plain)[1].uneditable == ""


def test_a_proxy_of_what_hides_frames_is_numbered_as_the_recording_is(tmp_path: Path, numbered: Path) -> None:
    path = begun_late(cut_short(numbered, tmp_path / "cut.mp4", 2000), tmp_path / "in.mp4", 5 * 512)
    report = transcode(path, tmp_path / "proxy.mp4", is_proxy=False)
    assert report.is_frame_for_frame
    assert [finding.code for finding in report.findings] == ["frames_hidden"]
    assert shown_by_players(tmp_path / "proxy.mp4") == shown_by_players(path)
    index, _ = index_build(path)
    still_report = still(path, tmp_path / "3.png", moment=Moment(frame=3))
    assert still_report.pts == index.pts_of(3)


def test_preparation_tells_both_hidden_ends_and_shows_no_picture_of_them(tmp_path: Path, numbered: Path) -> None:
    path = begun_late(cut_short(numbered, tmp_path / "cut.mp4", 2000), tmp_path / "in.mp4", 14 * 512)
    report = prepare(path, tmp_path)
    assert [finding.code for finding in report.probe.findings] == ["hidden_start", "hidden_end"]
    assert report.probe.uneditable == ""
    index = FrameIndex.read(tmp_path / "index.json")
    assert index.hidden[0] == 14
    assert index.frame_count + sum(index.hidden) == 60
    board = json.loads((tmp_path / "storyboard.json").read_text(encoding="ascii"))
    assert [frame for frame, _ in board["tiles"]] == list(index.keys)


def test_a_recording_all_of_which_is_hidden_has_no_frames(tmp_path: Path, numbered: Path) -> None:
    (row,) = rows_of(numbered)
    path = rewritten(numbered, tmp_path / "in.mp4", [(100, row[1] + 10**6, NORMAL)])
    with pytest.raises(NoFrames, match="hides every picture"):
        index_build(path)
    with av.open(str(path)) as as_players_do:
        assert not list(as_players_do.decode(video=0))
