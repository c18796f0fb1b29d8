"""Where a report is asked for: the Custody tab, a case, the search. With a reason, and never by an address alone."""

import json
from pathlib import Path

import pytest

from evidence.cases.services import case_open, exhibit_produce, member_add
from evidence.custody.models import Event
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from tests import factories
from tests.factories import Scene, client_for

pytestmark = [pytest.mark.django_db, pytest.mark.once]
WHY = {"reason_code": "disclosure", "reason_text": "Trial"}


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


def test_the_custody_tab_offers_it_to_those_who_read_the_record(scene: Scene) -> None:
    tab, address = f"/recordings/{scene.recording.id}/custody", f"/recordings/{scene.recording.id}/custody/report"
    page = client_for(scene.sergeant).get(tab).content.decode()
    assert f'action="{address}"' in page
    assert "At most 2,000 lines" in page
    assert address not in client_for(scene.officer).get(tab).content.decode()
    for written_as, media_type in (("pdf", "application/pdf"), ("json", "application/json")):
        made = client_for(scene.sergeant).post(address, {**WHY, "format": written_as})
        assert (made.status_code, made["Content-Type"]) == (200, media_type)
        assert f"custody-report_recording-{str(scene.recording.id)[:8]}_" in made["Content-Disposition"]


def test_the_form_asks_again_for_a_reason_and_makes_nothing_meanwhile(scene: Scene) -> None:
    address, sergeant = f"/recordings/{scene.recording.id}/custody/report", client_for(scene.sergeant)
    before = Event.objects.count()
    for why, said in (({}, "Choose a reason."), ({"reason_code": "other"}, "Write the reason in a few words.")):
        page = sergeant.post(address, {**why, "format": "pdf"})
        assert page.status_code == 422
        assert said in page.content.decode()
    assert sergeant.get(address).status_code == 200
    assert Event.objects.count() == before, "looking at the form is no reading of the record"


def test_a_case_leads_to_a_report_of_it(scene: Scene) -> None:
    lead, disclosure = factories.person(Role.INVESTIGATOR), factories.person(Role.DISCLOSURE_OFFICER)
    case = case_open(who=who_is(lead), urn="20AB0001226", title="R v Smith", officer_in_case=lead)
    member_add(who=who_is(lead), case=case, person=disclosure)
    exhibit_produce(who=who_is(lead), case=case, recording=scene.recording, producer=scene.officer, description="Door")
    assert f"/cases/{case.id}/custody/report" in client_for(lead).get(f"/cases/{case.id}/timeline").content.decode()
    made = client_for(lead).post(f"/cases/{case.id}/custody/report", {**WHY, "format": "json"})
    assert [item["told"] for item in json.loads(made.content)["items"]] == [True, True]
    barred = client_for(disclosure).post(f"/cases/{case.id}/custody/report", {**WHY, "format": "json"})
    assert [item["told"] for item in json.loads(barred.content)["items"]] == [True, False]


def test_what_was_searched_for_comes_along_to_the_report_and_the_log(scene: Scene) -> None:
    auditor = client_for(factories.person(Role.AUDITOR))
    number = scene.sergeant.collar_number
    found = auditor.get(f"/audit/?person={number}").content.decode()
    for address in ("/audit/report", "/audit/log"):
        assert f'href="{address}?person={number}"' in found
        assert f'value="{number}"' in auditor.get(f"{address}?person={number}").content.decode()
        empty = auditor.post(address, {**WHY, "format": "json" if address.endswith("report") else "csv"})
        assert (empty.status_code, "Give a person, an item or a first day" in empty.content.decode()) == (422, True)
    made = auditor.post("/audit/report", {**WHY, "format": "json", "item": str(scene.recording.id)})
    assert len(json.loads(made.content)["lines"]) == 2
    log = auditor.post("/audit/log", {**WHY, "format": "csv", "item": str(scene.recording.id)})
    assert b"collection" in b"".join(log.streaming_content)  # type: ignore[attr-defined]


def test_the_page_says_what_is_left_out_to_whoever_is_not_told_who_looked(scene: Scene) -> None:
    manager, auditor = factories.person(Role.EVIDENCE_MANAGER), factories.person(Role.AUDITOR)
    for address in ("/audit/report", "/audit/log"):
        assert "Any such lines of others are left out" in client_for(manager).get(address).content.decode()
        assert "left out" not in client_for(auditor).get(address).content.decode()
