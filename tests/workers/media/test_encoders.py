"""Encoders in hardware: their options, where they may be used, and that software stays what it was."""

from pathlib import Path

import pytest

from tests.workers.media.render_sources import coded, even_times, source_of
from workers.media.copy_plan import CopyPlan, copy_argv
from workers.media.encode import PictureForm, encoder_options, x264_options
from workers.media.encoders import ENCODERS, EncoderMissing
from workers.media.picture import Colour
from workers.media.probe import probe
from workers.media.provenance import picture_settings
from workers.media.recipe import Segment, clip_recipe
from workers.media.render import render_recipe
from workers.media.transcode import transcode


def form(width: int = 1280, height: int = 720) -> PictureForm:
    from fractions import Fraction

    return PictureForm(width, height, (1, 1), Colour(0, 2, 2, 2), Fraction(1, 12_800), Fraction(25))


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return coded(tmp_path_factory.mktemp("encoders") / "master.mp4", even_times(10))


def argv(path: Path, encoder: str, way: str = "transcode", width: int = 320) -> list[str]:
    video = probe(path).video[0]
    plan = CopyPlan(
        way=way, video=video, audio=None, video_done="encoded", audio_done="none", width=width, height=192,
        level="4.1", encoder=encoder,
    )  # fmt: skip
    return copy_argv(plan, program=Path("/usr/bin/ffmpeg"), source=path, out=Path("/out/copy.mp4"))


def option(given: list[str], name: str) -> str:
    return given[given.index(name) + 1]


@pytest.mark.parametrize(
    ("encoder", "codec", "quality", "level", "chain"),
    [
        ("software", "libx264", ("-crf", "19"), "4.1", "format=yuv420p"),
        ("nvenc", "h264_nvenc", ("-cq", "19"), "4.1", "format=yuv420p"),
        ("qsv", "h264_qsv", ("-global_quality", "19"), "41", "format=nv12"),
        ("vaapi", "h264_vaapi", ("-qp", "19"), "41", "format=nv12,hwupload"),
    ],
)
def test_ffmpeg_is_told_to_use_the_encoder_at_the_same_quality_level_and_peak(
    path, encoder, codec, quality, level, chain
):
    given = argv(path, encoder)
    assert option(given, "-c:v") == codec
    assert option(given, quality[0]) == quality[1]
    assert (option(given, "-level:v"), option(given, "-profile:v")) == (level, "high")
    assert (option(given, "-maxrate"), option(given, "-bufsize")) == ("40M", "60M")
    assert option(given, "-vf").endswith(chain)
    assert ("-vaapi_device" in given) == (encoder == "vaapi")
    assert "expr:gte(t,n_forced*2)" in given


@pytest.mark.parametrize("encoder", ["nvenc", "qsv"])
def test_full_renders_tell_the_encoder_the_same_and_the_statement_names_it(encoder):
    options = encoder_options(encoder, form())
    assert (options["bf"], options["g"], options["profile"]) == ("0", "60", "high")
    assert options["maxrate"] == "50000000"
    assert "18" in {options.get("cq"), options.get("global_quality")}
    assert picture_settings(form(), encoder)["h264.encoder"] == f"h264_{encoder}"
    assert "maxrate" not in encoder_options(encoder, form(3840, 2160))


def test_software_is_told_and_stated_exactly_as_before(path):
    assert "-x264-params" not in argv(path, "software", width=1280)
    assert encoder_options("software", form()) == x264_options(form())
    assert "h264.encoder" not in picture_settings(form(), "software")
    given = argv(path, "software")
    assert option(given, "-x264-params") == "mbtree=0", "320 pixels are not rows of eight blocks"
    told = {name: option(given, name) for name in ("-c:v", "-preset", "-crf", "-pix_fmt", "-level:v")}
    assert told == {"-c:v": "libx264", "-preset": "fast", "-crf": "19", "-pix_fmt": "yuv420p", "-level:v": "4.1"}


def test_full_renders_by_vaapi_are_refused_in_words_and_leave_nothing(path, tmp_path):
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 1024, 1024 + 10 * 512)])
    with pytest.raises(EncoderMissing, match="software, nvenc or qsv"):
        render_recipe(recipe, tmp_path / "out.mp4", [path], encoder="vaapi")
    assert not (tmp_path / "out.mp4").exists()


def test_the_report_of_a_copy_names_its_encoder(path, tmp_path):
    assert transcode(path, tmp_path / "out.mp4", is_proxy=False).encoder == "libx264"


def test_every_encoder_of_the_setting_is_known_and_has_its_devices():
    from workers.handlers.copying import DEVICES

    assert set(ENCODERS) == set(DEVICES)
