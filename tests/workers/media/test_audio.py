import json

import numpy as np
import pytest

from tests.workers.media.render_sources import (
    RATE,
    coded,
    even_times,
    frames_of,
    rendered,
    sound_in,
    source_of,
    tone,
    uneven_times,
)
from tests.workers.media.sources import ffmpeg, source
from workers.media.audio import OtherSound
from workers.media.cli import main
from workers.media.index import index_build
from workers.media.recipe import (
    Audio,
    AudioRange,
    Output,
    Params,
    Recipe,
    Segment,
    Source,
    clip_recipe,
    recipe_bytes,
    redaction_recipe,
)

STEP = 512
BLUR_SAMPLES = 2_048
"""Two AAC frames: how far an encoder smears an edge."""


def clicks(seconds: float, every_s: float = 0.1) -> np.ndarray:
    """A short loud burst at every tenth of a second, silence between."""
    samples = np.zeros(round(seconds * RATE), dtype=np.float32)
    for at in range(0, len(samples), round(every_s * RATE)):
        samples[at : at + 48] = 0.9
    return samples[None, :]


def loud_starts(samples: np.ndarray) -> list[int]:
    """Where bursts begin, by their steepest rise."""
    level = np.abs(samples[0])
    found = np.flatnonzero(level > 0.4)
    return [int(at) for number, at in enumerate(found) if number == 0 or at - found[number - 1] > 1000]


def recording(
    folder, seconds: float = 2.0, sound: np.ndarray | None = None, name: str = "in.mov", first_number: int = 0
):
    sound = tone(seconds) if sound is None else sound
    return coded(folder / name, even_times(round(seconds * 25)), bf=0, sound=sound, first_number=first_number)


def level(samples: np.ndarray, first: float, end: float) -> float:
    """Root mean square between two times of the output."""
    return float(np.sqrt(np.mean(samples[:, round(first * RATE) : round(end * RATE)] ** 2)))


def test_sound_is_cut_to_the_sample_and_stays_with_its_picture(tmp_path):
    path = recording(tmp_path, sound=clicks(2.0))
    segments = [Segment(0, STEP * 12, STEP * 25), Segment(0, STEP * 3, STEP * 8)]
    out, report = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=segments), path)
    samples = sound_in(out)
    joint = round(13 * 0.04 * RATE)
    first = [round((tenth / 10 - 0.48) * RATE) for tenth in range(5, 10)]
    second = [joint + round((tenth / 10 - 0.12) * RATE) for tenth in (2, 3)]
    assert loud_starts(samples) == pytest.approx([*first, *second], abs=4)
    assert 0 <= samples.shape[1] - round(18 * 0.04 * RATE) < 1024
    assert report.statement.sound == "encoded"


def test_sound_starts_where_an_edit_list_says_that_it_does(tmp_path):
    """AAC priming and B-frame delay shift stored times of sound and picture apart; the copy keeps them together."""
    path = coded(tmp_path / "in.mp4", even_times(50), bf=3, sound=clicks(2.0))
    index, _ = index_build(path)
    assert index.presentation_offset > 0
    assert index.audio_offset > 0
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(10), index.pts_of(30))])
    out, _ = rendered(tmp_path, recipe, path)
    assert loud_starts(sound_in(out)) == pytest.approx([round(tenth / 10 * RATE) for tenth in range(8)], abs=24)


def test_sound_that_starts_late_stays_late(tmp_path):
    path = source("late_sound")
    index, _ = index_build(path)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(0), index.end_pts)])
    out, _ = rendered(tmp_path, recipe, path)
    samples = sound_in(out)
    assert level(samples, 0.0, 0.45) < 0.001
    assert level(samples, 0.55, 2.5) > 0.05


def test_a_mute_is_digital_silence_with_its_widening_and_the_rest_is_heard(tmp_path):
    path = recording(tmp_path)
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[Segment(0, 0, STEP * 50)],
        mutes=[AudioRange(0, round(0.8 * RATE), round(1.2 * RATE), "mute", "third_party")],
        params=Params(mute_widen_ms=100),
    )
    out, report = rendered(tmp_path, recipe, path)
    samples = sound_in(out)
    start, end = round(0.7 * RATE), round(1.3 * RATE)
    assert not samples[:, start + BLUR_SAMPLES : end - BLUR_SAMPLES].any()
    assert level(samples, 0.7, 1.3) < 0.02
    assert level(samples, 0.0, 0.69) == pytest.approx(0.354, rel=0.1)
    assert level(samples, 1.31, 1.9) == pytest.approx(0.354, rel=0.1)
    assert report.statement.samples_hidden == end - start


def test_nothing_said_in_a_muted_stretch_can_be_heard_at_its_edges(tmp_path):
    """Two recordings that differ only within the muted stretch give the same bytes: none of it reached the encoder."""
    outs = []
    for hertz in (300, 1200):
        sound = tone(2.0)
        start, end = round(0.8 * RATE), round(1.2 * RATE)
        sound[:, start:end] = tone(2.0, hertz)[:, start:end]
        folder = tmp_path / str(hertz)
        folder.mkdir()
        path = recording(folder, sound=sound)
        recipe = redaction_recipe(
            sources=[source_of(path)],
            segments=[Segment(0, 0, STEP * 50)],
            mutes=[AudioRange(0, start, end, "mute", "third_party")],
            params=Params(mute_widen_ms=0),
        )
        outs.append(rendered(folder, recipe, path)[0].read_bytes())
    assert outs[0] == outs[1]


