"""The storyboard: true little pictures, spread over the whole length, each naming its frame."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workers.media.sources import ffmpeg, source
from workers.media.frame_index import FrameIndex
from workers.media.prepare import prepare
from workers.media.reports import PrepareReport
from workers.media.source import open_source
from workers.media.wire import from_obj, to_obj


@pytest.mark.parametrize("name", ["b_frames", "rotated", "mpegts", "hevc", "ten_bit", "wide_pixels"])
def test_each_tile_shows_the_frame_it_names(name: str, tmp_path: Path) -> None:
    report = prepare(source(name), tmp_path)
    index = FrameIndex.read(tmp_path / "index.json")
    board = json.loads((tmp_path / "storyboard.json").read_text(encoding="ascii"))
    sheet = Image.open(tmp_path / board["image"])
    width, height = board["tile"]
    (video,) = report.probe.video
    assert report.storyboard is not None
    assert report.storyboard.tiles == len(board["tiles"]) == len(index.keys)
    with open_source(source(name)) as container:
        frames = {index.frame_of_pts(frame.pts): frame for frame in container.decode(video=0)}
    for number, (frame, shown_s) in enumerate(board["tiles"]):
        assert shown_s == pytest.approx(float(index.seconds_of(frame)), abs=0.001)
        x, y = number % board["columns"] * width, number // board["columns"] * height
        tile = np.asarray(sheet.crop((x, y, x + width, y + height)).convert("L"), dtype=int)
        picture = np.rot90(frames[frame].to_ndarray(format="rgb24"), k=-(video.rotation // 90))
        expected = (
            Image.fromarray(np.ascontiguousarray(picture)).convert("L").resize((width, height), Image.Resampling.BOX)
        )
        assert np.abs(tile - np.asarray(expected, dtype=int)).mean() < 8


def test_tiles_have_the_displayed_shape(tmp_path: Path) -> None:
    shapes = {}
    for name in ("b_frames", "rotated", "wide_pixels"):
        board = prepare(source(name), tmp_path).storyboard
        assert board is not None
        shapes[name] = (board.tile_width, board.tile_height)
    assert shapes == {"b_frames": (160, 120), "rotated": (120, 160), "wide_pixels": (160, 90)}


def test_a_long_recording_gets_no_more_tiles_than_a_sheet_holds(tmp_path: Path) -> None:
    long = tmp_path / "long.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=60", "-c:v", "libx264", "-g", "2", "-preset", "ultrafast", long
    )
    out = tmp_path / "out"
    out.mkdir()
    report = prepare(long, out)
    board = json.loads((out / "storyboard.json").read_text(encoding="ascii"))
    assert report.index is not None
    assert report.index.gop.count == 300
    assert 70 <= len(board["tiles"]) <= 80
    assert board["tiles"][-1][1] > 58
    gaps = np.diff([shown for _, shown in board["tiles"]])
    assert gaps.max() < 1.2


def test_sheet_holds_no_metadata_of_the_recording(tmp_path: Path) -> None:
    prepare(source("tagged"), tmp_path)
    with Image.open(tmp_path / "storyboard.jpg") as sheet:
        assert not sheet.getexif()
        assert set(sheet.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"Interview" not in (tmp_path / "storyboard.jpg").read_bytes()


def test_prepare_writes_what_its_report_lists(tmp_path: Path) -> None:
    report = prepare(source("b_frames"), tmp_path)
    names = ["index.json", "storyboard.jpg", "storyboard.json", "thumbnail.jpg", "waveform.json"]
    assert [name for name, _ in report.files] == names
    assert all((tmp_path / name).stat().st_size == size for name, size in report.files)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(name for name, _ in report.files)
    assert from_obj(PrepareReport, json.loads(json.dumps(to_obj(report)))) == report


@pytest.mark.parametrize("name", ["empty", "text", "playlist", "no_index", "noise"])
def test_prepare_of_what_cannot_be_played_gives_the_probe_alone(name: str, tmp_path: Path) -> None:
    report = prepare(source(name), tmp_path)
    assert report.probe.playable.way == "none"
    assert (report.index, report.storyboard, report.waveform, report.files) == (None, None, None, ())
    assert list(tmp_path.iterdir()) == []


def test_prepare_goes_as_far_as_a_damaged_recording_does(tmp_path: Path) -> None:
    whole = prepare(source("mpegts"), tmp_path).index
    cut = prepare(source("cut_ts"), tmp_path)
    assert whole is not None
    assert cut.index is not None
    assert 40 < cut.index.frame_count < whole.frame_count
    assert cut.storyboard is not None
    assert Fraction(*cut.index.time_base) == Fraction(1, 90000)
