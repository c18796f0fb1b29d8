"""Two microphones in one scene are brought together to a few milliseconds; where it cannot be told, nothing is told."""

import json
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.workers.media import render_sources as numbered
from tests.workers.media.render_sources import coded, even_times
from workers.media.align.find import align
from workers.media.cli import main

RATE = 16_000


def scene(seconds: float, seed: int = 1) -> np.ndarray:
    """Words and bangs as noise in bursts of uneven length, pitch and loudness, at RATE."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round(seconds * RATE), dtype=np.float32)
    at = 0
    while at < len(sound) - RATE:
        length = int(random.uniform(0.08, 0.5) * RATE)
        burst = random.normal(size=length).astype(np.float32)
        taps = int(random.integers(1, 20))
        burst = np.convolve(burst, np.ones(taps, dtype=np.float32) / taps**0.5, mode="same")
        sound[at : at + length] += burst * random.uniform(0.1, 0.5) * np.hanning(length).astype(np.float32)
        at += length + int(random.exponential(0.25) * RATE)
    return sound


def heard(sound: np.ndarray, start_s: float, length_s: float, *, seed: int, noise: float = 0.03) -> np.ndarray:
    """What one microphone makes of it: another colour, another loudness, its own noise."""
    random = np.random.default_rng(seed)
    piece = sound[round(start_s * RATE) : round((start_s + length_s) * RATE)]
    coloured = np.convolve(piece, random.normal(size=8).astype(np.float32) / 2, mode="same")
    loudness = random.uniform(0.3, 1.0)
    return (loudness * coloured + noise * random.normal(size=len(piece))).astype(np.float32)


def written(path, samples):
    """Sound alone, as AAC in an MP4."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("aac", rate=RATE)
        stream.codec_context.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.clip(samples, -1, 1)[None, :], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def world():
    return scene(36)


@pytest.fixture(scope="module")
def first(world, tmp_path_factory):
    return written(tmp_path_factory.mktemp("align") / "one.mp4", heard(world, 2, 20, seed=11))


@pytest.mark.parametrize(
    ("start_s", "noise"), [(9.3, 0.03), (0.4, 0.03), pytest.param(14.72, 0.1, marks=pytest.mark.slow)]
)
def test_the_offset_of_two_microphones_is_found_to_a_few_milliseconds(world, first, tmp_path, start_s, noise):
    other = written(tmp_path / "other.mp4", heard(world, start_s, 20, seed=12, noise=noise))
    report = align([first], [other])
    assert report.refusal is None, report
    assert report.offset_ms == pytest.approx(1000 * (start_s - 2), abs=6)
    assert report.confidence_pct >= 60
    assert report.agreeing <= report.stretches
    back = align([other], [first])
    assert back.offset_ms == pytest.approx(-report.offset_ms, abs=6)


def test_the_clocks_word_narrows_the_search_and_a_wrong_one_finds_nothing(world, first, tmp_path, capsys):
    other = written(tmp_path / "other.mp4", heard(world, 9.3, 20, seed=12))
    assert main(["align", str(first), str(other), "--about", "8", "--within", "3"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert report["offset_ms"] == pytest.approx(7300, abs=6)
    assert report["searched_s"] == [5.0, 11.0]
    assert main(["align", str(first), str(other), "--about", "12", "--within", "2"]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert (report["offset_ms"], report["refusal"]) == (None, "no_match")
    assert align([first], [other], about_s=Fraction(3600), within_s=Fraction(600)).refusal == "no_match"


def test_recordings_of_other_scenes_have_no_offset(first, tmp_path):
    other = written(tmp_path / "other.mp4", heard(scene(24, seed=7), 0, 20, seed=12))
    report = align([first], [other])
    assert (report.offset_ms, report.refusal, report.confidence_pct) == (None, "no_match", 0)


def test_silence_no_sound_and_a_moment_of_sound_are_refused_each_with_its_reason(first, tmp_path):
    quiet = written(tmp_path / "quiet.mp4", np.zeros(20 * RATE, dtype=np.float32))
    brief = written(tmp_path / "brief.mp4", scene(3))
    mute = coded(tmp_path / "mute.mp4", even_times(5))
    assert [align([first], [each]).refusal for each in (quiet, brief, mute)] == ["silence", "too_short", "no_sound"]


def test_a_sound_that_repeats_is_refused_for_several_offsets_fit(tmp_path):
    once = scene(3, seed=5)[: 2 * RATE]
    alarm = np.tile(once, 15)
    one, other = (
        written(tmp_path / f"{seed}.mp4", heard(alarm, start, 22, seed=seed)) for seed, start in ((1, 0), (2, 4))
    )
    assert align([one], [other]).refusal == "repeating"


def test_a_recording_in_two_files_is_aligned_on_its_one_time_line(world, first, tmp_path):
    sound = np.repeat(heard(world, 9.3, 16, seed=12), numbered.RATE // RATE)
    half = 8 * numbered.RATE
    parts = [
        coded(tmp_path / f"{at}.mp4", even_times(200), sound=sound[None, at * half : (at + 1) * half]) for at in (0, 1)
    ]
    report = align([first], parts)
    assert report.offset_ms == pytest.approx(7300, abs=6)
    assert report.overlap_s > 11
