"""What is written on pictures: caption, time and name, in any script, at any size; and that all is encoded for it."""

from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.workers.media.render_sources import coded, even_times, frames_of, plain, rendered, source_of
from workers.media.lettering import NotWritable, line_mask
from workers.media.mask import Planes
from workers.media.overlay import Lettering, time_words
from workers.media.recipe import (
    Overlay,
    RecipeError,
    Segment,
    clip_recipe,
    recipe_bytes,
    recipe_parse,
    recipe_sha256,
    still_recipe,
)
from workers.media.still import still

COUNT = 30
CLOCK = Overlay(time="clock", starts=(1_795_000_000_120,))


@pytest.fixture(scope="module")
def source_path(tmp_path_factory):
    return coded(tmp_path_factory.mktemp("overlay") / "master.mp4", even_times(COUNT))


def recipe_for(path, overlay, **options):
    source = source_of(path)
    start = 1024
    return clip_recipe(sources=[source], segments=[Segment(0, start, start + COUNT * 512)], overlay=overlay, **options)


def grey(width: int, height: int, level: int = 120) -> Planes:
    chroma = ((height + 1) // 2, (width + 1) // 2)
    return Planes(
        *(np.full(shape, value, np.uint8) for shape, value in (((height, width), level), (chroma, 90), (chroma, 160)))
    )


def reads_as(luma: np.ndarray, text: str, size: int) -> float:
    """How well a line of text fits what is somewhere in a picture: 1 where it is there pixel for pixel."""
    import cv2

    wanted = line_mask(text, size).astype(np.float32)
    return float(cv2.matchTemplate(luma.astype(np.float32), wanted, cv2.TM_CCOEFF_NORMED).max())


def test_time_on_each_frame_is_the_frames_own(source_path, tmp_path):
    out, report = rendered(tmp_path, recipe_for(source_path, Overlay(time="recording", starts=(60_000,))), source_path)
    frames = frames_of(out)
    assert [frame.number for frame in frames] == list(range(COUNT))
    for number in (0, 1, 17, 29):
        own = reads_as(frames[number].luma, f"0:01:0{number * 40 // 1000}.{number * 40 % 1000:03d}", 11)
        other = reads_as(frames[number].luma, "0:01:05.555", 11)
        assert own > 0.9 > other + 0.05
    assert report.statement.segments[0].frames_encoded == COUNT


def test_clock_is_told_in_utc_to_the_millisecond():
    assert time_words(CLOCK, 0, Fraction(1, 25)) == "18 Nov 2026 11:06:40.160 UTC"
    assert time_words(Overlay(time="recording", starts=(3_600_000, 0)), 0, Fraction(5, 4)) == "1:00:01.250"
    assert time_words(Overlay(caption="x"), 0, Fraction(1)) == ""


@pytest.mark.parametrize(
    ("width", "height", "size"), [(160, 120, 11), (176, 144, 11), (1920, 1080, 48), (3840, 2160, 97)]
)
def test_caption_and_time_can_be_read_at_any_size(width, height, size):
    planes = grey(width, height)
    overlay = replace(CLOCK, caption="Exhibit AB/1")
    Lettering(overlay, width=width, height=height, is_full_range=False).draw(planes, source=0, shown_s=Fraction(0))
    assert reads_as(planes.y, "Exhibit AB/1", size) > 0.97
    assert reads_as(planes.y, "18 Nov 2026", size) > 0.97
    contrast = int(planes.y.max()) - int(planes.y[: size * 2, :size].min())
    assert contrast > 150
    middle = planes.y[int(height * 0.45) : int(height * 0.5), width // 2 :]
    assert (middle == 120).all()


def test_name_is_on_every_part_of_the_picture_and_the_picture_can_still_be_seen():
    planes = grey(640, 360)
    Lettering(Overlay(viewer="Łukasz Żółć"), width=640, height=360, is_full_range=False).draw(
        planes, source=0, shown_s=Fraction(0)
    )
    for top in range(0, 360, 90):
        for left in range(0, 640, 160):
            part = planes.y[top : top + 90, left : left + 160]
            assert np.mean(part != 120) > 0.02
    assert np.abs(planes.y.astype(int) - 120).max() < 70


@pytest.mark.parametrize(
    "text",
    ["Łukasz Żółć", "محمد عبد الله", "דוד כהן", "Ελένη", "Иван Петров", "王小明", "김민수", "अमित शर्मा", "ស្រី",
     "Nguyễn Thị Ánh", "தமிழ்", "ไทย", "Հայ", "ქართული", "አማርኛ"],
)  # fmt: skip
def test_a_name_in_any_script_is_drawn_and_no_two_alike(text):
    drawn = line_mask(text, 32)
    assert (drawn > 128).mean() > 0.03
    boxes = line_mask("x" * len(text), 32)
    assert drawn.shape != boxes.shape or (drawn != boxes).any()


def test_a_character_that_no_font_has_is_refused_and_never_drawn_as_a_box():
    with pytest.raises(NotWritable, match=r"U\+14C4"):
        line_mask("ᓄ", 20)


def test_a_line_that_does_not_fit_is_refused_and_never_cut():
    overlay = Overlay(caption=" ".join(["Exhibit"] * 15))
    with pytest.raises(NotWritable, match="too long"):
        Lettering(overlay, width=160, height=120, is_full_range=False)


def test_a_recipe_without_overlay_is_version_1_in_its_old_bytes_and_one_with_it_is_version_2(source_path):
    before, after = recipe_for(source_path, None), recipe_for(source_path, replace(CLOCK, caption="Exhibit AB/1"))
    assert (plain(before)["v"], plain(before)["overlay"]) == (1, None)
    assert plain(after)["v"] == 2
    assert {**plain(after), "v": 1, "overlay": None} == plain(before)
    assert recipe_parse(plain(after)) == after
    assert recipe_sha256(after) != recipe_sha256(before)
    assert recipe_bytes(recipe_parse(plain(before))) == recipe_bytes(before)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"v": 1}, "unknown_overlay"),
        ({"overlay": None}, "not_an_object"),
        ({"overlay": {"caption": None, "viewer": None, "time": "none", "starts": []}}, "empty_overlay"),
        ({"overlay": {"caption": "a\nb", "viewer": None, "time": "none", "starts": []}}, "not_a_line"),
        ({"overlay": {"caption": "e\u0301", "viewer": None, "time": "none", "starts": []}}, "not_a_line"),
        ({"overlay": {"caption": "\ud800", "viewer": None, "time": "none", "starts": []}}, "not_a_line"),
        ({"overlay": {"caption": "x" * 121, "viewer": None, "time": "none", "starts": []}}, "not_a_line"),
        ({"overlay": {"caption": "x", "viewer": None, "time": "clock", "starts": []}}, "wrong_length"),
        ({"overlay": {"caption": "x", "viewer": None, "time": "noon", "starts": [0]}}, "not_a_choice"),
        ({"v": 3}, "newer_version"),
    ],
)
def test_an_overlay_that_makes_no_sense_is_refused(source_path, change, code):
    with pytest.raises(RecipeError) as refused:
        recipe_parse({**plain(recipe_for(source_path, CLOCK)), **change})
    assert code in {problem.code for problem in refused.value.problems}


