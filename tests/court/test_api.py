"""The discs API as a program uses it: plan, make, look, fetch; and its refusals."""

from uuid import uuid4

import pytest
from django.test import Client

from evidence.court.models import DiscSet
from evidence.identity.roles import Role
from evidence.identity.services import token_make
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.court import making

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


def program(bench: making.Bench) -> Client:
    token = token_make(owner_kind="person", owner_id=bench.oic.id, label="program", scopes=[])
    return Client(SERVER_NAME="localhost", headers={"Authorization": f"Bearer {token}"})


def asking(*exhibits, **wishes):
    facts = {"exhibits": [str(each.id) for each in exhibits], "recipient_name": "CPS", "reason": "Charging file"}
    return facts | wishes


def test_dry_run_plans_and_makes_nothing(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    answer = program(bench).post(
        f"/api/v1/cases/{bench.case.id}/disc-sets?dry-run=1", {"exhibits": [str(exhibit.id)]}, "application/json"
    )
    body = answer.json()
    assert (answer.status_code, body["kind"], body["medium"]) == (200, "data", "dvd-5")
    assert body["discs"][0]["exhibits"] == ["AB/1"]
    assert body["exhibits"][0]["files"] == ["AB_1_original.mp4"]
    assert not DiscSet.objects.exists()


def test_set_is_made_looked_at_and_fetched(bench, tmp_path):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = program(bench)
    answer = client.post(f"/api/v1/cases/{bench.case.id}/disc-sets", asking(exhibit), "application/json")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["discs"]) == ("requested", [])
    at = answer["Location"]
    making.built(DiscSet.objects.get())
    said = client.get(at).json()
    (disc,) = said["discs"]
    assert said["state"] == "made"
    assert said["exhibits"] == ["AB/1"]
    assert client.get(f"/api/v1/jobs/{said['job']}").json()["state"] == "succeeded"
    image = b"".join(client.get(disc["image"]).streaming_content)
    assert len(image) == disc["size_bytes"]
    assert image == making.image(DiscSet.objects.get(), tmp_path).read_bytes()
    assert client.get(f"/api/v1/cases/{bench.case.id}/disc-sets").json()[0]["id"] == said["id"]
    assert client.get(disc["image"].replace("discs/1", "discs/2")).status_code == 404


def test_asking_again_with_the_same_id_gives_the_one_set(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client, body = program(bench), asking(exhibit, id=str(uuid4()))
    at = f"/api/v1/cases/{bench.case.id}/disc-sets"
    assert client.post(at, body, "application/json").json() == client.post(at, body, "application/json").json()
    assert DiscSet.objects.count() == 1


def test_same_id_with_other_terms_is_a_conflict_in_words(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client, body = program(bench), asking(exhibit, id=str(uuid4()))
    at = f"/api/v1/cases/{bench.case.id}/disc-sets"
    assert client.post(at, body, "application/json").status_code == 202
    answer = client.post(at, body | {"recipient_name": "Defence solicitor"}, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "disc-set-differs")
    assert "Ask again with a new id" in answer.json()["detail"]
    assert DiscSet.objects.count() == 1


def test_member_who_may_not_know_of_a_recording_learns_the_reference_only(bench):
    open_one = bench.exhibit(making.recorded(bench.officer).recording)
    secret = making.recorded(bench.officer, making.film("maroon")).recording
    barred = bench.exhibit(secret)
    disc_set = making.built(bench.request(open_one, barred))
    client = program(bench)
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=secret, is_restricted=True, reason="Sexual offence"
    )
    at = f"/api/v1/cases/{bench.case.id}/disc-sets"
    for sets in (client.get(at).json(), [client.get(f"{at}/{disc_set.id}").json()]):
        shown, hidden = sets[0]["discs"][0]["contents"]
        assert shown["recording"] == str(open_one.recording_id)
        assert (hidden["exhibit"], hidden["exhibit_id"]) == (barred.reference, str(barred.id))
        assert [hidden[name] for name in ("recording", "file", "path", "size_bytes", "sha256")] == [None] * 5
    page = making.signed_in(bench.oic).get(f"/cases/{bench.case.id}/discs/{disc_set.id}/").content.decode()
    assert "AB_1_original.mp4" in page
    assert "AB_2_original.mp4" not in page


def test_refusals_are_problem_documents_with_words(bench):
    at = f"/api/v1/cases/{bench.case.id}/disc-sets"
    client = program(bench)
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    still = client.post(f"{at}?dry-run=1", asking(exhibit, kind="viewing", medium="bd-25"), "application/json")
    assert (still.status_code, still.json()["code"]) == (400, "not-for-dvd")
    assert "Choose a DVD" in still.json()["detail"]
    foreign = client.post(at, asking(exhibit) | {"exhibits": [str(uuid4())]}, "application/json").json()
    assert foreign["code"] == "nothing-chosen"
    untold = client.post(at, {"exhibits": [str(exhibit.id)]}, "application/json").json()
    assert {fault["pointer"] for fault in untold["errors"]} == {"/recipient_name", "/reason"}
    assert not DiscSet.objects.exists()


def test_cancelling_stops_the_set_and_cancelling_again_is_refused(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = program(bench)
    at = client.post(f"/api/v1/cases/{bench.case.id}/disc-sets", asking(exhibit), "application/json")["Location"]
    assert client.post(f"{at}/cancel").status_code == 202
    assert client.post(f"{at}/cancel").status_code == 409
    making.built(DiscSet.objects.get())
    assert client.get(at).json()["state"] == "cancelled"
