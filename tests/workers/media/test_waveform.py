"""The waveform strip: loud where it is loud, silent where it is silent, and honest when only part was listened to."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from tests.workers.media.sources import ffmpeg, source
from workers.media.prepare import prepare
from workers.media.reports import WaveformReport
from workers.media.waveform import TOP


def strip(path: Path, out: Path) -> tuple[WaveformReport, list[int], Fraction]:
    out.mkdir(exist_ok=True)
    report = prepare(path, out).waveform
    assert report is not None
    content = json.loads((out / "waveform.json").read_text(encoding="ascii"))
    assert content["sampled"] is report.sampled
    return report, content["peaks"], Fraction(*content["bucket_s"])


@pytest.mark.parametrize("name", ["mp4", "pcm_mov", "avi_mjpeg", "mkv_opus", "mpegps", "sound_only"])
def test_peaks_of_a_steady_tone_are_level_and_of_the_right_height(name: str, tmp_path: Path) -> None:
    report, peaks, bucket_s = strip(source(name), tmp_path)
    assert bucket_s == Fraction(1, 10)
    assert not report.sampled
    assert report.share == 1.0
    loudness = [peak / TOP for peak in peaks[2:28]]
    assert loudness == pytest.approx([1 / 8] * 26, abs=0.02)


def test_silence_shows_as_silence_up_to_its_end(tmp_path: Path) -> None:
    _, peaks, _ = strip(source("half_silent"), tmp_path)
    assert max(peaks[:14]) == 0
    assert min(peaks[16:29]) > 20


def test_late_sound_begins_where_it_is_heard(tmp_path: Path) -> None:
    _, peaks, _ = strip(source("late_sound"), tmp_path)
    assert max(peaks[:4]) == 0
    assert min(peaks[6:28]) > 20


def test_each_sample_format_has_its_own_full_scale(tmp_path: Path) -> None:
    for codec in ("pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le"):
        path = tmp_path / f"{codec}.mkv"
        ffmpeg("-f", "lavfi", "-i", "sine=f=440:r=48000:d=1", "-ac", "2", "-c:a", codec, path)
        _, peaks, _ = strip(path, tmp_path / codec)
        assert peaks[5] / TOP == pytest.approx(1 / 8 / 2**0.5, abs=0.01), codec


def test_long_recording_is_sampled_and_says_so_yet_shows_loud_and_quiet(tmp_path: Path) -> None:
    path = tmp_path / "long.m4a"
    tone = "sine=f=440:r=16000:d=600,volume=0:enable='lt(mod(t,60),30)'"
    ffmpeg("-f", "lavfi", "-i", tone, "-c:a", "aac", "-b:a", "32k", path)
    report, peaks, bucket_s = strip(path, tmp_path / "out")
    assert report.sampled
    assert 0 < report.share < 0.5
    assert len(peaks) <= 1001
    for minute in range(10):
        quiet, loud = (int(Fraction(minute * 60 + at) / bucket_s) for at in (15, 45))
        assert (peaks[quiet], peaks[loud] > 20) == (0, True)


def test_recording_without_sound_has_no_strip(tmp_path: Path) -> None:
    report = prepare(source("no_audio"), tmp_path)
    assert report.waveform is None
    assert not (tmp_path / "waveform.json").exists()


def toned(path: Path, *levels_dbfs: float, seconds: int = 20) -> Path:
    """Stereo at 1 kHz, one level after the other, as EBU Tech 3341 and 3342 give their cases."""
    parts = [f"sine=f=1000:r=48000:d={seconds},volume={10 ** (level / 20) * 8}" for level in levels_dbfs]
    chain = ";".join(f"{part}[p{number}]" for number, part in enumerate(parts))
    joined = "".join(f"[p{number}]" for number in range(len(parts)))
    graph = f"{chain};{joined}concat=n={len(parts)}:v=0:a=1,pan=stereo|c0=c0|c1=c0[out]"
    ffmpeg("-filter_complex", graph, "-map", "[out]", "-c:a", "pcm_s16le", path)
    return path


@pytest.mark.parametrize(
    ("levels", "integrated", "spread"), [((-23,), -23, 0), ((-33,), -33, 0), ((-20, -30), None, 10)]
)
def test_loudness_is_what_ebu_r_128_says_of_its_own_cases(levels, integrated, spread, tmp_path: Path) -> None:
    report, _, _ = strip(toned(tmp_path / "case.mkv", *levels), tmp_path / "out")
    assert report.loudness is not None
    if integrated is not None:
        assert report.loudness.integrated_lufs == pytest.approx(integrated, abs=0.1)
    assert report.loudness.range_lu == pytest.approx(spread, abs=1)
    assert report.loudness.sampled is False
    content = json.loads((tmp_path / "out" / "waveform.json").read_text(encoding="ascii"))
    assert content["loudness"]["integrated_lufs"] == report.loudness.integrated_lufs


def test_loudness_of_a_long_recording_is_a_samples_and_says_so(tmp_path: Path) -> None:
    report, _, _ = strip(toned(tmp_path / "long.mkv", -26, seconds=200), tmp_path / "out")
    assert report.loudness is not None
    assert report.loudness.sampled is report.sampled is True
    assert report.loudness.integrated_lufs == pytest.approx(-26, abs=0.5)


def test_silence_has_no_loudness(tmp_path: Path) -> None:
    path = tmp_path / "silence.mkv"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:d=2", "-c:a", "pcm_s16le", path)
    report, _, _ = strip(path, tmp_path / "out")
    assert report.loudness is None
