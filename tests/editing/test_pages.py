"""The editor's pages without script: the reason first, then forms that a keyboard fills; refusals beside the field."""

from fractions import Fraction
from uuid import uuid4

import pytest

from evidence.editing.services import draft_save
from evidence.jobs.models import Job
from evidence.recordings.models import FileRole, Kind, Recording
from evidence.recordings.queries import original_file
from tests.editing.material import COUNT, drawn, fetched, made, numbers, prepared, recorded, track, verbs
from tests.factories import client_for
from tests.workers.media import render_sources as numbered
from tests.workers.media.sources import source

pytestmark = [pytest.mark.django_db, pytest.mark.once]
runs_jobs = pytest.mark.django_db(transaction=True)
TASKS = ("", "redaction", "still", "sheet", "plain-mp4")


def address(recording, task=""):
    return f"/recordings/{recording.pk}/edit/{task}"


def opened(officer, recording):
    """A browser that has said why it opens the recording."""
    client = client_for(officer)
    answer = client.post(
        f"/recordings/{recording.pk}/open", {"reason_code": "investigation", "next": address(recording)}
    )
    assert answer["Location"] == address(recording)
    return client


def filled(**fields):
    return {"part": 1, "request": str(uuid4()), "reason": "For interview", **fields}


def frame_at(pts):
    """The frame that begins there: with B-frames the first is stored two frames late."""
    return pts // 512 - 2


def ordered(answer):
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"].startswith("/jobs/")
    return Job.objects.get(pk=answer["Location"].removeprefix("/jobs/"))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_asks_for_the_reason_before_it_shows_footage(officer, master, task):
    page = client_for(officer).get(address(master, task)).content.decode()
    assert "Say why you are opening it" in page
    assert f'name="next" value="{address(master, task)}"' in page
    assert "/media/" not in page
    assert "recording:playback:opened" not in verbs(master)


@pytest.mark.parametrize("task", TASKS)
def test_opened_once_every_task_shows_its_form(officer, master, task):
    client = opened(officer, master)
    answer = client.get(address(master, task))
    page = answer.content.decode()
    assert (answer.status_code, "Why is this copy made?" in page) == (200, True)
    assert ("continuity-player" in page) == (task not in {"sheet", "plain-mp4"})
    assert verbs(master).count("recording:playback:opened") == 1


@runs_jobs
def test_clip_typed_by_times_and_frames_is_made_and_shown_beside_its_parent(officer, master, tmp_path):
    client = opened(officer, master)
    job = ordered(client.post(address(master), filled(segments="[]", lines="0:00.4 to 0:00.6\nf50 to f52")))
    clip = made(job)
    assert numbers(fetched(clip, tmp_path)) == [10, 11, 12, 13, 14, 50, 51, 52]
    beside = client.get(f"/recordings/{clip.pk}/copies").content.decode()
    assert original_file(master).sha256 in beside
    assert f"/recordings/{clip.pk}/copies" in client.get(f"/jobs/{job.pk}").content.decode()


def test_stretches_chosen_in_the_player_come_before_typed_ones(officer, master):
    fields = filled(segments='[{"start_frame": 30, "end_frame": 32}]', lines="f1 to f1")
    recipe = ordered(opened(officer, master).post(address(master), fields)).params["recipe"]
    assert [frame_at(row["start"]) for row in recipe["segments"]] == [30, 1]


def test_redaction_typed_as_lines_covers_mutes_and_keeps(officer, master):
    fields = filled(
        draft="", box_lines="f10 to f19, 40, 112, 60, 40, pixelate", cover_lines="f30 to f32",
        mute_lines="0:00.4 to 0:00.8", keep_lines="f0 to f49", cover_reason="child",
    )  # fmt: skip
    recipe = ordered(opened(officer, master).post(address(master, "redaction"), fields)).params["recipe"]
    (one,) = recipe["tracks"]
    assert (one["kind"], one["effect"], one["reason"]) == ("other", "pixelate", "child")
    (run,) = one["runs"]
    assert (frame_at(run["start"]), frame_at(run["end"]), run["boxes"][0][1:]) == (10, 20, [40, 112, 60, 40])
    covered = [(frame_at(row["start"]), frame_at(row["end"]), row["effect"]) for row in recipe["frames"]]
    assert covered == [(30, 33, "solid")]
    assert [(row["effect"], row["reason"]) for row in recipe["audio"]] == [("mute", "child")]
    assert [frame_at(row["end"]) for row in recipe["segments"]] == [50]


