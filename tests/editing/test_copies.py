"""Working copies made end to end: real recordings, the real renderer in its sandbox, the real vault and record."""

import json
import subprocess
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from evidence.custody.canonical import canonical_bytes
from evidence.editing.orders import canonical_sha256
from evidence.editing.services import clip_request, redaction_request, still_request, transcode_request
from evidence.editing.stretches import Edge, Stretch
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.models import Kind, Recording, State
from evidence.recordings.queries import original_file
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.services.preparing import PREPARATION, preparation_ask
from tests import factories
from tests.editing.material import (
    BOX,
    COUNT,
    HEIGHT,
    WIDTH,
    bytes_of,
    drawn,
    fetched,
    frames,
    made,
    numbers,
    png_number,
    prepared,
    record_of,
    recorded,
    track,
    verbs,
)
from tests.jobs.running import jobs_run
from tests.workers.media import render_sources as numbered
from workers.media.recipe import recipe_parse, recipe_sha256

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]
MUTED_LEVEL = 1e-3


def streams(path) -> list[dict]:
    argv = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    found = json.loads(subprocess.run(argv, capture_output=True, check=True, text=True).stdout)
    return found["streams"], found["format"].get("tags", {})


def test_clip_holds_exactly_the_frames_asked_for_in_their_order(who, master, tmp_path):
    job = clip_request(who=who, recording=master, stretches=[frames(50, 60), frames(10, 25)], reason="For interview")
    clip = made(job)
    assert numbers(fetched(clip, tmp_path)) == [*range(50, 60), *range(10, 25)]
    assert (clip.kind, clip.state, clip.title) == (Kind.CLIP, State.PLAYABLE, "Clip of 2 segments")


def test_clip_by_seconds_takes_the_frames_on_show_then(who, master, tmp_path):
    stretch = Stretch(Edge.at_s(0.4), Edge.at_s(1.0))
    clip = made(clip_request(who=who, recording=master, stretches=[stretch], reason="For interview"))
    assert numbers(fetched(clip, tmp_path)) == list(range(10, 25))
    assert clip.title == "Clip 0:00.400 to 0:01.000"


def test_frames_of_uneven_length_are_cut_by_number_not_by_rounding(who, officer, tmp_path):
    times = numbered.uneven_times(COUNT)
    master = recorded(officer=officer, times=times)
    clip = made(clip_request(who=who, recording=master, stretches=[frames(20, 40)], reason="For interview"))
    shown = numbered.frames_of(fetched(clip, tmp_path))
    assert [frame.number for frame in shown] == list(range(20, 40))
    wanted = [(at - times[20]) * numbered.BASE for at in times[20:40]]
    assert [frame.at - shown[0].at for frame in shown] == wanted


def test_part_of_a_split_recording_is_cut_from_its_own_file(who, officer, tmp_path):
    paths = [
        numbered.coded(tmp_path / f"{first}.mp4", numbered.even_times(30), first_number=first) for first in (0, 100)
    ]
    files = [factories.sealed(path, officer=officer, sender_key="one capture") for path in paths]
    for file in files:
        preparation_ask(file=file, actor=PREPARATION)
    jobs_run()
    (recording,) = {file.recording for file in files}
    job = clip_request(who=who, recording=recording, stretches=[frames(10, 14)], reason="For interview", part=2)
    clip = made(job)
    assert numbers(fetched(clip, tmp_path)) == [110, 111, 112, 113]
    assert clip.parent_sha256 == files[1].sha256


def test_redaction_covers_the_box_for_its_frames_and_nothing_else(who, master, tmp_path):
    draft = drawn([track(25, 50)])
    copy = made(redaction_request(who=who, recording=master, draft=draft, reason="Third party"))
    before, after = (numbered.frames_of(path) for path in (fetched(master, tmp_path), fetched(copy, tmp_path)))
    assert [frame.number for frame in after] == list(range(COUNT))
    inside = np.s_[BOX["y"] : BOX["y"] + BOX["h"], BOX["x"] : BOX["x"] + BOX["w"]]
    # beyond the padding of 30 %, grown to whole cells
    far = np.s_[100:190, 150:310]
    covered = [number for number in range(COUNT) if int(np.ptp(after[number].luma[inside].astype(int))) <= 8]
    # ten frames are held on either side of what was drawn
    assert covered == list(range(15, 60))
    for number in (0, 14, 30, 60, COUNT - 1):
        difference = np.abs(before[number].luma[far].astype(int) - after[number].luma[far].astype(int))
        assert difference.mean() < 4
    for number in (0, 14, 60, COUNT - 1):
        difference = np.abs(before[number].luma[inside].astype(int) - after[number].luma[inside].astype(int))
        assert difference.mean() < 4


def test_pixelated_box_keeps_block_means_alone(who, master, tmp_path):
    draft = drawn([track(0, COUNT, effect="pixelate", x=32, y=112, w=64, h=64)])
    copy = made(redaction_request(who=who, recording=master, draft=draft, reason="Third party"))
    luma = numbered.frames_of(fetched(copy, tmp_path))[30].luma
    blocks = luma[112:176, 32:96].reshape(4, 16, 4, 16).astype(int)
    assert max(np.ptp(blocks[row, :, column, :]) for row in range(4) for column in range(4)) <= 12


