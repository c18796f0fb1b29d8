"""The probe tells what a file is, whether all of it is there, and says so in words a person can act on."""

import json
import os
from pathlib import Path

import pytest

from tests.workers.media.sources import NAMES, PLACE, ffmpeg, source
from workers.media.errors import DamagedReport, SourceMissing
from workers.media.probe import probe
from workers.media.reports import ProbeReport
from workers.media.wire import from_obj, to_obj


def codes(report: ProbeReport) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("name", NAMES)
def test_every_report_survives_the_way_through_json(name: str) -> None:
    report = probe(source(name))
    assert from_obj(ProbeReport, json.loads(json.dumps(to_obj(report)))) == report


def test_ordinary_recording_is_described_exactly() -> None:
    report = probe(source("b_frames"))
    (video,), (audio,) = report.video, report.audio
    assert (report.container, report.integrity, report.findings) == ("mp4", "whole", ())
    assert report.size_bytes == source("b_frames").stat().st_size
    assert report.duration_s == pytest.approx(3.0, abs=0.1)
    assert (video.codec, video.profile, video.pix_fmt, video.bit_depth) == ("h264", "High", "yuv420p", 8)
    assert (video.width, video.height, video.rotation, video.sar) == (320, 240, 0, (1, 1))
    assert (video.average_rate, video.is_variable_rate, video.declared_frames) == ((25, 1), False, 75)
    assert (audio.codec, audio.profile, audio.rate, audio.channels) == ("aac", "LC", 48000, 1)


def test_picture_held_sideways_is_reported_as_it_is_displayed() -> None:
    (video,) = probe(source("rotated")).video
    assert (video.rotation, video.width, video.height) == (90, 240, 320)
    assert (video.coded_width, video.coded_height) == (320, 240)


def test_facts_that_decide_how_to_play_are_seen() -> None:
    assert probe(source("variable_rate")).video[0].is_variable_rate is True
    assert probe(source("ten_bit")).video[0].bit_depth == 10
    assert probe(source("interlaced")).video[0].is_interlaced
    assert probe(source("wide_pixels")).video[0].sar == (4, 3)
    assert len(probe(source("two_sounds")).audio) == 2
    assert probe(source("no_audio")).audio == ()


def test_silence_at_the_beginning_is_no_fault() -> None:
    report = probe(source("half_silent"))
    assert (report.integrity, report.findings, report.playable.way) == ("whole", (), "direct")


def test_tags_and_subtitles_are_listed_as_untrusted_text() -> None:
    report = probe(source("tagged"))
    tags = dict(report.untrusted_tags)
    assert tags["location"] == PLACE
    assert tags["title"] == "Interview"
    assert [row.kind for row in report.other] == ["subtitle"]


def test_tags_are_bounded_and_hold_no_control_characters(tmp_path: Path) -> None:
    content = source("tagged").read_bytes()
    assert content.count(b"Interview") == 1
    hostile = tmp_path / "tags.mp4"
    hostile.write_bytes(content.replace(b"Interview", b"In\x1b[31m\x01w"))
    tags = dict(probe(hostile).untrusted_tags)
    assert tags["title"] == "In[31mw"
    assert all(len(name) <= 64 and len(text) <= 256 for name, text in probe(hostile).untrusted_tags)


def test_empty_file_is_called_empty() -> None:
    report = probe(source("empty"))
    assert (report.integrity, report.playable.way) == ("empty", "none")
    assert report.findings[0].sentence == "This file is empty (0 bytes). Nothing can be recovered from it."


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("text", "text", "text file"),
        ("playlist", "playlist", "points at other files"),
        ("ffconcat", "playlist", "points at other files"),
        ("picture", "image", "PNG"),
        ("archive", "archive", "ZIP"),
        ("noise", "unknown_kind", "not video of any kind"),
    ],
)
def test_what_is_no_video_is_named_whatever_its_name_says(name: str, code: str, words: str) -> None:
    report = probe(source(name))
    assert (report.integrity, codes(report), report.playable.way) == ("not_media", [code], "none")
    assert words in report.findings[0].sentence
    assert report.video == ()


def test_the_name_of_a_file_decides_nothing(tmp_path: Path) -> None:
    disguised = tmp_path / "notes.txt"
    disguised.write_bytes(source("mp4").read_bytes())
    assert probe(disguised).container == "mp4"


def test_mp4_cut_before_its_index_says_what_is_missing() -> None:
    report = probe(source("no_index"))
    assert (report.integrity, codes(report), report.playable.way) == ("truncated", ["index_missing"], "none")
    assert "end of the file is missing" in report.findings[0].sentence


@pytest.mark.parametrize("name", ["cut_faststart", "cut_fragmented", "cut_mkv", "cut_ts", "cut_avi"])
def test_cut_recording_says_how_much_is_left(name: str) -> None:
    report = probe(source(name))
    assert (report.integrity, codes(report)) == ("truncated", ["end_missing"])
    assert report.playable_until_s == pytest.approx(1.8, abs=0.3)
    assert f"the first {report.playable_until_s:.1f}" in report.findings[0].sentence
    assert report.playable.way in {"remux", "proxy"}


def test_mp4_that_lost_its_media_at_a_box_boundary_is_truncated(tmp_path: Path) -> None:
    content = source("faststart").read_bytes()
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(content[: content.index(b"mdat") - 4])
    report = probe(bare)
    assert report.integrity == "truncated"
    assert report.playable.way == "none"


def test_frames_hidden_by_an_edit_list_are_reported() -> None:
    report = probe(source("hidden_start"))
    assert codes(report) == ["hidden_start"]
    assert "1.50 seconds" in report.findings[0].sentence


def test_undecodable_video_is_damaged_and_not_played(tmp_path: Path) -> None:
    content = bytearray(source("faststart").read_bytes())
    start = content.index(b"mdat") + 4
    content[start:] = os.urandom(len(content) - start)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(content)
    report = probe(broken)
    assert (report.integrity, codes(report), report.playable.way) == ("damaged", ["undecodable"], "none")


def test_sound_that_is_announced_but_not_there_is_not_played(tmp_path: Path) -> None:
    whole = tmp_path / "sound.mp4"
    ffmpeg("-i", source("sound_only"), "-c", "copy", "-movflags", "+empty_moov+frag_keyframe", whole)
    bare = tmp_path / "bare.mp4"
    bare.write_bytes(whole.read_bytes()[: whole.read_bytes().index(b"moof") - 4])
    report = probe(bare)
    assert (report.integrity, codes(report), report.playable.way) == ("damaged", ["no_content"], "none")


def test_a_folder_or_nothing_is_an_error_and_not_a_report(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "gone.mp4"):
        with pytest.raises(SourceMissing):
            probe(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("size_bytes", "12"), ("size_bytes", True), ("integrity", "fine"), ("untrusted_tags", [["a"]]), ("v", 2)],
)
def test_a_report_of_the_wrong_shape_is_refused(key: str, value: object) -> None:
    obj = to_obj(probe(source("mp4")))
    obj[key] = value
    with pytest.raises(DamagedReport, match=key):
        from_obj(ProbeReport, obj)


def test_a_report_with_a_key_too_many_or_too_few_is_refused() -> None:
    obj = to_obj(probe(source("mp4")))
    with pytest.raises(DamagedReport):
        from_obj(ProbeReport, obj | {"more": 1})
    del obj["video"]
    with pytest.raises(DamagedReport):
        from_obj(ProbeReport, obj)
