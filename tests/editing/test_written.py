"""Caption, time and name on the pictures of a copy: asked for on the page and by the API, written in the sandbox."""

from datetime import UTC, datetime, timedelta

import pytest

from evidence.editing.errors import EditRefused
from evidence.editing.services import clip_request
from evidence.editing.written import Written
from evidence.jobs.models import Job
from evidence.recordings.models import Recording
from tests.editing.material import COUNT, fetched, frames, made, recorded
from tests.editing.test_pages import address, filled, opened, ordered
from tests.factories import client_for
from tests.workers.media import render_sources as numbered
from tests.workers.media.test_overlay import reads_as

pytestmark = [pytest.mark.django_db, pytest.mark.once]
AT = datetime(2026, 11, 22, 19, 4, 31, 480_000, tzinfo=UTC)
LETTERS_PX = 11


@pytest.fixture
def at_seven(master) -> Recording:
    Recording.objects.filter(pk=master.pk).update(recorded_at=AT)
    master.refresh_from_db()
    return master


@pytest.mark.django_db(transaction=True)
def test_a_clip_bears_caption_and_clock_on_every_frame(who, officer, tmp_path):
    master = recorded(officer=officer)
    Recording.objects.filter(pk=master.pk).update(recorded_at=AT)
    master.refresh_from_db()
    job = clip_request(
        who=who, recording=master, stretches=[frames(10, 20)], reason="For court", compatible=False,
        written=Written(caption="Exhibit AB/1", time="clock"),
    )  # fmt: skip
    clip = made(job)
    shown = numbered.frames_of(fetched(clip, tmp_path))
    assert len(shown) == 10
    for number, frame in enumerate(shown):
        at = AT + timedelta(milliseconds=40 * (10 + number))
        words = f"22 Nov 2026 {at:%H:%M:%S}.{at.microsecond // 1000:03d} UTC"
        own, other = (reads_as(frame.luma, each, LETTERS_PX) for each in (words, f"{words[:18]}55.555 UTC"))
        assert own > 0.95 > other
        assert reads_as(frame.luma, "Exhibit AB/1", LETTERS_PX) > 0.8
    assert clip.recipe["v"] == 2
    assert clip.statement["segments"][0]["frames_copied"] == 0
    page = client_for(officer).get(f"/recordings/{clip.pk}/details").content.decode()
    assert "Something is written on every picture." in page


@pytest.mark.parametrize(
    ("task", "fields"),
    [("", {"lines": "f1 to f9"}), ("redaction", {"mute_lines": "f1 to f9"}), ("still", {"moment": "f10"})],
)
def test_each_form_takes_caption_time_and_name(officer, at_seven, task, fields):
    written = {"caption": " Exhibit   AB/1 ", "time_shown": "clock", "viewer": "Łukasz Żółć"}
    job = ordered(opened(officer, at_seven).post(address(at_seven, task), filled(**fields, **written)))
    assert job.params["recipe"]["overlay"] == {
        "caption": "Exhibit AB/1", "viewer": "Łukasz Żółć", "time": "clock", "starts": [1_795_374_271_480],
    }  # fmt: skip


def test_left_empty_the_recipe_is_as_it_always_was(officer, master):
    recipe = ordered(opened(officer, master).post(address(master), filled(lines="f1 to f9"))).params["recipe"]
    assert (recipe["v"], recipe["overlay"]) == (1, None)


def test_a_line_that_cannot_be_written_is_refused_on_the_page_where_it_was_typed(officer, master):
    answer = opened(officer, master).post(address(master), filled(lines="f1 to f9", caption="a\u0007b"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "The caption to be written on the picture holds a character that cannot be written" in page
    assert '<details class="govuk-details" open>' in page
    assert not Job.objects.filter(kind="copy.render").exists()


@pytest.mark.django_db(transaction=True)
def test_the_clock_of_a_working_copy_is_not_made_up(who, officer):
    clip = made(clip_request(who=who, recording=recorded(officer=officer), stretches=[frames(10, 30)], reason="First"))
    with pytest.raises(EditRefused, match="not known"):
        clip_request(who=who, recording=clip, stretches=[frames(0, 5)], reason="Second", written=Written(time="clock"))


def test_api_takes_an_overlay_and_refuses_what_is_none(officer, at_seven):
    client, address_ = client_for(officer), f"/api/v1/recordings/{at_seven.pk}/clips"
    body = {"reason": "For court", "segments": [{"start_frame": 0, "end_frame": COUNT}]}
    overlay = {"caption": "Exhibit AB/1", "time": "recording"}
    answer = client.post(address_, {**body, "overlay": overlay}, content_type="application/json")
    assert answer.status_code == 202
    recipe = Job.objects.get(pk=answer.json()["id"]).params["recipe"]
    assert recipe["overlay"] == {"caption": "Exhibit AB/1", "viewer": None, "time": "recording", "starts": [0]}
    for wrong in ({"time": "noon"}, {"caption": "x" * 121}, "x"):
        refused = client.post(address_, {**body, "overlay": wrong}, content_type="application/json")
        assert refused.status_code == 400, wrong