def test_a_bleep_takes_the_place_of_what_was_said(tmp_path):
    path = recording(tmp_path)
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[Segment(0, 0, STEP * 50)],
        mutes=[AudioRange(0, round(0.8 * RATE), round(1.2 * RATE), "bleep", "third_party")],
        params=Params(bleep_hz=1500),
    )
    out, _ = rendered(tmp_path, recipe, path)
    samples = sound_in(out)[0]
    part = samples[round(0.85 * RATE) : round(1.15 * RATE)]
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part))))
    hertz = np.fft.rfftfreq(len(part), 1 / RATE)
    assert hertz[spectrum.argmax()] == pytest.approx(1500, abs=5)
    assert spectrum[np.abs(hertz - 440) < 10].max() < spectrum.max() / 100


def test_a_mute_over_a_bleep_is_silent(tmp_path):
    path = recording(tmp_path)
    stretch = (round(0.8 * RATE), round(1.2 * RATE))
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[Segment(0, 0, STEP * 50)],
        mutes=[AudioRange(0, *stretch, "mute", "third_party"), AudioRange(0, *stretch, "bleep", "third_party")],
    )
    out, report = rendered(tmp_path, recipe, path)
    assert level(sound_in(out), 0.75, 1.25) == 0.0
    assert report.statement.samples_hidden == round(0.6 * RATE)


def test_a_mutes_widening_crosses_the_joint_of_a_recording_split_in_two(tmp_path):
    one = recording(tmp_path, 1.0, name="a.mov")
    two = recording(tmp_path, 1.0, name="b.mov", first_number=25)
    sources = [source_of(one), source_of(two, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    recipe = redaction_recipe(
        sources=sources,
        segments=[Segment(0, 0, STEP * 25), Segment(1, 0, STEP * 25)],
        mutes=[AudioRange(0, round(0.7 * RATE), round(1.0 * RATE), "mute", "third_party")],
        params=Params(mute_widen_ms=200),
    )
    out, report = rendered(tmp_path, recipe, one, two)
    samples = sound_in(out)
    assert not samples[:, round(0.5 * RATE) + BLUR_SAMPLES : round(1.2 * RATE) - BLUR_SAMPLES].any()
    assert level(samples, 1.25, 1.9) > 0.3
    assert report.statement.samples_hidden == round(0.7 * RATE)


def test_a_mute_ends_with_its_segment_where_the_next_shows_another_time(tmp_path):
    path = recording(tmp_path)
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[Segment(0, 0, STEP * 20), Segment(0, STEP * 40, STEP * 50)],
        mutes=[AudioRange(0, round(0.7 * RATE), round(0.8 * RATE), "mute", "third_party")],
        params=Params(mute_widen_ms=100),
    )
    out, report = rendered(tmp_path, recipe, path)
    assert report.statement.samples_hidden == round(0.2 * RATE)
    assert level(sound_in(out), 0.82, 1.15) > 0.3


def test_sound_is_dropped_when_asked(tmp_path):
    path = recording(tmp_path)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, STEP * 5)], audio="drop")
    out, report = rendered(tmp_path, recipe, path)
    assert source_of(out).audio is None
    assert report.statement.sound == "none"


def test_a_source_without_sound_beside_one_with_it_is_silent(tmp_path):
    one = recording(tmp_path, 1.0, name="a.mov")
    two = coded(tmp_path / "b.mov", even_times(25), bf=0)
    sources = [source_of(one), source_of(two, file="6f9619ff-8b86-4011-b42d-00c04fc964aa")]
    recipe = clip_recipe(sources=sources, segments=[Segment(1, 0, STEP * 10), Segment(0, 0, STEP * 10)])
    out, _ = rendered(tmp_path, recipe, one, two)
    samples = sound_in(out)
    assert level(samples, 0.0, 0.37) < 0.001
    assert level(samples, 0.43, 0.78) > 0.3


def test_the_track_that_the_recipe_names_is_the_one_that_is_heard(tmp_path):
    path = source("two_sounds")
    for track, hertz in ((0, 440), (1, 900)):
        folder = tmp_path / str(track)
        folder.mkdir()
        recipe = clip_recipe(sources=[source_of(path, audio=track)], segments=[Segment(0, 0, STEP * 50)])
        samples = sound_in(rendered(folder, recipe, path)[0])[0][:RATE]
        spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
        assert np.fft.rfftfreq(len(samples), 1 / RATE)[spectrum.argmax()] == pytest.approx(hertz, abs=2)