def test_muted_stretch_is_silent_and_the_rest_is_heard(who, master, tmp_path):
    draft = drawn(mutes=[{"start_frame": 25, "end_frame": 50, "reason": "privacy"}])
    copy = made(redaction_request(who=who, recording=master, draft=draft, reason="Name spoken"))
    sound = np.abs(numbered.sound_in(fetched(copy, tmp_path))).max(axis=0)
    rate = numbered.RATE
    assert sound[rate * 1 : rate * 2].max() < MUTED_LEVEL
    assert sound[: int(rate * 0.8)].max() > 0.3
    assert sound[int(rate * 2.2) : int(rate * 2.8)].max() > 0.3
    assert numbers(fetched(copy, tmp_path)) == list(range(COUNT))


def test_whole_picture_can_be_covered_for_a_stretch_and_only_a_stretch_kept(who, master, tmp_path):
    draft = drawn(
        frames=[{"start_frame": 20, "end_frame": 30, "effect": "solid"}],
        segments=[{"start_frame": 10, "end_frame": 40}],
    )
    copy = made(redaction_request(who=who, recording=master, draft=draft, reason="Medical"))
    shown = numbered.frames_of(fetched(copy, tmp_path))
    assert len(shown) == 30
    flat = [at + 10 for at, frame in enumerate(shown) if int(np.ptp(frame.luma.astype(int))) <= 8]
    assert set(range(20, 30)) <= set(flat)
    assert not set(flat) & {10, 39}


def test_still_is_the_very_frame_upright_and_says_when_it_was(who, officer, tmp_path):
    master = recorded(officer=officer, rotation=90)
    still = made(still_request(who=who, recording=master, moment=Edge(frame=33), reason="Identification"))
    content = bytes_of(original_file(still))
    assert png_number(content) == 33
    with Image.open(BytesIO(content)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (WIDTH, HEIGHT), {})
    assert (still.kind, still.title, still.state) == (Kind.STILL, "Still at 0:01.320", State.PLAYABLE)
    assert (still.statement["frame"], still.statement["at_ms"]) == (33, 1320)


def test_plain_mp4_is_h264_and_aac_with_every_frame(who, officer, tmp_path):
    odd = tmp_path / "odd.avi"
    source = fetched(recorded(officer=officer), tmp_path)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(source), "-c:v", "mjpeg", "-q:v", "2", "-c:a", "pcm_s16le", str(odd)],
        check=True,
    )
    master = prepared(odd, officer=officer)
    copy = made(transcode_request(who=who, recording=master, reason="For the CPS"))
    path = fetched(copy, tmp_path)
    found, _ = streams(path)
    assert sorted((stream["codec_type"], stream["codec_name"]) for stream in found) == [
        ("audio", "aac"),
        ("video", "h264"),
    ]
    assert numbers(path) == list(range(COUNT))
    assert (copy.kind, copy.state, copy.statement["frames"]) == (Kind.TRANSCODE, State.PLAYABLE, COUNT)


def test_copy_carries_no_metadata_no_subtitle_and_no_second_sound(who, officer, tmp_path):
    plain = fetched(recorded(officer=officer), tmp_path)
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:02,000\nMy name is Alice\n")
    laden = tmp_path / "laden.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(plain), "-i", str(words), "-map", "0:v", "-map", "0:a", "-map", "0:a",
         "-map", "1:s", "-c", "copy", "-c:s", "mov_text", "-metadata", "title=SecretTitle", "-metadata",
         "location=+51.5-000.1/", str(laden)],
        check=True,
    )  # fmt: skip
    assert len(streams(laden)[0]) == 4
    copy = made(redaction_request(
        who=who, recording=prepared(laden, officer=officer), draft=drawn([track(0, COUNT)]), reason="Third party"
    ))  # fmt: skip
    path = fetched(copy, tmp_path)
    found, tags = streams(path)
    assert sorted(stream["codec_type"] for stream in found) == ["audio", "video"]
    assert not {"title", "location", "com.apple.quicktime.location.ISO6709"} & set(tags)
    content = path.read_bytes()
    assert not [secret for secret in (b"SecretTitle", b"+51.5", b"Alice") if secret in content]


def test_copy_names_parent_hash_recipe_tools_sandbox_who_and_why(who, officer, master):
    job = clip_request(who=who, recording=master, stretches=[frames(10, 20)], reason="  For interview ")
    clip = made(job)
    sealed = original_file(master)
    assert (clip.parent, clip.origin, clip.parent_sha256) == (master, master, sealed.sha256)
    assert (clip.made_by, clip.reason, clip.officer, clip.unit) == (officer, "For interview", officer, master.unit)
    assert recipe_sha256(recipe_parse(clip.recipe)) == clip.recipe_sha256 == clip.statement["recipe_sha256"]
    assert clip.statement["sources"][0]["sha256"] == sealed.sha256
    tools = {tool["name"]: tool["version"] for tool in clip.statement["tools"]}
    assert tools["sandbox"] in {"bubblewrap", "landlock"}
    assert {"av", "x264", "continuity-render"} <= set(tools)


