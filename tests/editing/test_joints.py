"""Edits of a recording in several files: clips, boxes and mutes go through its joints, exact to frame and sample."""

import json
from fractions import Fraction

import numpy as np
import pytest

from evidence.editing.errors import EditRefused, NotEditable
from evidence.editing.footage import film_of
from evidence.editing.models import Draft
from evidence.editing.orders import order_of
from evidence.editing.queries import draft_of
from evidence.editing.services import clip_request, draft_save, redaction_request, still_request, transcode_request
from evidence.editing.stretches import Edge, Stretch
from evidence.editing.written import Written
from evidence.recordings.models import FileRole
from tests.editing.material import (
    PART,
    bytes_of,
    drawn,
    fetched,
    frames,
    made,
    png_number,
    record_of,
    recorded_in_parts,
    track,
)
from tests.factories import client_for
from tests.workers.media import render_sources as numbered
from workers.media.verify import verify

pytestmark = [pytest.mark.django_db, pytest.mark.once]
runs_jobs = pytest.mark.django_db(transaction=True)


@pytest.fixture
def split(officer):
    return recorded_in_parts(officer=officer)


def masters(recording):
    return list(recording.files.filter(role=FileRole.MASTER).select_related("stored"))


@runs_jobs
def test_a_clip_across_the_joint_holds_each_frame_once_and_names_both_files(who, split, tmp_path):
    job = clip_request(who=who, recording=split, stretches=[frames(20, 45)], reason="For interview", compatible=False)
    clip = made(job)
    path = fetched(clip, tmp_path)
    shown = numbered.frames_of(path)
    assert [frame.number for frame in shown] == list(range(20, 45))
    assert [frame.at for frame in shown] == [Fraction(at, 25) for at in range(25)]
    first, second = masters(split)
    assert clip.title == "Clip 0:00.800 to 0:01.800"
    assert [row["sha256"] for row in clip.recipe["sources"]] == [first.sha256, second.sha256]
    sealed = next(line for line in record_of(clip) if line.verb == "copy:file:sealed")
    assert sealed.body["data"]["further_parents_sha256"] == [second.sha256]
    for verb in ("recording:copy:requested", "recording:copy:made"):
        (line,) = (line for line in record_of(split) if line.verb == verb)
        assert [each["sha256"] for each in line.body["subject"]["files"]] == [first.sha256, second.sha256]


@runs_jobs
def test_what_a_joined_copy_says_is_the_masters_is_proved_against_each_of_them(who, split, tmp_path):
    job = clip_request(who=who, recording=split, stretches=[frames(6, 54)], reason="For interview", compatible=False)
    clip = made(job)
    path, statement = fetched(clip, tmp_path), tmp_path / "statement.json"
    statement.write_text(json.dumps(clip.statement))
    proved = 0
    for number, file in enumerate(masters(split)):
        master = tmp_path / f"master{number}.mp4"
        master.write_bytes(bytes_of(file))
        proved += verify(master, path, statement).frames_identical
    assert 0 < proved < 48
    assert proved == sum(part["frames"] for part in clip.statement["parts"] if part["way"] == "copied")


@runs_jobs
def test_a_box_and_a_mute_across_the_joint_cover_every_frame_and_sample_of_both_sides(who, split, tmp_path):
    moving = track(25, 35)
    moving["keyframes"].append({"frame": 34, "x": 130, "y": 112, "w": 60, "h": 40, "outside": False})
    draft = drawn([moving], mutes=[{"start_frame": 25, "end_frame": 35, "reason": "privacy"}])
    copy = made(redaction_request(who=who, recording=split, draft=draft, reason="Third party"))
    path = fetched(copy, tmp_path)
    shown = numbered.frames_of(path)
    assert [frame.number for frame in shown] == list(range(2 * PART))
    for frame in shown[25:35]:  # the box goes ten pixels to the right a frame, over the joint as anywhere
        left = 40 + (frame.number - 25) * 10
        assert int(np.ptp(frame.luma[115:150, left + 2 : left + 58].astype(int))) <= 8, frame.number
    assert [row["source"] for row in copy.recipe["tracks"]] == [0, 1]
    assert [row["source"] for row in copy.recipe["audio"]] == [0, 1]
    sound = np.abs(numbered.sound_in(path)).max(axis=0)
    rate = numbered.RATE
    assert sound[round(1.0 * rate) : round(1.4 * rate)].max() < 0.01
    assert sound[round(0.2 * rate) : round(0.8 * rate)].max() > 0.3
    assert sound[round(1.6 * rate) : round(2.2 * rate)].max() > 0.3