def test_variable_frame_rate_and_sound_stay_together(tmp_path):
    times = uneven_times(50)
    path = coded(tmp_path / "in.mov", times, bf=0, sound=clicks(3.0))
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, times[11], times[30])])
    out, _ = rendered(tmp_path, recipe, path)
    start = times[11] / 12_800
    tenths = [tenth / 10 - start for tenth in range(30) if start <= tenth / 10 < times[30] / 12_800 - 0.002]
    assert loud_starts(sound_in(out)) == pytest.approx([round(at * RATE) for at in tenths], abs=4)
    assert len(frames_of(out)) == 19


@pytest.mark.parametrize("name", ["mkv_opus", "mpegts", "avi_mjpeg", "pcm_mov"])
def test_other_sounds_become_aac(tmp_path, name):
    path = source(name)
    index, _ = index_build(path)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(25), index.pts_of(50))])
    out, report = rendered(tmp_path, recipe, path)
    samples = sound_in(out)
    assert report.statement.sound_rate == 48_000
    assert level(samples, 0.05, 0.95) == pytest.approx(level(samples, 0.4, 0.6), rel=0.1)
    assert level(samples, 0.05, 0.95) > 0.05


def test_sound_alone_can_be_the_output(tmp_path):
    path = source("sound_only")
    recipe = Recipe(
        sources=(source_of(path),),
        segments=(Segment(0, RATE // 2, RATE * 3 // 2),),
        output=Output(kind="audio", compatible=True, audio="keep"),
    )
    out, report = rendered(tmp_path, recipe, path)
    assert source_of(out).video is None
    assert report.statement.kind == "sound"
    assert report.duration_s == 1.0
    assert level(sound_in(out), 0.0, 1.0) > 0.05


def test_a_recipe_that_misstates_the_sound_is_refused(tmp_path):
    path = recording(tmp_path)
    facts = source_of(path)
    lying = Source(facts.file, facts.sha256, "master", facts.video, Audio(7, (1, RATE), RATE))
    with pytest.raises(OtherSound):
        rendered(tmp_path, clip_recipe(sources=[lying], segments=[Segment(0, 0, STEP)]), path)


@pytest.mark.parametrize("start", [0, 1, 5, 6, 7])
def test_an_avi_with_sound_is_cut_from_its_very_beginning(tmp_path, start):
    path = source("avi_mjpeg")
    index, _ = index_build(path)
    recipe = clip_recipe(sources=[source_of(path)], segments=[Segment(0, index.pts_of(start), index.pts_of(50))])
    out, report = rendered(tmp_path, recipe, path)
    assert report.frames == 50 - start
    samples = sound_in(out)
    assert level(samples, 0.01, 0.2) == pytest.approx(level(samples, 0.5, 1.0), rel=0.1)


def test_an_error_of_libavs_own_is_a_typed_error(tmp_path, capsys):
    path, recipe_path = recording(tmp_path), tmp_path / "recipe.json"
    recipe_path.write_bytes(recipe_bytes(clip_recipe(sources=[source_of(path)], segments=[Segment(0, 0, STEP)])))
    assert main(["render", str(recipe_path), str(tmp_path / "missing" / "out.mp4"), "--source", str(path)]) == 3
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["code"] == "libav_failed"
    assert "plain MP4" in error["message"]
    assert error["data"]["reason"]


def longer_sound(folder, *, lead_s="0"):
    """One second of pictures, beginning `lead_s` after two and a half seconds of sound do."""
    silent, sound, path = coded(folder / "v.mp4", even_times(25), bf=0), folder / "s.wav", folder / "in.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=f=440:r=48000:d=2.5", sound)
    ffmpeg("-itsoffset", lead_s, "-i", silent, "-i", sound, "-c:v", "copy", "-c:a", "aac", path)
    return path


@pytest.mark.parametrize(("lead_s", "before_ms", "after_ms"), [("0", 0, 1500), ("0.5", 500, 1000)])
def test_sound_beyond_the_pictures_is_stated_to_the_millisecond_and_told(tmp_path, lead_s, before_ms, after_ms):
    path = longer_sound(tmp_path, lead_s=lead_s)
    index, _ = index_build(path)
    whole = Segment(0, index.pts_of(0), index.end_pts)
    _, report = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[whole]), path)
    assert report.statement.sound_before_ms == pytest.approx(before_ms, abs=3)
    assert report.statement.sound_after_ms == pytest.approx(after_ms, abs=25)
    (finding,) = report.findings
    assert finding.code == "sound_left_out"
    assert f"{report.statement.sound_after_ms / 1000:.2f} seconds after the last picture" in finding.sentence
    assert ("before the first picture" in finding.sentence) is (before_ms > 0)
    middle = Segment(0, index.pts_of(5), index.pts_of(20))
    _, report = rendered(tmp_path, clip_recipe(sources=[source_of(path)], segments=[middle]), path)
    assert (report.statement.sound_before_ms, report.statement.sound_after_ms, report.findings) == (0, 0, ())


def test_sound_that_is_dropped_anyway_is_not_called_left_out(tmp_path):
    path = longer_sound(tmp_path)
    index, _ = index_build(path)
    whole = Segment(0, index.pts_of(0), index.end_pts)
    recipe = clip_recipe(sources=[source_of(path)], segments=[whole], audio="drop")
    assert rendered(tmp_path, recipe, path)[1].findings == ()
