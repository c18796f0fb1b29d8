"""What may be edited of a recording, and what a copy of it says: hidden frames, odd clocks, damage, sound left out."""

from pathlib import Path

import pytest

from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.footage import footage_of
from evidence.editing.services import clip_request, redaction_request, still_request, transcode_request
from evidence.editing.stretches import Edge
from evidence.identity.models import Person
from evidence.identity.who import Who
from evidence.recordings.findings import statement_rows
from evidence.recordings.queries import original_file
from tests.editing import material
from tests.workers.media import render_sources as numbered
from tests.workers.media.edit_lists import NORMAL, rewritten, rows_of
from tests.workers.media.sources import ffmpeg
from tests.workers.media.test_clock import restarted
from tests.workers.media.test_damage import hurt
from tests.workers.media.test_orientation import shown_as

# jobs run here, and their heartbeat writes beside them
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
REASON = "Disclosure"


def hidden_end(folder: Path) -> Path:
    """60 numbered frames stored; players show the first 30."""
    whole = numbered.coded(folder / "whole.mp4", numbered.even_times(60))
    (row,) = rows_of(whole)
    return rewritten(whole, folder / "in.mp4", [(1200, row[1], NORMAL)])


def test_a_redaction_of_the_whole_recording_keeps_only_what_players_show(
    who: Who, officer: Person, tmp_path: Path
) -> None:
    recording = material.prepared(hidden_end(tmp_path), officer=officer)
    assert footage_of(recording, 1).frame_count == 30
    assert any("hides its last 30 pictures" in sentence for sentence in original_file(recording).findings)
    job = redaction_request(who=who, recording=recording, draft=material.drawn([material.track(0, 30)]), reason=REASON)
    assert material.numbers(material.fetched(material.made(job), tmp_path)) == list(range(30))


def test_stretches_and_covers_of_hidden_frames_are_refused(who: Who, officer: Person, tmp_path: Path) -> None:
    recording = material.prepared(hidden_end(tmp_path), officer=officer)
    with pytest.raises(EditRefused, match="frames 0 to 29"):
        clip_request(who=who, recording=recording, stretches=[material.frames(20, 40)], reason=REASON)
    cover = {"start_frame": 35, "end_frame": 40, "effect": "solid"}
    with pytest.raises(EditRefused, match="frames 0 to 29"):
        redaction_request(who=who, recording=recording, draft=material.drawn(frames=[cover]), reason=REASON)
    with pytest.raises(EditRefused, match="frames 0 to 29"):
        still_request(who=who, recording=recording, moment=Edge(frame=30), reason=REASON)


def odd(kind: str, folder: Path) -> Path:
    if kind == "clock":
        return restarted(folder, "0")
    whole = numbered.coded(folder / "whole.mp4", numbered.even_times(40), bf=0)
    if kind == "mirrored":
        return shown_as(whole, folder / "in.mp4", rotation=0, is_mirrored=True)
    return rewritten(whole, folder / "in.mp4", [(800, 20 * 512, NORMAL), (800, 0, NORMAL)])


@pytest.mark.parametrize(("kind", "count"), [("two parts", 40), ("mirrored", 40), ("clock", 100)])
def test_what_cannot_be_named_frame_by_frame_is_not_edited_but_its_plain_mp4_is(
    who: Who, officer: Person, tmp_path: Path, kind: str, count: int
) -> None:
    recording = material.prepared(odd(kind, tmp_path), officer=officer)
    with pytest.raises(NotEditable, match="Make a plain MP4 of it first"):
        clip_request(who=who, recording=recording, stretches=[material.frames(0, 5)], reason=REASON)
    plain = material.made(transcode_request(who=who, recording=recording, reason=REASON))
    assert footage_of(plain, 1).frame_count == count
    clip = material.made(clip_request(who=who, recording=plain, stretches=[material.frames(0, 5)], reason=REASON))
    assert clip.statement["frames"] == 5


def test_damage_is_in_the_statements_and_on_the_pages_of_copies(who: Who, officer: Person, tmp_path: Path) -> None:
    whole = numbered.coded(tmp_path / "whole.mp4", numbered.even_times(60))
    path, _ = hurt(whole, tmp_path / "in.mp4", 13)
    recording = material.prepared(path, officer=officer)
    job = clip_request(who=who, recording=recording, stretches=[material.frames(0, 60)], reason=REASON, compatible=True)
    clip = material.made(job)
    rows = dict(statement_rows(clip))
    damaged = clip.statement["segments"][0]["frames_damaged"]
    assert damaged > 0
    assert f"{damaged} damaged in the recording" in rows["Segment 1"]
    assert "may not be what the camera saw" in rows["To know"]
    for frame, is_told in ((23, True), (5, False)):
        still = material.made(still_request(who=who, recording=recording, moment=Edge(frame=frame), reason=REASON))
        assert bool(still.statement["findings"]) is is_told
        assert still.statement["at_ms"] == frame * 40


def test_seconds_of_sound_that_a_copy_leaves_out_are_shown(who: Who, officer: Person, tmp_path: Path) -> None:
    silent = numbered.coded(tmp_path / "v.mp4", numbered.even_times(25), bf=0)
    path, sound = tmp_path / "in.mp4", ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=2.5"]
    ffmpeg("-i", silent, *sound, "-c:v", "copy", "-c:a", "aac", path)
    recording = material.prepared(path, officer=officer)
    cover = {"start_frame": 0, "end_frame": 5, "effect": "solid"}
    copy = material.made(
        redaction_request(who=who, recording=recording, draft=material.drawn(frames=[cover]), reason=REASON)
    )
    assert copy.statement["sound_after_ms"] == pytest.approx(1500, abs=25)
    assert "seconds after the last picture" in dict(statement_rows(copy))["To know"]