@pytest.mark.parametrize(("end", "last"), [("0:00.800", 19), ("0:00.801", 20), ("0:00.82", 20), ("0:00.839", 20)])
def test_what_covers_and_mutes_by_time_takes_the_frame_on_show_at_its_end_along(officer, master, end, last):
    """At 25 frames a second frame 20 is on show from 0.800 to 0.840: rounding down would leave it bare."""
    fields = filled(
        draft="", box_lines=f"0:00.4 to {end}, 40, 112, 60, 40", cover_lines=f"0:00.41 to {end}",
        mute_lines=f"0:00.4 to {end}", keep_lines="0:00.4 to 0:00.82",
    )  # fmt: skip
    recipe = ordered(opened(officer, master).post(address(master, "redaction"), fields)).params["recipe"]
    assert frame_at(recipe["tracks"][0]["runs"][-1]["end"]) == last + 1
    assert [(frame_at(row["start"]), frame_at(row["end"])) for row in recipe["frames"]] == [(10, last + 1)]
    (mute,) = recipe["audio"]
    rate = recipe["sources"][0]["audio"]["time_base"][1]
    assert (mute["end"] - mute["start"]) / rate == pytest.approx((last + 1 - 10) / 25, abs=0.001)
    assert [(frame_at(row["start"]), frame_at(row["end"])) for row in recipe["segments"]] == [(10, 20)]


def test_a_long_picture_is_covered_to_its_end(officer):
    """Frame 49 stays from 1.96 s to 6 s, as some cameras do when nothing moves."""
    times = numbered.even_times(COUNT)
    held = recorded(officer=officer, times=[*times[:50], *(at + 4 * 12_800 for at in times[50:])])
    fields = filled(draft="", cover_lines="0:01 to 0:04.5")
    recipe = ordered(opened(officer, held).post(address(held, "redaction"), fields)).params["recipe"]
    (covered,) = recipe["frames"]
    base = Fraction(*recipe["sources"][0]["video"]["time_base"])
    assert (covered["end"] - covered["start"]) * base == 6 - 1


def test_lines_are_added_to_what_was_drawn(officer, master):
    import json

    fields = filled(draft=json.dumps(drawn([track(0, 5)])), box_lines="f10 to f19, 40, 112, 60, 40")
    recipe = ordered(opened(officer, master).post(address(master, "redaction"), fields)).params["recipe"]
    assert [row["id"] for row in recipe["tracks"]] == ["t1", "typed1"]


@runs_jobs
def test_still_is_named_by_time_as_the_page_shows_it(officer, master):
    job = ordered(opened(officer, master).post(address(master, "still"), filled(moment="0:01.320")))
    assert made(job).statement["frame"] == 33


@runs_jobs
def test_plain_mp4_needs_only_a_reason(officer, master):
    assert made(ordered(opened(officer, master).post(address(master, "plain-mp4"), filled()))).kind == Kind.TRANSCODE


def test_form_sent_twice_makes_one_job(officer, master):
    client, fields = opened(officer, master), filled(segments="[]", lines="f1 to f9")
    assert ordered(client.post(address(master), fields)).pk == ordered(client.post(address(master), fields)).pk


def test_page_brought_back_by_the_browser_makes_the_copy_that_is_asked_for_now(officer, master):
    client, fields = opened(officer, master), filled(moment="f10")
    first = ordered(client.post(address(master, "still"), fields))
    other = ordered(client.post(address(master, "still"), {**fields, "moment": "f20"}))
    assert other.pk != first.pk
    assert (other.params["title"], first.params["title"]) == ("Still at 0:00.800", "Still at 0:00.400")


def test_the_question_why_leads_back_to_the_part_that_was_asked_for(officer, master):
    page = client_for(officer).get(f"{address(master, 'still')}?part=2").content.decode()
    assert f'name="next" value="{address(master, "still")}?part=2"' in page


