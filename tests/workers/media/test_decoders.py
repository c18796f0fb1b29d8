"""Only decoders on the list see hostile bytes, and no picture larger than the limit is decoded."""

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.workers.media.sources import ffmpeg, folder, source
from workers.media import streams
from workers.media.copy_plan import CopyPlan, copy_argv
from workers.media.decoders import ALLOWED, MAX_PIXELS
from workers.media.errors import NoVideo, Unplayable
from workers.media.index import index_build
from workers.media.prepare import prepare
from workers.media.probe import probe
from workers.media.source import open_source
from workers.media.transcode import transcode

PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=0.4"]
TONE = ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=0.4"]
LISTED = {
    "hevc": ("a.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none"]),
    "mpeg4 and mp3": ("a.avi", ["-c:v", "mpeg4", "-c:a", "libmp3lame"]),
    "msmpeg4": ("a.avi", ["-c:v", "msmpeg4", "-c:a", "adpcm_ms"]),
    "mpeg2 and ac3": ("a.ts", ["-c:v", "mpeg2video", "-c:a", "ac3"]),
    "mjpeg and pcm": ("a.avi", ["-c:v", "mjpeg", "-c:a", "pcm_s16le"]),
    "vp9 and opus": ("a.webm", ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-c:a", "libopus"]),
    "vp8 and vorbis": ("a.webm", ["-c:v", "libvpx", "-c:a", "libvorbis"]),
    "prores": ("a.mov", ["-c:v", "prores_ks", "-c:a", "pcm_s16be"]),
    "h263": ("a.3gp", ["-s", "352x288", "-c:v", "h263", "-c:a", "aac"]),
    "alaw": ("a.mkv", ["-c:v", "libx264", "-c:a", "pcm_alaw"]),
    "flac": ("a.mkv", ["-c:v", "libx264", "-c:a", "flac"]),
}


@pytest.mark.parametrize("name", LISTED)
def test_what_cameras_and_phones_write_is_prepared_and_copied(tmp_path: Path, name: str) -> None:
    file_name, arguments = LISTED[name]
    path = tmp_path / file_name
    ffmpeg(*PICTURE, *TONE, *arguments, path)
    report = prepare(path, tmp_path)
    assert report.probe.playable.way != "none"
    assert report.index is not None
    assert not {finding.code for finding in report.probe.findings} & {"codec_refused", "sound_refused"}
    copy = transcode(path, tmp_path / "copy.mp4", is_proxy=False)
    assert (copy.video, copy.audio) == ("encoded", "encoded")
    assert copy.frames_out == copy.frames_in


@pytest.mark.parametrize("codec", ["ffv1", "huffyuv", "png"])
def test_a_picture_in_a_codec_off_the_list_is_not_played_and_no_decoder_sees_it(tmp_path: Path, codec: str) -> None:
    path = tmp_path / "in.mkv"
    ffmpeg(*PICTURE, *TONE, "-c:v", codec, "-c:a", "aac", path)
    report = probe(path)
    assert (report.playable.way, report.video) == ("none", ())
    assert "is not opened here" in report.playable.because
    assert codec in report.playable.because
    with pytest.raises(NoVideo):
        index_build(path)
    with pytest.raises(Unplayable, match="not opened here"):
        transcode(path, tmp_path / "out.mp4", is_proxy=True)
    with open_source(path) as container:
        packet = next(container.demux(video=0))
        with pytest.raises(av.error.FFmpegError):
            container.streams.video[0].codec_context.decode(packet)


def test_sound_in_a_codec_off_the_list_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "in.mkv"
    ffmpeg(*PICTURE, *TONE, "-c:v", "libx264", "-c:a", "wmav2", path)
    report = probe(path)
    assert report.audio == ()
    assert [finding.code for finding in report.findings] == ["sound_refused"]
    assert report.playable.way == "remux"
    assert transcode(path, tmp_path / "out.mp4", is_proxy=False).audio == "none"


def test_a_picture_larger_than_any_cameras_is_not_decoded(tmp_path: Path) -> None:
    path = folder() / "huge.avi"
    ffmpeg("-f", "lavfi", "-i", "color=s=9008x8000:r=1:d=1", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", path)
    assert MAX_PIXELS < 9008 * 8000
    report = probe(path)
    assert report.playable.way == "none"
    assert "9008 by 8000 pixels" in report.playable.because
    with open_source(path) as container:
        assert streams.first_picture(container, container.streams.video[0]) is None


def test_ffmpeg_is_given_the_same_limits() -> None:
    video = probe(source("no_audio")).video[0]
    plan = CopyPlan(
        way="proxy", video=video, audio=None, video_done="encoded", audio_done="none", width=320, height=240
    )
    argv = copy_argv(plan, program=Path("/usr/bin/ffmpeg"), source=Path("/in/0"), out=Path("/out/1"))
    given = argv[: argv.index("-i")]
    assert set(given[given.index("-codec_whitelist") + 1].split(",")) == ALLOWED
    assert Fraction(given[given.index("-max_pixels") + 1]) == MAX_PIXELS
