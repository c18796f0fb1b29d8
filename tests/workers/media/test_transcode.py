"""Copies to view and to hand on: plain MP4, frame for frame, upright, in step, and with nothing else in them."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from tests.workers.media.sources import ffmpeg, folder, source
from workers.media.copy_plan import fit
from workers.media.errors import CopyFailed, Unplayable
from workers.media.index import index_build
from workers.media.probe import probe
from workers.media.reports import CopyReport, VideoReport
from workers.media.source import open_source
from workers.media.transcode import remux, transcode
from workers.media.wire import from_obj, to_obj


def ffprobe(path: Path) -> Any:
    argv = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", "-show_chapters", str(path)]
    return json.loads(subprocess.run(argv, capture_output=True, check=True).stdout)


def pictures(path: Path) -> list[np.ndarray[Any, Any]]:
    with open_source(path) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def whole_pictures(path: Path) -> list[np.ndarray[Any, Any]]:
    """Pictures up to the first that is cut short: the last packet of a cut file is half a picture."""
    found = []
    with open_source(path) as container:
        for packet in container.demux(video=0):
            try:
                found += [frame.to_ndarray() for frame in packet.decode()]
            except av.error.InvalidDataError:
                break
    return found


@pytest.mark.parametrize("name", ["mpegts", "mkv_h264", "fragmented", "cut_faststart", "cut_ts"])
def test_remux_keeps_every_picture_bit_for_bit_and_plays_directly(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    report = remux(source(name), out)
    assert (report.video, report.audio, report.is_frame_for_frame, report.findings) == ("copied", "copied", True, ())
    assert probe(out).playable.way == "direct"
    assert probe(out).integrity == "whole"
    before, after = whole_pictures(source(name)), whole_pictures(out)
    assert len(before) >= 40
    assert all(np.array_equal(old, new) for old, new in zip(before, after, strict=True))


def test_remux_of_what_browsers_cannot_play_is_refused(tmp_path: Path) -> None:
    for name in ("hevc", "pcm_mov", "avi_mjpeg", "sound_only"):
        with pytest.raises(Unplayable, match="proxy"):
            remux(source(name), tmp_path / "out.mp4")


@pytest.mark.parametrize("name", ["hevc", "ten_bit", "avi_mjpeg", "mpegps", "webm", "variable_rate", "mkv_h264"])
def test_transcode_is_a_plain_mp4_frame_for_frame(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    report = transcode(source(name), out, is_proxy=False)
    assert report.is_frame_for_frame
    assert report.frames_in == report.frames_out == index_build(source(name))[1].frame_count
    video = next(row for row in ffprobe(out)["streams"] if row["codec_type"] == "video")
    assert (video["codec_name"], video["profile"], video["level"], video["pix_fmt"]) == ("h264", "High", 41, "yuv420p")
    assert {row["codec_name"] for row in ffprobe(out)["streams"]} <= {"h264", "aac"}
    content = out.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert report == from_obj(CopyReport, json.loads(json.dumps(to_obj(report))))


def test_transcode_keeps_uneven_frame_times_exactly(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    transcode(source("variable_rate"), out, is_proxy=False)
    before, after = index_build(source("variable_rate"))[0], index_build(out)[0]
    assert len({b - a for a, b in zip(before.pts, before.pts[1:], strict=False)}) > 1
    assert [before.seconds_of(n) for n in range(51)] == [after.seconds_of(n) for n in range(51)]


@pytest.mark.parametrize("is_proxy", [True, False])
def test_picture_held_sideways_is_upright_in_the_copy(is_proxy: bool, tmp_path: Path) -> None:
    sideways = tmp_path / "sideways.mkv"
    ffmpeg("-i", source("rotated"), "-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "copy", sideways)
    for number, given in enumerate((source("rotated"), sideways)):
        out = tmp_path / f"{number}.mp4"
        report = transcode(given, out, is_proxy=is_proxy)
        assert (report.width, report.height) == (240, 320)
        (video,) = probe(out).video
        assert (video.width, video.height) == (240, 320)
        turned = np.rot90(pictures(out)[20], k=-(video.rotation // 90)).astype(int)
        expected = np.rot90(pictures(source("b_frames"))[20], k=-1).astype(int)
        assert np.abs(turned - expected).mean() < 6


@pytest.mark.parametrize("copy", ["remux", "proxy", "transcode"])
def test_copies_carry_no_tags_no_subtitles_and_no_second_sound(copy: str, tmp_path: Path) -> None:
    both = folder() / "both.mp4"
    if not both.exists():
        ffmpeg("-i", source("tagged"), "-i", source("two_sounds"), "-map", "0", "-map", "1:a", "-c", "copy",
               "-map_metadata", "0", "-movflags", "use_metadata_tags", both)  # fmt: skip
    assert len(probe(both).audio) == 3
    assert "Interview" in dict(probe(both).untrusted_tags).values()
    out = tmp_path / "out.mp4"
    if copy == "remux":
        remux(both, out)
    else:
        transcode(both, out, is_proxy=copy == "proxy")
    seen = ffprobe(out)
    assert [row["codec_type"] for row in seen["streams"]] == ["video", "audio"]
    assert seen["chapters"] == []
    assert set(seen["format"]["tags"]) <= {"major_brand", "minor_version", "compatible_brands", "encoder"}
    content = out.read_bytes()
    for secret in (b"SECRET WORDS", b"+51.5000", b"Interview"):
        assert secret in both.read_bytes()
        assert secret not in content


def test_first_sound_is_the_one_that_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    transcode(source("two_sounds"), out, is_proxy=False)
    with av.open(str(out)) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    tone = np.abs(np.fft.rfft(sound[48000:96000])).argmax()
    assert tone == 440


@pytest.mark.parametrize("name", ["late_sound", "mpegts", "avi_mjpeg"])
def test_sound_stays_in_step_with_the_picture(name: str, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    transcode(source(name), out, is_proxy=False)

    def lead_s(path: Path) -> float:
        with av.open(str(path)) as container:
            first_sound = next(frame.time for frame in container.decode(audio=0))
        with av.open(str(path)) as container:
            first_picture = next(frame.time for frame in container.decode(video=0))
        return float(first_sound - first_picture)

    assert lead_s(out) == pytest.approx(lead_s(source(name)), abs=0.03)


def test_proxy_is_small_and_scrubs_quickly(tmp_path: Path) -> None:
    wide = tmp_path / "wide.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=25:d=2", "-c:v", "mpeg4", "-q:v", "3", wide)
    out = tmp_path / "out.mp4"
    report = transcode(wide, out, is_proxy=True)
    assert (report.way, report.video, report.width, report.height) == ("proxy", "encoded", 1280, 720)
    assert index_build(out)[1].gop.longest_frames <= 25


def test_proxy_for_its_sound_alone_keeps_the_pictures(tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    report = transcode(source("pcm_mov"), out, is_proxy=True)
    assert (report.video, report.audio, report.is_frame_for_frame) == ("copied", "encoded", True)
    assert probe(out).playable.way == "direct"
    assert all(np.array_equal(a, b) for a, b in zip(pictures(source("pcm_mov")), pictures(out), strict=True))


def test_sound_without_pictures_becomes_a_playable_copy(tmp_path: Path) -> None:
    report = transcode(source("sound_only"), tmp_path / "out.mp4", is_proxy=True)
    assert (report.video, report.audio, report.frames_out) == ("none", "encoded", 0)
    assert probe(tmp_path / "out.mp4").playable.way == "direct"


def test_copy_that_lacks_stored_pictures_says_so(tmp_path: Path) -> None:
    report = transcode(source("hidden_start"), tmp_path / "out.mp4", is_proxy=False)
    assert (report.is_frame_for_frame, report.frames_in) == (True, 75)
    assert [finding.code for finding in report.findings] == ["frames_hidden"]
    assert f"hides {75 - report.frames_out} of its pictures" in report.findings[0].sentence


def test_copy_that_cannot_be_made_is_a_typed_error_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "missing" / "out.mp4"
    with pytest.raises(CopyFailed) as caught:
        transcode(source("mp4"), out, is_proxy=False)
    assert caught.value.data["tail"]
    assert not out.exists()
    with pytest.raises(Unplayable, match="empty"):
        transcode(source("empty"), tmp_path / "out.mp4", is_proxy=True)


def shape(width: int, height: int, rate: int) -> VideoReport:
    known = to_obj(probe(source("no_audio")).video[0])
    return from_obj(VideoReport, known | {"width": width, "height": height, "average_rate": [rate, 1]})


@pytest.mark.parametrize(
    ("width", "height", "rate", "is_proxy", "expected"),
    [
        (1920, 1080, 30, False, (1920, 1080, "4.1")),
        (1920, 1080, 50, False, (1920, 1080, "4.2")),
        (1920, 1080, 60, False, (1920, 1080, "4.2")),
        (2560, 1440, 30, False, (2560, 1440, "5.1")),
        (3840, 2160, 25, False, (3840, 2160, "5.1")),
        (2160, 3840, 30, False, (2160, 3840, "5.1")),
        (3840, 2160, 60, False, (3840, 2160, "5.2")),
        (1920, 1080, 240, False, (1920, 1080, "5.2")),
        (3840, 2160, 120, False, (2560, 1440, "5.2")),
        (7680, 4320, 25, False, (4096, 2304, "5.1")),
        (1080, 1920, 30, False, (1080, 1920, "4.1")),
        (641, 481, 25, False, (640, 480, "4.1")),
        (2688, 600, 25, False, (2688, 600, "4.1")),
        (1920, 1080, 30, True, (1280, 720, "4.1")),
        (1920, 1080, 60, True, (1280, 720, "4.1")),
        (1080, 1920, 30, True, (720, 1280, "4.1")),
        (640, 360, 30, True, (640, 360, "4.1")),
        (1, 1, 25, True, (2, 2, "4.1")),
    ],
)
def test_size_of_a_copy_is_even_within_the_level_and_never_enlarged(
    width: int, height: int, rate: int, is_proxy: bool, expected: tuple[int, int, str]
) -> None:
    fitted = fit(shape(width, height, rate), is_proxy=is_proxy)
    assert (fitted.width, fitted.height, fitted.level) == expected
    blocks = -(-fitted.width // 16) * -(-fitted.height // 16)
    most = {"4.1": (8192, 245_760), "4.2": (8704, 522_240), "5.1": (36_864, 983_040), "5.2": (36_864, 2_073_600)}
    assert blocks <= most[fitted.level][0]
    assert blocks * Fraction(rate) <= most[fitted.level][1]


def test_a_plain_mp4_of_fast_full_hd_keeps_its_size_and_one_that_is_made_smaller_says_so(tmp_path: Path) -> None:
    fast, odd, out = tmp_path / "fast.mp4", tmp_path / "odd.mkv", tmp_path / "out.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=50:d=0.2", "-c:v", "libx264", "-preset", "ultrafast", fast)
    report = transcode(fast, out, is_proxy=False)
    assert (report.width, report.height, report.findings) == (1920, 1080, ())
    (video,) = ffprobe(out)["streams"]
    assert (video["width"], video["height"], video["level"]) == (1920, 1080, 42)
    given = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4", "-vf", "format=yuv444p,scale=321:241"]
    ffmpeg(*given, "-c:v", "libx264", "-pix_fmt", "yuv444p", odd)
    report = transcode(odd, out, is_proxy=False)
    assert [finding.code for finding in report.findings] == ["picture_smaller"]
    assert "320 by 240 pixels where the recording has 321 by 241" in report.findings[0].sentence
