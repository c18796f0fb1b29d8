"""The page of the second look in each of its states, and the same for programs."""

import base64
import json
import re

import pytest
from django.test import Client

from evidence.custody.models import Event
from evidence.identity.roles import Role
from evidence.jobs.models import Job
from evidence.recordings.leaving import leaving_caution
from evidence.recordings.models import Recording
from evidence.signoff.marks import UNSIGNED
from evidence.signoff.models import Look, LookState
from evidence.signoff.queries import listed
from evidence.signoff.services import look_failed
from evidence.vault.checking import Checked
from evidence.vault.models import CheckResult
from evidence.vault.services import object_quarantine
from tests import factories
from tests.factories import client_for
from tests.signoff.material import looked_at, place
from workers.handlers.quarantine import owner_of, quarantine_tell

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def page(client: Client, copy: Recording) -> str:
    answer = client.get(f"/recordings/{copy.id}/look-again")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def sent(client: Client, copy: Recording, path: str = "", method: str = "post", **given: object):
    address = f"/api/v1/recordings/{copy.id}/look-again{path}"
    if method == "get":
        return client.get(address)
    return getattr(client, method)(address, json.dumps(given), content_type="application/json")


def test_the_page_says_how_it_stands_from_nothing_to_looked_at(scene, copy):
    client = client_for(scene.officer)
    assert "It has not been looked at again" in page(client, copy)
    client.post(f"/recordings/{copy.id}/look-again/ask")
    waiting = page(client, copy)
    assert f'hx-get="/recordings/{copy.id}/look-again/progress"' in waiting
    assert "Cancel<span" in waiting
    assert "Cancel<span" not in page(client_for(scene.sergeant), copy), "whose job it is may stop it"
    assert "HX-Refresh" not in client.get(f"/recordings/{copy.id}/look-again/progress").headers
    Look.objects.update(state=LookState.DONE, frames=50)
    assert client.get(f"/recordings/{copy.id}/look-again/progress")["HX-Refresh"] == "true"
    assert "The detector sees nothing that is not covered" in page(client, copy)
    assert "one face in ten is missed" in page(client, copy)


def test_a_detector_that_failed_is_said_plainly_with_the_way_on(scene, copy):
    client = client_for(scene.sergeant)
    client.post(f"/recordings/{copy.id}/look-again/ask")
    look_failed(Job.objects.get(kind="copy.look-again"), "It is not installed. The copy itself can be used.")
    said = page(client, copy)
    assert "No detector has looked at this copy" in said
    assert "It is not installed. The copy itself can be used." in said
    assert "Sign off" in said


def test_where_detectors_are_off_the_button_makes_a_list_that_says_so(scene, copy, settings):
    settings.LOOK_AGAIN = ()
    client = client_for(scene.sergeant)
    assert "no detector is chosen" in client.post(
        f"/recordings/{copy.id}/look-again/ask", follow=True
    ).content.decode()  # fmt: skip
    assert "Sign off" in page(client, copy)


def test_every_page_of_the_copy_says_whether_it_is_signed_off(scene, copy):
    client, tabs = client_for(scene.sergeant), ("", "copies", "details")
    for tab in tabs:
        assert "Not signed off" in client.get(f"/recordings/{copy.id}/{tab}").content.decode()
    assert leaving_caution(copy) == UNSIGNED
    look = looked_at(copy, scene.officer)
    answer = client.post(
        f"/recordings/{copy.id}/look-again/1/sign-off", {"list_sha256": listed(look).sha256, "has_watched": "on"}
    )
    assert answer.status_code == 302
    for tab in tabs:
        said = client.get(f"/recordings/{copy.id}/{tab}").content.decode()
        assert "Not signed off" not in said
        assert "Signed off" in said
    assert leaving_caution(copy) == ""
    assert "signed off" not in client.get(f"/recordings/{scene.recording.id}/").content.decode().lower()


def test_who_made_it_sees_that_another_has_to_sign(scene, copy):
    looked_at(copy, scene.officer)
    said = page(client_for(scene.officer), copy)
    assert "You made this copy, so another person has to sign it off" in said
    assert "has_watched" not in said


def test_several_places_are_ticked_and_decided_together_without_script(scene, copy):
    looked_at(copy, scene.officer, place(1), place(2), place(3))
    client, address = client_for(scene.sergeant), f"/recordings/{copy.id}/look-again"
    said = page(client, copy)
    assert said.count('form="together" name="together-places"') == 3
    assert "checked" not in said
    ticked = client.get(f"{address}?chosen=all").content.decode()
    assert ticked.count(" checked>") == 3
    given = {"together-decision": "acceptable", "together-reason": "Posters"}
    nothing = client.post(f"{address}/1/places", given)
    assert (nothing.status_code, "Tick the places that you mean" in nothing.content.decode()) == (422, True)
    unsaid = client.post(f"{address}/1/places", {**given, "together-reason": "", "together-places": ["1", "3"]})
    assert (unsaid.status_code, unsaid.content.decode().count('" checked>')) == (422, 3), "two ticks and the decision"
    answer = client.post(f"{address}/1/places", {**given, "together-places": ["1", "3"]}, follow=True)
    assert "2 places: acceptable." in answer.content.decode()
    assert "It can be signed when every place is decided: 1 is not." in page(client, copy)
    wrong = client.post(f"{address}/1/places", {**given, "together-places": ["1", "9"]})
    assert (wrong.status_code, "The list has no such place." in wrong.content.decode()) == (422, True)


