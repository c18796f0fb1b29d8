"""Alignment for programs: the same services, with typed refusals."""

import json

import pytest

from evidence.alignment.models import Alignment
from evidence.custody.models import Event
from evidence.identity.roles import Role
from evidence.jobs.models import Job
from tests import factories
from tests.factories import client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def investigator(db):
    return factories.person(Role.INVESTIGATOR)


@pytest.fixture
def two(db, tmp_path):
    """Two recordings of one incident, as rows."""
    scene = factories.scene(tmp_path)
    other = factories.playable(
        b"other", officer=scene.officer, team=scene.team, tmp=tmp_path, incident_ref=scene.recording.incident_ref
    )
    for each in (scene.recording, other):
        type(each).objects.filter(pk=each.pk).update(has_audio=True)
    return scene.recording, other


def sent(client, method, address, **given):
    return getattr(client, method)(address, json.dumps(given), content_type="application/json")


def proposed(one, other, person) -> Alignment:
    return Alignment.objects.create(
        one=one, other=other, source="sound", state="proposed", offset_ms=4520, confidence_pct=80, said="Heard.",
        made_by=person,
    )  # fmt: skip


def test_a_program_lists_what_lies_beside_has_it_listened_to_and_accepts_what_was_heard(two, investigator):
    one, other = two
    client, base = client_for(investigator), f"/api/v1/recordings/{one.pk}/alignments"
    (listed,) = client.get(base).json()
    assert (listed["recording"], listed["label"], listed["proposed_ms"]) == (str(other.pk), other.label, None)
    assert listed == client.get(f"{base}/{other.pk}").json()
    asked = sent(client, "post", f"{base}/{other.pk}", everywhere=True)
    job = Job.objects.get(kind="alignment.listen")
    assert (asked.status_code, asked["Location"], asked.json()["id"]) == (202, f"/api/v1/jobs/{job.pk}", str(job.pk))
    assert job.params["within_s"] is None, "everywhere"
    assert client.get(f"{base}/{other.pk}").json()["job"] == str(job.pk)
    row = proposed(one, other, investigator)
    told = client.get(f"{base}/{other.pk}").json()
    assert (told["proposed_ms"], told["heard"]["state"], told["source"] == "sound") == (4520, "proposed", False)
    turned = f"/api/v1/recordings/{other.pk}/alignments/{one.pk}"
    assert client.get(turned).json()["proposed_ms"] == -4520
    held = sent(client, "put", f"{base}/{other.pk}/{row.pk}", is_accepted=True).json()
    assert (held["offset_ms"], held["source"], held["confidence_pct"], held["proposed_ms"]) == (4520, "sound", 80, None)
    again = sent(client, "put", f"{base}/{other.pk}/{row.pk}", is_accepted=False)
    assert (again.status_code, again.json()["code"]) == (409, "alignment-decided")
    assert Event.objects.filter(verb="recording:alignment:decided").count() == 2, "one on each"


def test_a_program_refuses_what_was_heard_and_sets_an_offset_by_hand(two, investigator):
    one, other = two
    client, pair = client_for(investigator), f"/api/v1/recordings/{one.pk}/alignments/{other.pk}"
    row = proposed(one, other, investigator)
    refused = sent(client, "put", f"{pair}/{row.pk}", is_accepted=False).json()
    assert (refused["source"], refused["heard"]["state"]) == ("clock", "refused")
    unsaid = sent(client, "put", pair, offset_ms=-1500)
    assert (unsaid.status_code, unsaid.json()["code"]) == (400, "reason-missing")
    told = sent(client, "put", pair, offset_ms=-1500, reason="The door closes in both").json()
    assert (told["offset_ms"], told["source"]) == (-1500, "hand")
    assert "The door closes in both" in told["said"]


def test_what_is_no_pair_or_no_proposal_is_told_by_its_code(two, investigator):
    one, other = two
    client, base = client_for(investigator), f"/api/v1/recordings/{one.pk}/alignments"
    itself = client.get(f"{base}/{one.pk}")
    assert (itself.status_code, itself["Content-Type"]) == (422, "application/problem+json")
    assert itself.json()["code"] == "not-a-pair"
    far = sent(client, "put", f"{base}/{other.pk}", offset_ms=8 * 24 * 3600 * 1000, reason="Guess")
    assert (far.status_code, far.json()["code"]) == (422, "not-a-pair")
    missing = sent(client, "put", f"{base}/{other.pk}/{one.pk}", is_accepted=True)
    assert (missing.status_code, missing.json()["code"]) == (404, "alignment-missing")
    assert sent(client, "put", f"{base}/{other.pk}", offset_ms="soon", reason="x").json()["code"] == "invalid"
    assert not Alignment.objects.exists()


def test_a_pair_is_told_only_to_who_may_watch_both(two):
    one, other = two
    friend = factories.person()
    factories.granted(one, friend, may_watch=True)
    client, base = client_for(friend), f"/api/v1/recordings/{one.pk}/alignments"
    assert client.get(base).json() == []
    assert client.get(f"{base}/{other.pk}").status_code in {403, 404}
    factories.granted(other, friend, may_watch=True)
    assert [row["recording"] for row in client.get(base).json()] == [str(other.pk)]
