"""`verify` proves from two files and a statement which frames are the Master's, and names whatever is not."""

import json
from pathlib import Path

import av
import pytest

from tests.workers.media.render_sources import coded, even_times, rendered, tone
from tests.workers.media.test_render import command
from tests.workers.media.test_smart import clipped, whole
from workers.media.errors import BadRequest
from workers.media.smart.h264 import ParameterSets
from workers.media.statement import statement_to_obj
from workers.media.times import stretch_read, time_read
from workers.media.verify import FramesDiffer, OtherFile, SettingsDiffer, SoundDiffers, StatementWrong, verify

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict]:
    """A Master, a copy with frames 12 to 23 encoded anew, and its statement."""
    folder = tmp_path_factory.mktemp("made")
    path = coded(folder / "master.mp4", even_times(48), sound=tone(1.92))
    out, report = rendered(folder, whole(path, cover=(12, 13)), path)
    return path, out, statement_to_obj(report.statement)


def kept(folder: Path, statement: dict, **changed: object) -> Path:
    path = folder / "statement.json"
    path.write_text(json.dumps({**statement, **changed}), encoding="ascii")
    return path


def spoilt(folder: Path, copy: Path, *, frame: int, stream: int = 0) -> Path:
    """The copy with one bit of one stored packet turned over."""
    with av.open(str(copy)) as container:
        packets = [packet for packet in container.demux(stream) if packet.size]
        at = packets[frame].pos + packets[frame].size - 3
    content = bytearray(copy.read_bytes())
    content[at] ^= 1
    out = folder / "spoilt.mp4"
    out.write_bytes(content)
    return out


def test_it_says_which_frames_are_the_masters_and_which_are_not(tmp_path, made):
    master, copy, statement = made
    told = verify(master, copy, kept(tmp_path, statement))
    assert [(run.first, run.last, run.master_first) for run in told.identical] == [(0, 11, 0), (24, 47, 24)]
    assert [(run.first, run.last) for run in told.encoded] == [(12, 23)]
    assert (told.frames, told.frames_identical, told.frames_encoded, told.sound) == (48, 36, 12, "identical")


def test_what_the_product_adds_to_a_statement_does_not_matter(tmp_path, made):
    master, copy, statement = made
    assert verify(master, copy, kept(tmp_path, statement, findings=[], at_ms=3)).frames_identical == 36


@pytest.mark.parametrize(("frame", "named"), [(2, "Frames 0 to 11 "), (30, "Frames 24 to 35 ")])
def test_one_bit_of_a_copied_frame_fails_by_its_number(tmp_path, made, frame, named):
    master, copy, statement = made
    with pytest.raises(FramesDiffer, match=named):
        verify(master, spoilt(tmp_path, copy, frame=frame), kept(tmp_path, statement))


def test_one_bit_of_what_was_encoded_anew_fails_as_another_file(tmp_path, made):
    master, copy, statement = made
    with pytest.raises(OtherFile, match="something else in it was changed"):
        verify(master, spoilt(tmp_path, copy, frame=15), kept(tmp_path, statement))


def test_one_bit_of_copied_sound_fails_as_sound(tmp_path, made):
    master, copy, statement = made
    with pytest.raises(SoundDiffers):
        verify(master, spoilt(tmp_path, copy, frame=5, stream=1), kept(tmp_path, statement))


def test_another_master_is_refused(tmp_path, made):
    _, copy, statement = made
    with pytest.raises(OtherFile, match="its hash differs"):
        verify(copy, copy, kept(tmp_path, statement))


def test_a_statement_cannot_call_an_encoded_frame_the_masters(tmp_path, made):
    """Not even one whose hash is right for the copy: the Master has other pictures there."""
    master, copy, statement = made
    claims = [dict(part) for part in statement["parts"]]
    claims[1] |= {"way": "copied", "groups": [{"frames": 12, "sha256": "0" * 64}]}
    with pytest.raises(FramesDiffer, match="Frames 12 to 23"):
        verify(master, copy, kept(tmp_path, statement, parts=claims))