def test_a_program_decides_several_places_with_one_reason_or_none_of_them(scene, copy):
    looked_at(copy, scene.officer, place(1), place(2))
    client = client_for(scene.officer)

    def decided(*numbers: int, reason: str = "Posters"):
        return sent(client, copy, "/places", "put", places=numbers, decision="acceptable", reason=reason)

    assert (decided(1, 3).status_code, decided().json()["code"]) == (404, "no-place-chosen")
    assert decided(1, 2, reason="").json()["code"] == "place-reason-missing"
    told = decided(2, 1).json()["places"]
    assert [(row["number"], row["decision"], row["reason"]) for row in told] == [
        (1, "acceptable", "Posters"), (2, "acceptable", "Posters"),
    ]  # fmt: skip


def test_pictures_are_for_whom_the_list_was_shown_to_and_reading_it_is_on_record(scene, copy, tmp_path):
    (tmp_path / "pictures").write_bytes(b"\xff\xd8 one\xff\xd8 two")
    looked_at(
        copy, scene.officer, place(1, picture=(0, 6, "1" * 64)), place(2, picture=(6, 6, "2" * 64)),
        pictures=tmp_path / "pictures",
    )  # fmt: skip
    client = client_for(scene.sergeant)
    first, second = re.findall(r'src="(/recordings/[^"]+/picture[^"]+)"', page(client, copy))
    assert (client.get(first).content, client.get(second).content) == (b"\xff\xd8 one", b"\xff\xd8 two")
    assert client.get(second)["Cache-Control"] == "private, no-store"
    assert Event.objects.filter(subject_id=copy.id, verb="copy:look:read", actor_id=scene.sergeant.id).count() == 1
    assert client_for(factories.person(Role.EVIDENCE_MANAGER)).get(second).status_code == 404
    assert client.get(second.partition("?")[0]).status_code == 404


def test_pictures_that_are_damaged_are_told_to_the_copys_record_and_the_list_goes_without(scene, copy, tmp_path):
    (tmp_path / "pictures").write_bytes(b"\xff\xd8 one")
    look = looked_at(copy, scene.officer, place(1, picture=(0, 6, "1" * 64)), pictures=tmp_path / "pictures")
    told = sent(client_for(scene.officer), copy, method="get").json()
    assert base64.b64decode(told["places"][0]["picture_jpeg"]) == b"\xff\xd8 one"
    object_quarantine(stored=look.pictures, result=CheckResult.DAMAGED, because="Damaged")
    quarantine_tell(look.pictures, Checked(CheckResult.DAMAGED))
    assert Event.objects.filter(subject_id=copy.id, verb="recording:file:quarantined").count() == 1
    assert owner_of(look.pictures).path == f"/recordings/{copy.id}/look-again"
    told = sent(client_for(scene.officer), copy, method="get").json()
    assert told["places"][0]["picture_jpeg"] is None


def test_a_program_asks_decides_and_signs_and_is_told_what_stands_in_the_way(scene, copy, tmp_path):
    officer, sergeant = client_for(scene.officer), client_for(scene.sergeant)
    assert sent(officer, copy, method="get").status_code == 404
    asked = sent(officer, copy)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    assert (sent(officer, copy).status_code, sent(officer, copy).json()["code"]) == (409, "look-under-way")
    Look.objects.all().delete()
    looked_at(copy, scene.officer, place())
    told = sent(sergeant, copy, method="get").json()
    assert (told["places"][0]["frames"], told["places"][0]["score"]) == ([10, 35], 0.91)
    signing = {"list_sha256": told["list_sha256"], "has_watched": True}
    assert sent(sergeant, copy, "/sign-off", **signing).json()["code"] == "places-undecided"
    wrong = sent(officer, copy, "/places/1", "put", decision="acceptable")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "place-reason-missing")
    assert sent(officer, copy, "/places/2", "put", decision="cover").status_code == 404
    told = sent(officer, copy, "/places/1", "put", decision="acceptable", reason="A poster").json()
    assert told["places"][0]["decided_by"]["name"] == scene.officer.label
    assert sent(sergeant, copy, "/sign-off", **signing).json()["code"] == "list-changed"
    signing["list_sha256"] = told["list_sha256"]
    assert sent(officer, copy, "/sign-off", **signing).status_code == 403
    assert sent(sergeant, copy, "/sign-off", **{**signing, "has_watched": False}).json()["code"] == "not-watched"
    done = sent(sergeant, copy, "/sign-off", **signing)
    assert (done.status_code, done.json()["signed_by"]["id"]) == (201, str(scene.sergeant.id))
    assert sent(sergeant, copy, "/sign-off", **signing).json()["code"] == "list-signed"
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
    assert sent(officer, clip).json()["code"] == "not-redacted"
