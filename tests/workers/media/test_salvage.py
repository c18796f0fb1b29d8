"""Salvage: an MP4 that lost its index gives back its very pictures and sound, and the copy says what was assumed."""

import hashlib
import json
import os
import subprocess

import av
import numpy as np
import pytest

from tests.workers.media.cut_files import carrying_its_settings, without_index
from tests.workers.media.render_sources import coded, even_times, frames_of, tone, uneven_times
from workers.media.cli import main
from workers.media.probe import probe
from workers.media.salvage.making import NotSalvageable, salvage
from workers.media.salvage.profile import NoProfile, profile_of

COUNT = 75


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("salvage")


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """Something that varies, so that no two AAC frames are of one size."""
    rng = np.random.default_rng(7)
    return (tone(3.2) * 0.4 + 0.1 * rng.standard_normal(tone(3.2).shape)).astype(np.float32)


@pytest.fixture(scope="module")
def whole(folder, speech):
    return coded(folder / "whole.mp4", even_times(COUNT), sound=speech)


@pytest.fixture(scope="module")
def sibling(folder, speech):
    """Another recording of the same camera: other pictures, another length."""
    return coded(folder / "sibling.mp4", even_times(40), sound=speech[:, :70_000], first_number=300)


@pytest.fixture(scope="module")
def cut(folder, whole):
    return without_index(whole, folder / "cut.mp4", missing=700)


def packets(path, kind: str) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(**{kind: 0}) if packet.size]


def codes(findings) -> set[str]:
    return {finding.code for finding in findings}


def is_silent(path) -> bool:
    done = subprocess.run(
        ["ffmpeg", "-v", "warning", "-i", str(path), "-f", "null", "-"], capture_output=True, check=False
    )
    return (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_its_frames_come_back_in_order_and_on_time_with_their_sound(whole, sibling, cut, tmp_path):
    out = tmp_path / "out.mp4"
    before = cut.read_bytes()
    report = salvage(cut, out, profile_of(sibling))
    shown, wanted = frames_of(out), frames_of(whole)
    assert [frame.number for frame in shown] == list(range(report.frames))
    assert report.frames >= COUNT - 3
    assert [frame.at for frame in shown] == [frame.at for frame in wanted[: report.frames]]
    sounds = packets(out, "audio")
    assert sounds == packets(whole, "audio")[: len(sounds)]
    assert (report.sound, report.sound_frames) == ("copied", len(sounds))
    assert len(sounds) > 100
    assert (report.bytes_unread, is_silent(out), probe(out).playable.way) == (0, True, "direct")
    assert codes(report.assumed) == {"pace_lent", "settings_lent", "sound_lent"}
    assert "frames_damaged" not in codes(report.findings)
    assert cut.read_bytes() == before


def test_slices_are_the_masters_bits_and_the_report_has_their_hash(whole, sibling, cut, tmp_path):
    report = salvage(cut, tmp_path / "out.mp4", profile_of(sibling))
    digest = hashlib.sha256()
    for packet in packets(whole, "video")[: report.frames]:
        at = 0
        while at < len(packet):
            length = int.from_bytes(packet[at : at + 4], "big")
            if packet[at + 4] & 31 in {1, 5}:
                digest.update(packet[at : at + 4 + length])
            at += 4 + length
    assert report.pictures_sha256 == digest.hexdigest()


@pytest.mark.parametrize("rotation", [90])
def test_a_turned_camera_without_sound_is_turned_again(folder, rotation, tmp_path):
    turned = coded(folder / "turned.mp4", even_times(COUNT), rotation=rotation, bf=0)
    report = salvage(without_index(turned, tmp_path / "cut.mp4"), tmp_path / "out.mp4", profile_of(turned))
    found = probe(tmp_path / "out.mp4").video[0]
    assert (found.rotation, found.width, report.frames, report.sound) == (rotation, 320, COUNT, "none")
    assert "rotation_lent" in codes(report.assumed)
    assert not codes(report.findings) & {"no_sound", "bytes_unread"}


def test_sound_without_frames_of_its_own_is_left_out_and_said_so(folder, speech, tmp_path):
    plain = coded(folder / "pcm.mov", even_times(COUNT), sound=speech)
    report = salvage(without_index(plain, tmp_path / "cut.mov"), tmp_path / "out.mp4", profile_of(plain))
    assert [frame.number for frame in frames_of(tmp_path / "out.mp4")] == list(range(COUNT))
    assert report.sound == "none"
    assert {"no_sound", "bytes_unread"} <= codes(report.findings)


def test_what_is_damaged_on_the_way_is_left_out_counted_and_costs_the_sound(sibling, cut, tmp_path):
    content = bytearray(cut.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = np.random.default_rng(3).bytes(3000)
    (tmp_path / "cut.mp4").write_bytes(content)
    report = salvage(tmp_path / "cut.mp4", tmp_path / "out.mp4", profile_of(sibling))
    assert COUNT // 2 < report.frames < COUNT
    assert report.bytes_unread >= 1000
    assert report.sound == "none"
    assert {"bytes_unread", "sound_mixed"} <= codes(report.findings)


def test_pace_comes_from_the_sound_where_the_lender_was_of_another_pace(folder, speech, cut, tmp_path):
    slow = coded(folder / "slow.mp4", even_times(40, step=1024), sound=speech)
    report = salvage(cut, tmp_path / "out.mp4", profile_of(slow))
    assert codes(report.assumed) >= {"pace_from_sound"}
    assert report.duration_s == pytest.approx(3.0, abs=0.25)


def test_uneven_lender_lends_its_mean_and_the_copy_says_so(folder, cut, tmp_path):
    uneven = coded(folder / "uneven.mp4", uneven_times(40))
    report = salvage(cut, tmp_path / "out.mp4", profile_of(uneven))
    assert any("mean" in finding.sentence for finding in report.assumed)


def test_without_a_lender_pictures_that_carry_their_settings_give_the_bare_stream(sibling, cut, tmp_path):
    own = carrying_its_settings(cut, bytes.fromhex(profile_of(sibling).head), tmp_path / "own.mp4")
    out = tmp_path / "out.h264"
    report = salvage(own, out, None)
    assert (report.form, report.frame, report.sound) == ("elementary", 0, "none")
    assert {"no_lender"} <= codes(report.findings)
    assert codes(report.assumed) == {"no_times"}
    with av.open(str(out), format="h264") as container:
        assert len(list(container.decode(video=0))) == report.frames


def test_without_a_lender_and_without_settings_nothing_is_made(cut, tmp_path):
    with pytest.raises(NotSalvageable, match="whole recording from the same camera"):
        salvage(cut, tmp_path / "out.mp4", None)
    assert not (tmp_path / "out.mp4").exists()


def test_settings_of_another_camera_are_refused(folder, cut, tmp_path):
    other = folder / "other.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=2", "-c:v", "libx264",
         "-profile:v", "baseline", str(other)],
        check=True,
    )  # fmt: skip
    with pytest.raises(NotSalvageable, match="another camera"):
        salvage(cut, tmp_path / "out.mp4", profile_of(other))


