"""The finding API: a look used while it goes on and taken into a draft; a box followed; refusals as problems."""

import pytest

from evidence.editing.models import Draft
from evidence.jobs.models import Job
from tests.editing.people_material import FRAMES, REFRESH, filmed, finished, stretch_looked
from tests.factories import client_for
from tests.jobs.running import jobs_run
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)
JSON = "application/json"


@pytest.fixture
def people(officer):
    return filmed(officer)


@pytest.fixture
def client(officer):
    return client_for(officer)


def test_what_was_found_is_used_stretch_by_stretch_and_taken_into_a_draft_that_makes_a_copy(client, people, settings):
    settings.DETECTION_STRETCH_S = 1
    address = f"/api/v1/recordings/{people.pk}/detections"
    answer = client.post(address, {"detectors": ["faces"], "reason": "Third party"}, content_type=JSON)
    assert (answer.status_code, answer["Location"]) == (202, answer.json()["href"])
    href = answer.json()["href"]
    job = Job.objects.get(pk=answer.json()["job"])
    attempt(job.pk)
    stretch_looked(job.children.get(seq=0))
    standing = client.get(href).json()
    assert (standing["state"], standing["ready"]) == ("live", 1)
    assert [row["is_ready"] for row in standing["stretches"]] == [True, False]
    early = client.get(f"{href}/tracks").json()["tracks"]
    assert early[0]["end_frame"] == REFRESH
    taken = client.post(f"{href}/take", {"reason": "privacy", "tracks": [early[0]["id"]]}, content_type=JSON)
    assert [row["end"] for row in taken.json()["content"]["tracks"]] == [REFRESH]

    finished(job)
    assert client.get(href).json()["state"] == "done"
    assert client.post(address, {"detectors": ["faces"]}, content_type=JSON).status_code == 200, "it is known"
    # the rest of what was taken early, and the other find, which is left visible
    for effect, ids in (("solid", [early[0]["id"]]), ("none", None)):
        body = {"reason": "privacy", "effect": effect} | ({"tracks": ids} if ids else {})
        taken = client.post(f"{href}/take", body, content_type=JSON)
    tracks = taken.json()["content"]["tracks"]
    assert [(row["effect"], row["end"] > REFRESH) for row in tracks] == [
        ("solid", False), ("solid", True), ("none", False),
    ]  # fmt: skip
    assert len({find for row in tracks for find in row["found"]}) == 3, "no piece is taken twice"
    assert client.post(f"{href}/take", {"reason": "privacy"}, content_type=JSON).json()["content"]["tracks"] == tracks
    order = {"draft": Draft.objects.get().content, "reason": "Third party"}
    made = client.post(f"/api/v1/recordings/{people.pk}/redactions", order, content_type=JSON)
    assert made.status_code == 202, made.json()
    assert client.get(f"/api/v1/recordings/{people.pk}/draft").json()["content"]["tracks"] == tracks


@pytest.mark.once
def test_a_box_is_followed_and_the_answer_is_in_frames(client, people):
    address = f"/api/v1/recordings/{people.pk}/follows"
    body = {"frame": 2, "x": 60, "y": 60, "w": 40, "h": 50, "kind": "other", "from_frame": 0, "end_frame": 6}
    answer = client.post(address, body, content_type=JSON)
    assert answer.status_code == 202
    jobs_run()
    told = client.get(answer["Location"]).json()
    assert told["state"] == "succeeded"
    assert [2, 60, 60, 40, 50] in told["runs"][0]["rows"]
    assert isinstance(told["lost"], list)


def test_refusals_are_problems_that_say_what_to_do(client, people, officer):
    base = f"/api/v1/recordings/{people.pk}"
    unknown = client.post(f"{base}/detections", {"detectors": ["ghosts"]}, content_type=JSON)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "edit-refused")
    assert "There are: faces, " in unknown.json()["detail"]
    outside = client.post(f"{base}/follows", {"frame": FRAMES, "x": 1, "y": 1, "w": 9, "h": 9}, content_type=JSON)
    assert (outside.status_code, outside.json()["code"]) == (422, "edit-refused")
    assert client.get(f"{base}/detections/{people.pk}").status_code == 404
    assert client.get(f"{base}/follows/{people.pk}").status_code == 404
    assert client.get(f"{base}/detections").json() == []
    href = client.post(f"{base}/detections", {}, content_type=JSON).json()["href"]
    assert client.get(f"{base}/detections").json()[0]["asked"] == ["faces"]
    refused = client.post(f"{href}/take", {"reason": "privacy", "tracks": ["no/1"]}, content_type=JSON)
    assert (refused.status_code, refused.json()["code"]) == (422, "edit-refused")
    assert client.post(f"{href}/cancel", content_type=JSON).status_code == 202
    over = client.post(f"{href}/cancel", content_type=JSON)
    assert (over.status_code, over.json()["code"]) == (409, "detection-over")
