import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.workers.media.render_sources import coded, even_times, number_in, source_of, uneven_times
from tests.workers.media.sources import ffmpeg, source
from workers.media.cli import main
from workers.media.errors import BadRequest
from workers.media.index import index_build
from workers.media.inputs import OtherMaster
from workers.media.recipe import Box, Params, RecipeError, Run, Track, recipe_bytes, recipe_sha256, still_recipe
from workers.media.still import Moment, still


def seen(path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"))


@pytest.mark.parametrize("number", [0, 1, 7, 13, 39])
def test_the_frame_that_is_named_is_the_frame_that_is_shown(tmp_path, number):
    path = coded(tmp_path / "in.mp4", uneven_times(40))
    index, _ = index_build(path)
    out = tmp_path / "out.png"
    moments = (
        Moment(frame=number),
        Moment(pts=index.pts_of(number)),
        Moment(pts=index.end_of(number) - 1),
        Moment(at_s=index.seconds_of(number)),
    )
    for moment in moments:
        report = still(path, out, moment=moment)
        assert number_in(seen(out)) == number
        assert (report.frame, report.pts) == (number, index.pts_of(number))
        assert report.shown_s == float(index.seconds_of(number))
        assert not report.is_redacted


def test_the_png_holds_pixels_and_no_word(tmp_path):
    out = tmp_path / "out.png"
    still(source("tagged"), out, moment=Moment(frame=5))
    content, at, kinds = out.read_bytes(), 8, set()
    while at < len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        kinds.add(content[at + 4 : at + 8])
        at += 12 + length
    assert kinds <= {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_still_is_upright(tmp_path, rotation):
    path = coded(tmp_path / "in.mp4", even_times(10), rotation=rotation)
    report = still(path, tmp_path / "out.png", moment=Moment(frame=6))
    assert number_in(seen(tmp_path / "out.png")) == 6
    assert (report.width, report.height) == (320, 192)


def test_wide_pixels_are_made_square(tmp_path):
    report = still(source("wide_pixels"), tmp_path / "out.png", moment=Moment(frame=3))
    assert (report.width, report.height) == (427, 240)
    assert seen(tmp_path / "out.png").shape == (240, 427)


@pytest.mark.parametrize(
    ("size", "matrix", "scale", "told"),
    [
        ("1280x720", "bt709", "tv", True),
        ("1280x720", "bt709", "tv", False),
        ("640x480", "smpte170m", "tv", True),
        ("640x480", "smpte170m", "tv", False),
        ("640x480", "bt709", "tv", True),
        ("640x480", "smpte170m", "pc", True),
    ],
)
def test_colours_are_those_of_the_scene(tmp_path, size, matrix, scale, told):
    """A known RGB colour, stored with a matrix and range that the file tells, or leaves to be known."""
    path, out = tmp_path / "in.mp4", tmp_path / "out.png"
    turn = f"scale=out_color_matrix={matrix}:out_range={scale}:flags=accurate_rnd,format=yuv420p"
    tags = ["-colorspace", matrix, "-color_range", scale] if told else ["-bsf:v", "h264_metadata=matrix_coefficients=2"]
    given = ["-f", "lavfi", "-i", f"color=c=0xC83C28:s={size}:r=25:d=0.2,format=gbrp"]
    ffmpeg(*given, "-vf", turn, *tags, "-c:v", "libx264", "-qp", "1", path)
    still(path, out, moment=Moment(frame=2))
    blue, green, red = cv2.imread(str(out))[100, 100]
    assert (int(red), int(green), int(blue)) == pytest.approx((200, 60, 40), abs=4)


def test_colours_stored_as_rgb_stay_what_they_are(tmp_path):
    path, out = tmp_path / "in.mov", tmp_path / "out.png"
    given = ["-f", "lavfi", "-i", "color=c=0xC83C28:s=320x240:r=25:d=0.2,format=rgb24"]
    ffmpeg(*given, "-c:v", "libx264rgb", "-qp", "1", path)
    still(path, out, moment=Moment(frame=2))
    blue, green, red = cv2.imread(str(out))[100, 100]
    assert (int(red), int(green), int(blue)) == pytest.approx((200, 60, 40), abs=4)


def test_a_still_recipe_covers_and_is_stated(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(20))
    index, _ = index_build(path)
    pts = index.pts_of(9)
    run = Run(start=pts, end=pts + 1, boxes=(Box(pts, 100, 120, 60, 40),))
    track = Track("t", "face", "hand", "box", "solid", False, "third_party", 0, (run,))
    recipe = still_recipe(source=source_of(path), pts=pts, tracks=[track], params=Params(pad_pct=0))
    recipe_path = tmp_path / "recipe.json"
    recipe_path.write_bytes(recipe_bytes(recipe))
    report = still(path, tmp_path / "out.png", moment=None, recipe_path=recipe_path)
    picture = seen(tmp_path / "out.png")
    assert number_in(picture) == 9
    assert not picture[120:160, 100:160].any()
    assert picture[120:160, 164:200].any()
    assert report.is_redacted
    assert report.statement.kind == "still"
    assert report.statement.recipe_sha256 == recipe_sha256(recipe)
    again = still(path, tmp_path / "again.png", moment=None, recipe_path=recipe_path)
    assert again == report
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.png").read_bytes()


def test_a_still_of_another_file_or_outside_the_recording_is_refused(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(5), bf=0)
    recipe_path = tmp_path / "recipe.json"
    recipe_path.write_bytes(recipe_bytes(still_recipe(source=source_of(path), pts=512 * 9)))
    with pytest.raises(RecipeError):
        still(path, tmp_path / "out.png", moment=None, recipe_path=recipe_path)
    with pytest.raises(OtherMaster):
        still(source("mp4"), tmp_path / "out.png", moment=None, recipe_path=recipe_path)
    with pytest.raises(BadRequest):
        still(path, tmp_path / "out.png", moment=Moment(frame=5))
    with pytest.raises(BadRequest):
        still(path, tmp_path / "out.png", moment=Moment())
    assert not (tmp_path / "out.png").exists()


def test_the_command_line_takes_a_time_exactly(tmp_path, capsys):
    path = coded(tmp_path / "in.mp4", even_times(10))
    out = tmp_path / "out.png"
    assert main(["still", str(path), str(out), "--at", "0.12"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert report["frame"] == 3
    assert Fraction(report["shown_s"]).limit_denominator(1000) == Fraction(3, 25)
    assert main(["still", str(path), str(out), "--at", "soon"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_request"


def test_pictures_of_other_forms_give_stills(tmp_path):
    for name in ("hevc", "ten_bit", "avi_mjpeg", "webm"):
        report = still(source(name), tmp_path / f"{name}.png", moment=Moment(frame=4))
        assert (report.width, report.height) == (320, 240)


def test_the_time_of_a_still_is_cut_to_the_millisecond_without_a_float_between(tmp_path):
    """Frames 0.29 s apart: as a float 0.29 * 1000 falls short of 290."""
    path = coded(tmp_path / "in.mp4", even_times(12, step=29), bf=0, base=Fraction(1, 100))
    index, _ = index_build(path)
    for number in range(12):
        report = still(path, tmp_path / "out.png", moment=Moment(frame=number))
        assert report.shown_ms == index.seconds_of(number) * 1000 == 290 * number