def test_a_statement_cannot_move_frames_to_another_place(tmp_path, made):
    master, copy, statement = made
    claims = [dict(part) for part in statement["parts"]]
    claims[2] |= {"source_first": 0}
    with pytest.raises(FramesDiffer, match="Frames 24 to 35"):
        verify(master, copy, kept(tmp_path, statement, parts=claims))


@pytest.mark.parametrize("change", ["gap", "short", "unhashed"])
def test_a_statement_that_leaves_frames_out_is_refused(tmp_path, made, change):
    master, copy, statement = made
    parts = [dict(part) for part in statement["parts"]]
    if change == "gap":
        parts[1] |= {"out_first": 13}
    if change == "short":
        parts.pop()
    if change == "unhashed":
        parts[0] |= {"groups": []}
    with pytest.raises(StatementWrong):
        verify(master, copy, kept(tmp_path, statement, parts=parts))


def test_a_copy_that_decodes_the_masters_pictures_with_other_settings_is_refused(tmp_path, made):
    master, copy, statement = made
    with av.open(str(master)) as container:
        sets = ParameterSets.parse(container.streams.video[0].codec_context.extradata)
    content = copy.read_bytes()
    changed = sets.pps[0][:-1] + bytes([sets.pps[0][-1] ^ 4])
    out = tmp_path / "other.mp4"
    out.write_bytes(content.replace(sets.pps[0], changed, 1))
    with pytest.raises(SettingsDiffer):
        verify(master, out, kept(tmp_path, statement))


def test_statements_of_before_are_refused_in_words(tmp_path, made):
    master, copy, statement = made
    with pytest.raises(BadRequest, match="encoded anew throughout"):
        verify(master, copy, kept(tmp_path, statement, v=1))
    (tmp_path / "text").write_text("no statement")
    with pytest.raises(BadRequest):
        verify(master, copy, tmp_path / "text")


def test_long_copies_hash_several_groups_together(tmp_path, monkeypatch):
    monkeypatch.setattr("workers.media.smart.proof.MOST_HASHES", 2)
    path = coded(tmp_path / "in.mp4", even_times(60), bf=0)
    _, report = rendered(tmp_path, clipped(path, (6, 58)), path)
    (_, part) = report.statement.parts
    assert [group.frames for group in part.groups] == [24, 22]


def test_a_person_at_a_prompt_cuts_and_proves(tmp_path, made):
    master, _, _ = made
    out = tmp_path / "cut.mp4"
    done = command("cut", master, out, "--segment", "0.1:1.2", "--segment", "0:00:01.4:0:00:01.9")
    report = json.loads(done.stdout)["report"]
    assert (done.returncode, report["frames"]) == (0, 40)
    assert report["recipe"]["output"]["compatible"] is False
    done = command("verify", master, out, "--statement", f"{out}.statement.json")
    told = json.loads(done.stdout)["report"]
    assert told["statement_sha256"] == report["statement_sha256"]
    assert (
        told["frames_identical"] == sum(part["frames"] for part in report["statement"]["parts"] if part["groups"]) > 11
    )
    done = command("verify", master, spoilt(tmp_path, out, frame=20), "--statement", f"{out}.statement.json")
    assert (done.returncode, json.loads(done.stdout)["error"]["code"]) == (3, "frames_differ")


@pytest.mark.parametrize(
    ("text", "seconds"), [("12.5", "25/2"), ("1:02.5", "125/2"), ("1:00:00.040", "90001/25"), ("0", "0")]
)
def test_times_are_read_exactly(text, seconds):
    assert str(time_read(text)) == seconds


def test_stretches_are_two_times_written_alike():
    assert stretch_read("0:01:2.5:0:01:04") == (time_read("62.5"), time_read("64"))
    for wrong in ("5", "1:2:3", "1:61:0:2", "-1:2", "a:b", "1:2:3:4:5:6:7:8"):
        with pytest.raises(BadRequest):
            stretch_read(wrong)
