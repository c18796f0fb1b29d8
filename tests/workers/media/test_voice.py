"""Speech is found where it is and nowhere else, by the time players show; what made it is said."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.workers.media.render_sources import RATE as SOUND_RATE
from tests.workers.media.sources import ffmpeg
from workers.media import voice as voices
from workers.media.cli import main
from workers.media.voice import RATE, Listener, heard, joined, voice, weights

pytestmark = pytest.mark.once
SAID = "flite=text='Stop there please. What is your name and where do you live now':voice=slt"


@pytest.fixture(scope="module")
def speech(tmp_path_factory) -> Path:
    """Somebody speaks from 3 s on, for some seconds, in a film of 12 s with hum and hiss."""
    path = tmp_path_factory.mktemp("voice") / "speech.mp4"
    ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=s=160x120:r=5:d=12", "-f", "lavfi", "-i", SAID, "-f", "lavfi", "-i",
        f"anoisesrc=a=0.004:d=12:r={SOUND_RATE},asetpts=PTS", "-filter_complex",
        "[1]aresample=48000,adelay=3000[s];[2][s]amix=inputs=2:duration=first:normalize=0[a]",
        "-map", "0:v", "-map", "[a]", "-c:v", "libx264", "-g", "5", "-pix_fmt", "yuv420p", "-c:a", "aac", path,
    )  # fmt: skip
    return path


def stretches(out: Path) -> list[list[int]]:
    return json.loads(out.read_text())["speech"]


def test_speech_is_found_where_it_is_and_nowhere_else(tmp_path, speech):
    out = tmp_path / "voice.json"
    report = voice(speech, out)
    found = stretches(out)
    assert len(found) in {1, 2, 3}
    assert abs(found[0][0] - 3000) < 300
    assert 4500 < found[-1][1] < 9000
    assert report.speech_ms == sum(end - start for start, end in found)
    assert (report.stretches, report.heard_ms // 1000) == (len(found), 12)


def test_report_names_the_model_by_version_hash_and_licence(speech):
    report = voice(speech)
    assert (report.model, report.licence, len(report.sha256)) == ("silero-vad", "MIT", 64)
    assert report.version.count(".") >= 1


def test_times_are_those_that_players_show(tmp_path, speech):
    late = tmp_path / "late.mkv"
    ffmpeg("-i", speech, "-itsoffset", "2", "-i", speech, "-map", "0:v", "-map", "1:a", "-c", "copy", late)
    on_time, moved = tmp_path / "a.json", tmp_path / "b.json"
    voice(speech, on_time)
    voice(late, moved)
    assert abs(stretches(moved)[0][0] - stretches(on_time)[0][0] - 2000) < 100


@pytest.mark.parametrize("sound", ["sine=f=440:d=4", "anoisesrc=a=0.2:d=4", "anullsrc=d=4"])
def test_tones_noise_and_silence_are_no_speech(tmp_path, sound):
    path, out = tmp_path / "a.mp4", tmp_path / "v.json"
    ffmpeg("-f", "lavfi", "-i", sound, "-t", "4", "-c:a", "aac", path)
    voice(path, out)
    assert stretches(out) == []


def test_recording_without_sound_is_refused_in_words(tmp_path, capsys):
    path = tmp_path / "mute.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x120:r=5:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", path)
    assert main(["voice", str(path)]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "no_sound"
    assert error["message"] == "This recording has no sound, so nobody can be heard in it."


def test_missing_model_is_said_with_what_to_do(tmp_path, monkeypatch, speech, capsys):
    monkeypatch.setattr(voices, "FILE", "gone.onnx")
    assert main(["voice", str(speech)]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert (error["code"], "make setup" in error["message"]) == ("detector_missing", True)


def test_sound_is_given_once_and_in_order(speech):
    at = 0
    for first, samples in heard(speech):
        assert first >= at
        at = first + samples.size
    assert abs(at - 12 * RATE) < RATE / 10


def test_verdict_does_not_depend_on_the_pieces_that_the_sound_comes_in(speech):
    whole = np.concatenate([samples for _, samples in heard(speech)])
    model = weights().read_bytes()
    one, many = Listener(model), Listener(model)
    one.hear(0, whole)
    for first in range(0, whole.size, 1000):
        many.hear(first, whole[first : first + 1000])
    before, after = one.finish(), many.finish()
    assert [at for at, _ in before] == [at for at, _ in after]
    assert max(abs(a - b) for (_, a), (_, b) in zip(before, after, strict=True)) < 1e-4


def test_hole_in_the_sound_moves_what_comes_behind_it():
    model = weights().read_bytes()
    for hole in (RATE, 10 * RATE):
        listener = Listener(model)
        listener.hear(0, np.zeros(RATE, np.float32))
        listener.hear(RATE + hole, np.zeros(RATE, np.float32))
        last = listener.finish()[-1][0]
        assert abs(last + 32 - 1000 * (2 * RATE + hole) // RATE) < 40


def test_short_sounds_are_dropped_and_pauses_bridged():
    loud, quiet = 0.9, 0.1
    windows = [loud] * 10 + [quiet] * 10 + [loud] * 10 + [quiet] * 40 + [loud] * 3 + [quiet] * 10
    said = [(number * 32, odds) for number, odds in enumerate(windows)]
    assert joined(said) == [[0, 30 * 32 + 100]]