def test_a_recording_with_its_index_is_not_salvaged(whole, sibling, tmp_path):
    with pytest.raises(NotSalvageable, match="nothing to salvage"):
        salvage(whole, tmp_path / "out.mp4", profile_of(sibling))


def test_noise_behind_an_honest_beginning_gives_nothing_and_ends(sibling, cut, tmp_path):
    head = cut.read_bytes()[: cut.read_bytes().index(b"mdat") + 4]
    (tmp_path / "noise.mp4").write_bytes(head + os.urandom(3_000_000) + bytes(500_000))
    with pytest.raises(NotSalvageable):
        salvage(tmp_path / "noise.mp4", tmp_path / "out.mp4", profile_of(sibling))


def test_only_a_whole_mp4_with_h264_lends_its_settings(cut, tmp_path):
    with pytest.raises(NoProfile, match="no whole MP4"):
        profile_of(cut)


def test_command_line_leaves_a_statement_that_names_both_files(sibling, cut, tmp_path, capsys):
    out = tmp_path / "out.mp4"
    assert main(["salvage", str(cut), str(out), "--sibling", str(sibling)]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    stated = json.loads((tmp_path / "out.mp4.statement.json").read_bytes())
    named = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (cut, sibling, out)]
    assert [stated["sources"][0]["sha256"], stated["lender"]["sha256"], stated["copy_sha256"]] == named
    assert stated["assumed"] == report["assumed"] != []


def test_settings_travel_without_the_lender(sibling, cut, tmp_path, capsys):
    assert main(["profile", str(sibling)]) == 0
    lent = json.loads(capsys.readouterr().out)["report"]
    (tmp_path / "profile.json").write_text(json.dumps(lent))
    out = tmp_path / "out.mp4"
    assert main(["salvage", str(cut), str(out), "--profile", str(tmp_path / "profile.json")]) == 0
    assert json.loads(capsys.readouterr().out)["report"]["form"] == "mp4"
    (tmp_path / "profile.json").write_text(json.dumps({**lent, "frame": "12"}))
    assert main(["salvage", str(cut), str(out), "--profile", str(tmp_path / "profile.json")]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_request"


def test_damage_in_the_first_group_is_no_wrong_setting(sibling, cut, tmp_path):
    content = bytearray(cut.read_bytes())
    first = content.index(b"mdat") + 4
    at = first + int.from_bytes(content[first : first + 4], "big") // 2
    content[at : at + 8] = b"\x55" * 8
    (tmp_path / "cut.mp4").write_bytes(content)
    report = salvage(tmp_path / "cut.mp4", tmp_path / "out.mp4", profile_of(sibling))
    assert report.form == "mp4"
    assert report.frames >= COUNT - 15
