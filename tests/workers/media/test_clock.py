"""Recordings whose clock starts again, or that name two pictures by one time: told, not edited, and no picture lost."""

from pathlib import Path

import av
import pytest

from tests.workers.media.render_sources import coded, even_times, frames_of, rendered, source_of, tone
from tests.workers.media.sources import NAMES, ffmpeg, source
from workers.media.errors import NoFrames, NotMedia, NoVideo
from workers.media.index import index_build
from workers.media.inputs import NotEditable
from workers.media.prepare import prepare
from workers.media.recipe import Segment, clip_recipe
from workers.media.transcode import remux, transcode


def restarted(folder: Path, begins_at_s: str) -> Path:
    """Two takes of 50 numbered frames in one transport stream; the clock of the second begins anew."""
    content = b""
    for number, offset in enumerate(("0", begins_at_s)):
        take = coded(folder / f"{number}.mp4", even_times(50), sound=tone(2), first_number=50 * number)
        ffmpeg("-i", take, "-c", "copy", "-output_ts_offset", offset, folder / f"{number}.ts")
        content += (folder / f"{number}.ts").read_bytes()
    path = folder / "in.ts"
    path.write_bytes(content)
    return path


def doubled(folder: Path) -> Path:
    """A Matroska in which every fifth picture has the time of the one before it."""
    taken, path = coded(folder / "taken.mp4", even_times(50), bf=0), folder / "in.mkv"
    with av.open(str(taken)) as given, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(row for row in given.demux(video=0) if row.size):
            packet.pts = packet.dts = (number - (number % 5 == 4)) * 512
            packet.stream = stream
            made.mux(packet)
    return path


@pytest.mark.parametrize("begins_at_s", ["0", "1", "1.96", "1.97"])
def test_a_clock_that_starts_again_is_told_and_not_edited(tmp_path: Path, begins_at_s: str) -> None:
    path = restarted(tmp_path, begins_at_s)
    said = prepare(path, tmp_path).probe
    assert "clock_restarts" in [finding.code for finding in said.findings]
    assert "Make a plain MP4 of it first" in said.uneditable
    index, _ = index_build(path)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(0), index.end_pts)])
    with pytest.raises(NotEditable, match="Make a plain MP4 of it first"):
        rendered(tmp_path, recipe, path)


@pytest.mark.parametrize("begins_at_s", ["0", "1", "1.96", "1.97"])
def test_its_plain_mp4_holds_every_picture_and_can_be_edited(tmp_path: Path, begins_at_s: str) -> None:
    path, out = restarted(tmp_path, begins_at_s), tmp_path / "out.mp4"
    report = transcode(path, out, is_proxy=False)
    assert index_build(out)[1].uneditable == ""
    for made in (report, remux(path, tmp_path / "remux.mp4")):
        assert (made.frames_in, made.frames_out, made.is_frame_for_frame) == (100, 100, False)
        assert [finding.code for finding in made.findings] == ["times_differ"]
    for copy in (out, tmp_path / "remux.mp4"):
        assert [frame.number for frame in frames_of(copy)] == list(range(100))


def test_pictures_that_share_a_time_are_all_in_the_plain_mp4(tmp_path: Path) -> None:
    path, out = doubled(tmp_path), tmp_path / "out.mp4"
    assert index_build(path)[1].duplicate_times == 10
    report = transcode(path, out, is_proxy=False)
    assert [frame.number for frame in frames_of(out)] == list(range(50))
    assert report.frames_in == report.frames_out == 50
    assert index_build(out)[1].uneditable == ""


def test_honest_recordings_of_every_kind_can_be_edited() -> None:
    for name in NAMES:
        try:
            _, report = index_build(source(name))
        except (NotMedia, NoVideo, NoFrames):
            continue
        assert report.uneditable == "", name