def test_record_tells_of_the_asking_the_making_and_the_sealing(who, officer, master):
    before = len(verbs(master))
    job = clip_request(who=who, recording=master, stretches=[frames(10, 20)], reason="For interview")
    clip = made(job)
    asked, told = record_of(master)[before:]
    assert (asked.verb, told.verb) == ("recording:copy:requested", "recording:copy:made")
    assert (asked.actor_name, asked.reason_text) == (officer.label, "For interview")
    assert asked.body["data"] == {"kind": "clip", "recipe_sha256": clip.recipe_sha256, "job": str(job.id)}
    sealed = record_of(clip)[0]
    assert sealed.verb == "copy:file:sealed"
    assert sealed.body["subject"]["files"][0]["sha256"] == original_file(clip).sha256
    assert sealed.body["data"]["statement_sha256"] == canonical_sha256(clip.statement)
    assert canonical_bytes(clip.statement)
    assert sealed.actor_name == officer.label


def test_same_recipe_on_the_same_master_gives_the_same_statement_and_bytes(who, master):
    first, second = (
        made(clip_request(who=who, recording=master, stretches=[frames(5, 30)], reason=reason)) for reason in "ab"
    )
    assert first.pk != second.pk
    assert first.recipe_sha256 == second.recipe_sha256
    assert first.statement == second.statement
    assert original_file(first).sha256 == original_file(second).sha256


def test_copy_of_a_copy_names_the_copy_as_parent_and_the_master_as_origin(who, master, tmp_path):
    clip = made(clip_request(who=who, recording=master, stretches=[frames(10, 40)], reason="First"))
    shorter = made(clip_request(who=who, recording=clip, stretches=[frames(5, 10)], reason="Second"))
    assert numbers(fetched(shorter, tmp_path)) == list(range(15, 20))
    assert (shorter.parent, shorter.origin) == (clip, master)
    assert shorter.parent_sha256 == original_file(clip).sha256
    assert shorter.recipe["sources"][0]["role"] == "copy"


def test_restriction_travels_to_a_copy_that_was_asked_for_before_it(who, master):
    job = clip_request(who=who, recording=master, stretches=[frames(10, 20)], reason="For interview")
    keeper = who_is(factories.person(Role.EVIDENCE_MANAGER))
    restriction_set(who=keeper, recording=master, is_restricted=True, reason="Complaint")
    assert made(job).is_restricted is True


def test_master_in_the_vault_is_untouched(who, master):
    file = original_file(master)
    before = bytes_of(file)
    made(redaction_request(who=who, recording=master, draft=drawn([track(0, 30)]), reason="Third party"))
    assert bytes_of(original_file(master)) == before


def test_progress_counts_masked_frames_in_words(who, master, monkeypatch):
    from evidence.jobs.work import Work

    told = []
    usual = Work.progress
    monkeypatch.setattr(Work, "progress", lambda self, *args: (told.append(args), usual(self, *args))[1])
    job = redaction_request(who=who, recording=master, draft=drawn([track(0, 30)]), reason="Third party")
    made(job)
    assert (COUNT, COUNT, "masking frame") in [args[:3] for args in told]


def test_cancelled_order_leaves_no_copy_and_says_so_in_the_record(who, master):
    from evidence.jobs.services import job_cancel

    job = clip_request(who=who, recording=master, stretches=[frames(10, 20)], reason="For interview")
    job_cancel(job=job, actor=who.actor)
    from workers.handlers.attempt import attempt

    attempt(job.pk)
    jobs_run()
    last = record_of(master)[-1]
    assert (last.verb, last.actor_name, last.body["data"]["job"]) == (
        "recording:copy:cancelled", who.actor.name, str(job.id),
    )  # fmt: skip
    assert not Recording.objects.filter(parent=master).exists()


def test_failed_order_says_why_in_the_record_and_shows_no_copy(who, master):
    job = clip_request(who=who, recording=master, stretches=[frames(10, 20)], reason="For interview")
    file = original_file(master)
    # the order names other bytes than the vault holds: the renderer hashes what it reads
    recipe = {**job.params["recipe"], "sources": [{**job.params["recipe"]["sources"][0], "sha256": "0" * 64}]}
    Job.objects.filter(pk=job.pk).update(params={**job.params, "recipe": recipe})
    jobs_run()
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("failed", "media:other_master")
    last = record_of(master)[-1]
    assert (last.verb, last.body["reason"]["code"]) == ("recording:copy:failed", "media:other_master")
    assert last.reason_text == job.error
    assert file.sha256 in {entry["sha256"] for entry in last.body["subject"]["files"]}
    assert not Recording.objects.filter(parent=master).exists()