def test_nothing_is_copied_where_something_is_written_and_the_statement_names_the_fonts(source_path, tmp_path):
    recipe = recipe_for(source_path, Overlay(caption="Exhibit AB/1"), compatible=False)
    out, report = rendered(tmp_path, recipe, source_path)
    segment = report.statement.segments[0]
    assert (segment.frames_copied, segment.frames_encoded) == (0, COUNT)
    assert {"manimgx-fonts", "pillow"} <= {tool.name for tool in report.statement.tools}
    assert "written on every picture" in report.findings[0].sentence
    with av.open(str(out)) as container:
        assert sum(1 for _ in container.decode(video=0)) == COUNT


def test_a_still_bears_what_is_written_too(source_path, tmp_path):
    recipe = still_recipe(
        source=source_of(source_path), pts=1024 + 5 * 512, overlay=Overlay(time="recording", starts=(0,))
    )
    (tmp_path / "r.json").write_bytes(recipe_bytes(recipe))
    report = still(source_path, tmp_path / "s.png", moment=None, recipe_path=tmp_path / "r.json")
    from PIL import Image

    with Image.open(tmp_path / "s.png") as picture:
        assert reads_as(np.asarray(picture.convert("L")), "0:00:00.200", 11) > 0.9
    assert report.frame == 5
