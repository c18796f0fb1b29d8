"""Fast or most compatible: what is chosen where nobody says, what the pages say of it, and that it can be proved."""

import json

import pytest

from evidence.editing.services import clip_request, redaction_request
from evidence.jobs.models import Job
from evidence.recordings.findings import statement_rows
from evidence.recordings.queries import original_file
from tests.editing.material import COUNT, drawn, fetched, frames, made, numbers, prepared, track
from tests.editing.test_pages import address, filled, opened, ordered
from tests.factories import client_for
from tests.workers.media.sources import source
from workers.media.verify import verify

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]


def proved(master, copy, folder) -> set[int]:
    """The frames of a copy that are its Master's bit for bit, proved from what is kept of both."""
    statement = folder / f"{copy.pk}.json"
    statement.write_text(json.dumps(copy.statement), encoding="utf-8")
    told = verify(fetched(master, folder), fetched(copy, folder), statement)
    return {frame for run in told.identical for frame in range(run.first, run.last + 1)}


def test_a_clip_is_made_fast_and_its_page_says_how_many_frames_are_the_masters(who, officer, master, tmp_path):
    clip = made(clip_request(who=who, recording=master, stretches=[frames(5, 50)], reason="For interview"))
    assert clip.recipe["output"]["compatible"] is False
    assert numbers(fetched(clip, tmp_path)) == list(range(5, 50))
    identical = proved(master, clip, tmp_path)
    assert identical >= set(range(7, 43))
    rows = dict(statement_rows(clip))
    assert rows["Frames"].startswith(f"45, of which {len(identical)} are identical to the Master, bit for bit.")
    page = client_for(officer).get(f"/recordings/{clip.pk}/details")
    assert rows["Frames"].split(".")[0] in page.content.decode()


def test_a_redaction_is_encoded_throughout_unless_somebody_asks_for_it_fast(who, master, tmp_path):
    draft = drawn([track(40, 42)])
    safe = made(redaction_request(who=who, recording=master, draft=draft, reason="Third party"))
    assert safe.recipe["output"]["compatible"] is True
    assert proved(master, safe, tmp_path) == set()
    assert dict(statement_rows(safe))["Frames"] == f"{COUNT}"
    fast = made(redaction_request(who=who, recording=master, draft=draft, reason="Third party", compatible=False))
    assert numbers(fetched(fast, tmp_path)) == list(range(COUNT))
    identical = proved(master, fast, tmp_path)
    assert identical >= {*range(24), *range(60, COUNT)}
    assert not identical & set(range(30, 52))
    assert dict(statement_rows(fast))["Sound"] == "Copied unchanged"


def test_a_force_can_have_all_of_its_copies_encoded_throughout(who, master, settings):
    settings.FAST_COPIES = frozenset()
    job = clip_request(who=who, recording=master, stretches=[frames(5, 50)], reason="For interview")
    assert job.params["recipe"]["output"]["compatible"] is True


@pytest.mark.parametrize(("task", "usual"), [("", "fast"), ("redaction", "compatible")])
def test_the_page_offers_both_ways_and_chooses_the_usual_one(officer, master, task, usual):
    page = opened(officer, master).get(address(master, task)).content.decode()
    assert "Fast, untouched parts identical to the Master" in page
    assert "Most compatible" in page
    (chosen,) = [part for part in page.split("<input") if 'name="way"' in part and " checked" in part.split(">")[0]]
    assert f'value="{usual}"' in chosen
    assert "whatever is chosen here" not in page


def test_what_is_chosen_on_the_page_is_what_is_ordered(officer, master):
    client = opened(officer, master)
    for way, wanted in (("compatible", True), ("fast", False), ("", False)):
        job = ordered(client.post(address(master), filled(segments="[]", lines="f5 to f49", way=way)))
        assert job.params["recipe"]["output"]["compatible"] is wanted


def test_a_program_chooses_too(officer, master):
    body = {"segments": [{"start_frame": 5, "end_frame": 9}], "reason": "For interview"}
    client = client_for(officer)
    for told, wanted in (({"compatible": True}, True), ({"compatible": None}, False), ({}, False)):
        answer = client.post(f"/api/v1/recordings/{master.pk}/clips", {**body, **told}, content_type="application/json")
        assert Job.objects.get(pk=answer.json()["id"]).params["recipe"]["output"]["compatible"] is wanted


def test_how_the_pictures_hang_together_is_kept_at_ingest_and_told_where_nothing_can_be_copied(officer):
    lone = prepared(source("one_group"), officer=officer)
    kept = original_file(lone).probe["gop"]
    assert (kept["packets"], kept["is_exact"], kept["can_smart_render"]) == (75, True, False)
    page = opened(officer, lone).get(address(lone)).content.decode()
    assert "The whole recording is one group of pictures." in page
