"""Turned and mirrored pictures: the display matrix in each of its eight forms, and the shape of turned pixels."""

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from tests.workers.media.render_sources import coded, even_times, frames_of, number_in, picture, rendered, source_of
from tests.workers.media.sources import ffmpeg
from workers.media.frames import OtherPicture
from workers.media.index import index_build
from workers.media.prepare import prepare
from workers.media.probe import probe
from workers.media.recipe import Segment, clip_recipe
from workers.media.still import Moment, still
from workers.media.transcode import transcode

TURNS = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}
MATRIX_AT = 44
"""Behind a track header's kind, in version 0."""


def shown_as(path: Path, out: Path, *, rotation: int, is_mirrored: bool) -> Path:
    """The same stored pictures with another display matrix: left and right exchanged first, then turned clockwise."""
    cos, sin = TURNS[rotation]
    sign = -1 if is_mirrored else 1
    return with_matrix(path, out, sign * cos, sign * sin, -sin, cos)


def with_matrix(path: Path, out: Path, a: float, b: float, c: float, d: float) -> Path:
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + MATRIX_AT
    one = 1 << 16
    struct.pack_into(">9i", content, at, int(a * one), int(b * one), 0, int(c * one), int(d * one), 0, 0, 0, 1 << 30)
    out.write_bytes(content)
    return out


def lumas(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p")[: frame.height] for frame in container.decode(video=0)]


def as_shown(luma: np.ndarray, *, rotation: int, is_mirrored: bool) -> np.ndarray:
    return np.rot90(luma[:, ::-1] if is_mirrored else luma, k=-rotation // 90)


@pytest.mark.parametrize("rotation", TURNS)
@pytest.mark.parametrize("is_mirrored", [False, True])
def test_each_form_of_the_display_matrix_is_read_as_ffmpeg_shows_it(
    tmp_path: Path, rotation: int, is_mirrored: bool
) -> None:
    stored = coded(tmp_path / "stored.mp4", even_times(6), bf=0)
    path = shown_as(stored, tmp_path / "in.mp4", rotation=rotation, is_mirrored=is_mirrored)
    (video,) = probe(path).video
    assert (video.rotation, video.is_mirrored) == (rotation, is_mirrored)
    for is_proxy in (True, False):
        out = tmp_path / f"{is_proxy}.mp4"
        report = transcode(path, out, is_proxy=is_proxy)
        assert report.video == ("copied" if is_proxy and not is_mirrored else "encoded")
        if report.video == "encoded":
            expected = as_shown(picture(4), rotation=rotation, is_mirrored=is_mirrored).astype(int)
            assert np.abs(lumas(out)[4].astype(int) - expected).mean() < 6
            assert probe(out).uneditable == ""


@pytest.mark.parametrize("rotation", TURNS)
def test_a_mirrored_recording_is_not_edited_and_plays_as_a_proxy(tmp_path: Path, rotation: int) -> None:
    stored = coded(tmp_path / "stored.mp4", even_times(6), bf=0)
    path = shown_as(stored, tmp_path / "in.mp4", rotation=rotation, is_mirrored=True)
    said = prepare(path, tmp_path).probe
    assert "Make a plain MP4 of it first" in said.uneditable
    assert ([finding.code for finding in said.findings], said.playable.way) == (["mirrored"], "proxy")
    with pytest.raises(OtherPicture, match="Make a plain MP4 of it first"):
        rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, 512)]), path)
    assert not (tmp_path / "out.mp4").exists()


def test_a_picture_at_a_slant_is_not_edited(tmp_path: Path) -> None:
    stored = coded(tmp_path / "stored.mp4", even_times(6), bf=0)
    path = with_matrix(stored, tmp_path / "in.mp4", 0.7, 0.7, -0.7, 0.7)
    assert "Make a plain MP4 of it first" in probe(path).uneditable


@pytest.mark.parametrize("rotation", [90, 270])
def test_wide_pixels_of_a_turned_picture_are_tall(tmp_path: Path, rotation: int) -> None:
    stored = tmp_path / "stored.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4", "-vf", "setsar=4/3", "-c:v", "libx264", stored)
    path = shown_as(stored, tmp_path / "in.mp4", rotation=rotation, is_mirrored=False)
    facts = source_of(path)
    assert (facts.video.width, facts.video.height, facts.video.sar) == (240, 320, (3, 4))
    report = still(path, tmp_path / "out.png", moment=Moment(frame=3))
    assert (report.width, report.height) == (240, 427)
    index, _ = index_build(path)
    whole = Segment(0, index.pts_of(0), index.end_pts)
    out, _ = rendered(tmp_path, clip_recipe(sources=[facts], segments=[whole]), path)
    assert source_of(out).video.sar == (3, 4)


def test_an_upright_copy_says_the_same_numbers(tmp_path: Path) -> None:
    """The bars of a mirrored picture read backwards until they are mirrored back."""
    stored = coded(tmp_path / "stored.mp4", even_times(6), bf=0)
    path = shown_as(stored, tmp_path / "in.mp4", rotation=180, is_mirrored=True)
    out = tmp_path / "out.mp4"
    transcode(path, out, is_proxy=False)
    assert [number_in(frame.luma[::-1]) for frame in frames_of(out)] == list(range(6))