def test_a_stretch_in_one_part_names_that_part_alone_and_no_stretch_goes_beyond_the_last(who, split):
    job = clip_request(who=who, recording=split, stretches=[Stretch(Edge.at_s(1.4), Edge.at_s(2))], reason="Interview")
    assert [str(each) for each in order_of(job).file_ids] == [str(masters(split)[1].id)]
    with pytest.raises(EditRefused, match=r"has frames 0 to 59 and ends at 0:02\.400"):
        clip_request(who=who, recording=split, stretches=[frames(50, 61)], reason="Interview")
    with pytest.raises(NotEditable, match="has 2 parts"):
        transcode_request(who=who, recording=split, reason="For the CPS")


def test_times_that_are_written_run_on_through_the_joint_by_the_parts_that_are_in_the_copy(who, split):
    def starts(time, *stretch, part=None):
        job = clip_request(
            who=who, recording=split, stretches=[frames(*stretch)], reason="For court", part=part,
            written=Written(time=time),
        )  # fmt: skip
        return list(order_of(job).recipe["overlay"]["starts"])

    assert starts("recording", 20, 45) == [0, 1200]
    assert starts("recording", 40, 45) == [1200] == starts("recording", 5, 9, part=2)
    first, second = starts("clock", 20, 45)
    assert second - first == 1200
    assert abs(first - split.recorded_at.timestamp() * 1000) <= 1


@runs_jobs
@pytest.mark.slow
def test_a_still_of_the_whole_recording_is_the_frame_of_the_part_it_lies_in(who, split):
    still = made(still_request(who=who, recording=split, moment=Edge(frame=37), reason="Identification"))
    assert png_number(bytes_of(still.files.get(role=FileRole.COPY))) == 37
    assert still.title == "Still at 0:01.480"
    assert still.parent_sha256 == masters(split)[1].sha256


def test_a_drawing_stays_on_its_pictures_when_a_missing_part_arrives_late(who, officer):
    split = recorded_in_parts(officer=officer, parts=(1, 3))
    content = drawn(
        [track(40, 50), track(20, 35, identifier="t2")],
        mutes=[{"start_frame": 5, "end_frame": 30, "reason": "privacy"}],
    )
    draft_save(who=who, recording=split, content=content)
    recorded_in_parts(officer=officer, parts=(2,))
    assert film_of(split, None).frame_count == 3 * PART
    moved = draft_of(who, split).content
    assert moved["tracks"][0]["keyframes"][0]["frame"] == 40 + PART
    assert moved["tracks"][0]["end"] == 50 + PART
    assert (moved["tracks"][1]["keyframes"][0]["frame"], moved["tracks"][1]["end"]) == (20, 35 + PART)
    assert moved["mutes"][0] == {"start_frame": 5, "end_frame": 30, "reason": "privacy"}
    assert Draft.objects.get().part == 0


def test_the_editor_shows_the_whole_recording_and_each_part_by_itself(officer, split):
    client = client_for(officer)
    address = f"/recordings/{split.pk}/edit/"
    client.post(f"/recordings/{split.pk}/open", {"reason_code": "investigation", "next": address})
    whole = client.get(address).content.decode()
    assert "Whole recording" in whole
    assert "data-reel=" in whole
    part = client.get(f"{address}?part=2").content.decode()
    assert "data-reel=" not in part
    assert 'name="part" value="2"' in part
    drawing = client.get(f"{address}redaction").content.decode()
    assert f'data-draft-url="/api/v1/recordings/{split.pk}/draft"' in drawing


def test_parts_that_make_no_one_film_are_edited_one_by_one_and_the_page_says_why(officer, split):
    second = split.files.get(role=FileRole.MASTER, part=2)
    second.probe["video"][0]["width"] = 160
    second.save()
    client = client_for(officer)
    address = f"/recordings/{split.pk}/edit/"
    client.post(f"/recordings/{split.pk}/open", {"reason_code": "investigation", "next": address})
    page = client.get(address).content.decode()
    assert "can only be edited one by one. Their pictures differ in size or shape." in page
    assert 'name="part" value="1"' in page