@pytest.mark.parametrize(
    ("task", "fields", "sentence"),
    [
        ("", {"lines": "f70 to f80"}, "reaches beyond the recording"),
        ("", {"lines": ""}, "Nothing is chosen. Choose at least one segment to keep."),
        ("", {"lines": "soon"}, "Line 1, &#x27;soon&#x27;, cannot be read"),
        ("", {"lines": "f1 to f9", "reason": " "}, "Say why this copy is made"),
        ("", {"segments": "{"}, "What was drawn cannot be read"),
        ("", {"segments": '[{"start": 1}]'}, "The chosen segments cannot be read"),
        ("still", {"moment": "noon"}, "Write a frame such as f312"),
        ("still", {"moment": "f75"}, "The still reaches beyond the recording"),
        ("redaction", {"box_lines": "f1 to f9, 999, 0, 10, 10"}, "lies outside the picture (320 by 192 pixels)"),
        ("redaction", {}, "Nothing is covered and nothing is muted"),
        ("redaction", {"draft": "[]"}, "What was drawn cannot be read"),
        ("redaction", {"draft": '{"v": 1, "tracks": 5}'}, "must be a list"),
        ("redaction", {"mute_lines": "f70 to f99"}, "Muted line 1 reaches beyond the recording"),
        ("plain-mp4", {"reason": ""}, "Say why this copy is made"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_on_the_page_and_nothing_is_lost(officer, master, task, fields, sentence):
    answer = opened(officer, master).post(address(master, task), filled(**fields))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "<title>Error:" in page
    for typed in fields.values():
        assert typed.strip() in page.replace("&quot;", '"')
    assert not Job.objects.filter(kind__startswith="copy.").exists()


def test_pixelation_says_its_measured_rate_where_it_is_chosen_and_solid_comes_first(officer, master):
    page = opened(officer, master).get(address(master, "redaction")).content.decode()
    assert "found the right person in 93 % of 280 trials" in page
    assert page.index('<option value="solid">') < page.index('<option value="pixelate">')
    assert 'aria-describedby="player-effect-note"' in page


def test_page_says_that_muting_is_not_applicable_without_sound(officer, silent):
    page = opened(officer, silent).get(address(silent, "redaction")).content.decode()
    assert "This recording has no sound: muting is not applicable." in page


def test_kept_drawing_comes_back_and_can_be_thrown_away(officer, who, master):
    draft_save(who=who, recording=master, content=drawn([track(3, 9)]))
    client = opened(officer, master)
    page = client.get(address(master, "redaction")).content.decode()
    assert "You drew on this" in page
    assert "&quot;frame&quot;: 3" in page
    client.post(f"{address(master)}redaction/clear", {"part": 1})
    assert "You drew on this" not in client.get(address(master, "redaction")).content.decode()


@runs_jobs
def test_what_cannot_be_played_says_why_instead_of_asking(officer, tmp_path):
    text = tmp_path / "text.mp4"
    text.write_text("no video at all\n" * 100)
    page = client_for(officer).get(address(prepared(text, officer=officer))).content.decode()
    assert "This recording cannot be edited" in page
    assert "Say why you are opening it" not in page


@runs_jobs
def test_sound_alone_offers_the_plain_mp4_only(officer):
    sound = prepared(source("sound_only"), officer=officer)
    client = opened(officer, sound)
    assert "not for this recording" in client.get(address(sound)).content.decode()
    assert "Make a plain MP4</button>" in client.get(address(sound, "plain-mp4")).content.decode().replace("\n", "")


@runs_jobs
def test_proxied_recording_is_drawn_on_in_the_originals_pixels_and_cut_from_the_original(officer, tmp_path):
    master = prepared(source("hevc"), officer=officer)
    client = opened(officer, master)
    page = client.get(address(master, "redaction")).content.decode()
    assert 'data-width="320" data-height="240"' in page
    job = ordered(client.post(address(master, "still"), filled(moment="f30")))
    still = made(job)
    assert still.parent_sha256 == original_file(master).sha256
    assert Recording.objects.filter(parent=master).count() == 1


def test_colleague_learns_nothing(officer, master):
    from tests import factories

    client = client_for(factories.person())
    assert [client.get(address(master, task)).status_code for task in TASKS] == [404] * len(TASKS)
    assert client.post(address(master), filled(lines="f1 to f9")).status_code == 404
    assert client_for(None).get(address(master)).status_code == 302


@runs_jobs
@pytest.mark.parametrize("task", ["", "redaction", "still"])
def test_proxy_that_lost_frames_offers_times_but_no_frames_of_its_own(officer, task):
    master = prepared(source("hevc"), officer=officer)
    proxy = master.files.get(role=FileRole.PROXY)
    proxy.probe = {**proxy.probe, "is_frame_for_frame": False}
    proxy.save()
    page = opened(officer, master).get(address(master, task)).content.decode()
    assert "Type times instead; they are cut from the original." in page
    assert "data-index-url" not in page
    assert "data-redact" not in page
