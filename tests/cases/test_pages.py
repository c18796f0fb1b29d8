"""The pages and the API of cases: what a person does with them, and what they are told when it cannot be."""

import re

import pytest

from evidence.cases.models import Case, Exhibit
from evidence.cases.queries import members_of
from evidence.cases.services import case_open, exhibit_produce, member_add
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from tests import factories
from tests.factories import client_for

pytestmark = pytest.mark.django_db
DATED = {"statement_on_day": "3", "statement_on_month": "11", "statement_on_year": "2026"}


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def produced(inquiry) -> Exhibit:
    return exhibit_produce(
        who=inquiry.who, case=inquiry.case, recording=inquiry.scene.recording, producer=inquiry.lead,
        description="Arrest in High Street",
    )  # fmt: skip


def exhibit_form(inquiry, **changes) -> dict[str, str]:
    given = {"case": str(inquiry.case.id), "producer": inquiry.lead.collar_number, "description": "The arrest"}
    return {**given, **DATED, **changes}


def test_an_investigator_opens_a_case_and_lands_on_it(db):
    lead = factories.person(Role.INVESTIGATOR)
    client = client_for(lead)
    assert lead.collar_number in client.get("/cases/new").content.decode(), "the form does not offer oneself"
    answer = client.post(
        "/cases/new", {"urn": "20ab9", "title": "R v Brown", "officer_in_case": lead.collar_number}, follow=True
    )
    assert "20AB9" in words(answer)
    assert "No exhibits yet" in words(answer)
    assert "R v Brown" in words(client.get("/cases/?q=brown"))


def test_a_urn_in_use_is_said_at_its_field(inquiry):
    answer = client_for(inquiry.lead).post(
        "/cases/new", {"urn": "20AB0012326", "title": "x", "officer_in_case": inquiry.lead.collar_number}
    )
    assert answer.status_code == 422
    assert 'href="#id_urn"' in answer.content.decode()
    assert Case.objects.count() == 1


def test_a_name_nobody_has_or_several_have_is_said_at_its_field(inquiry):
    factories.person(Role.INVESTIGATOR, first_name="Ann", surname="Twin", collar_number="7001")
    factories.person(Role.INVESTIGATOR, first_name="Ann", surname="Twin", collar_number="7002")
    client = client_for(inquiry.lead)
    for given, said in (("9999999", "Nobody of that name"), ("Ann Twin", "7001"), ("Ann Twin", "7002")):
        answer = client.post(f"/cases/{inquiry.case.id}/people", {"person": given})
        assert answer.status_code == 422
        assert said in words(answer)


def test_an_officer_is_offered_no_new_case_and_refused_one(inquiry):
    client = client_for(inquiry.scene.officer)
    assert "Open a case" not in words(client.get("/cases/"))
    assert client.get("/cases/new").status_code == 403


def test_an_exhibit_is_added_from_the_case_by_search(inquiry):
    client = client_for(inquiry.lead)
    found = client.get(f"/cases/{inquiry.case.id}/?q=CV-20431").content.decode()
    address = re.search(r'href="(/recordings/[\w-]+/exhibit\?case=[\w-]+)"', found)[1]
    assert f'value="{inquiry.case.id}" selected' in client.get(address).content.decode()
    answer = client.post(address.split("?")[0], exhibit_form(inquiry), follow=True)
    assert "Exhibit AB/1, referred to in the statement of Aisha Begum dated 3 November 2026" in words(answer)
    again = client.get(f"/cases/{inquiry.case.id}/?q=CV-20431").content.decode()
    assert "/exhibit?case=" not in again, "an exhibit is offered a second time"


def test_a_case_one_is_not_on_cannot_be_chosen(inquiry):
    stranger = factories.person(Role.INVESTIGATOR)
    answer = client_for(stranger).post(f"/recordings/{inquiry.scene.recording.id}/exhibit", exhibit_form(inquiry))
    assert "You are on no open case" in words(answer)
    assert not Exhibit.objects.exists()


def test_people_come_and_go_on_the_page(inquiry):
    client = client_for(inquiry.lead)
    colleague = inquiry.scene.colleague
    client.post(f"/cases/{inquiry.case.id}/people", {"person": colleague.collar_number})
    member = members_of(inquiry.case).get(person=colleague)
    assert client_for(colleague).get(f"/cases/{inquiry.case.id}/").status_code == 200
    client.post(f"/cases/{inquiry.case.id}/people/{member.id}/remove")
    assert client_for(colleague).get(f"/cases/{inquiry.case.id}/").status_code == 404


def test_withdrawing_says_why_and_stays_in_the_list_and_the_time_line(inquiry):
    exhibit = produced(inquiry)
    client = client_for(inquiry.lead)
    assert client.post(f"/exhibits/{exhibit.id}/withdraw", {"reason": ""}).status_code == 422
    client.post(f"/exhibits/{exhibit.id}/withdraw", {"reason": "Another officer's camera"})
    assert "Another officer&#x27;s camera" in client.get(f"/cases/{inquiry.case.id}/").content.decode()
    told = words(client.get(f"/cases/{inquiry.case.id}/timeline"))
    assert f"{inquiry.lead.label} produced AB/1" in told
    assert f"{inquiry.lead.label} withdrew AB/1: Another officer" in told
    assert f"{inquiry.lead.label} opened the case" in told


def test_the_time_line_holds_nothing_of_other_cases(inquiry):
    produced(inquiry)
    other = case_open(who=inquiry.who, urn="2", title="Other", officer_in_case=inquiry.lead)
    assert "AB/1" not in words(client_for(inquiry.lead).get(f"/cases/{other.id}/timeline"))


@pytest.mark.parametrize("page", ["", "people", "timeline"])
def test_a_stranger_finds_no_case_at_its_address(inquiry, page):
    answer = client_for(factories.person(Role.OFFICER)).get(f"/cases/{inquiry.case.id}/{page}")
    assert answer.status_code == 404
    assert inquiry.case.urn not in answer.content.decode()


def test_a_member_who_is_not_in_charge_cannot_change_who_is_on_it(inquiry):
    member = member_add(who=inquiry.who, case=inquiry.case, person=inquiry.scene.colleague)
    client = client_for(inquiry.scene.colleague)
    assert "Put somebody on the case" not in words(client.get(f"/cases/{inquiry.case.id}/people"))
    assert client.post(f"/cases/{inquiry.case.id}/people", {"person": "1"}).status_code == 403
    assert client.post(f"/cases/{inquiry.case.id}/people/{member.id}/remove").status_code == 403


def test_a_member_of_another_case_cannot_be_removed_through_this_one(inquiry):
    other_lead = factories.person(Role.INVESTIGATOR)
    other = case_open(who=who_is(other_lead), urn="2", title="Other", officer_in_case=other_lead)
    foreign = members_of(other).get()
    answer = client_for(inquiry.lead).post(f"/cases/{inquiry.case.id}/people/{foreign.id}/remove")
    assert answer.status_code == 404
    assert members_of(other).filter(pk=foreign.pk).exists()


def test_the_api_does_what_the_pages_do(inquiry):
    client = client_for(inquiry.lead)
    made = client.post("/api/v1/cases", {"urn": "api1", "title": "By API"}, content_type="application/json")
    assert (made.status_code, made.json()["urn"]) == (201, "API1")
    base = f"/api/v1/cases/{made.json()['id']}"
    colleague = inquiry.scene.colleague
    member = client.post(f"{base}/members", {"person": str(colleague.id)}, content_type="application/json").json()
    body = {"recording": str(inquiry.scene.recording.id), "description": "Arrest", "statement_on": "2026-11-03"}
    exhibit = client.post(f"{base}/exhibits", body, content_type="application/json").json()
    assert (exhibit["reference"], exhibit["statement_on"]) == ("AB/1", "2026-11-03")
    assert client_for(colleague).get(f"{base}/exhibits").json()[0]["description"] == "Arrest"
    done = client.post(
        f"/api/v1/exhibits/{exhibit['id']}/withdraw", {"reason": "Wrong"}, content_type="application/json"
    ).json()
    assert done["withdrawn_reason"] == "Wrong"
    assert client.delete(f"{base}/members/{member['id']}").status_code == 204
    assert client_for(colleague).get(base).status_code == 404
    listed = client.get("/api/v1/cases?q=api1").json()["results"]
    assert [case["urn"] for case in listed] == ["API1"]


def test_the_api_tells_a_stranger_nothing_of_a_case_or_its_exhibit(inquiry):
    exhibit = produced(inquiry)
    client = client_for(factories.person(Role.OFFICER))
    base = f"/api/v1/cases/{inquiry.case.id}"
    for answer in (
        client.get(base), client.get(f"{base}/members"), client.get(f"{base}/exhibits"),
        client.post(f"/api/v1/exhibits/{exhibit.id}/withdraw", {"reason": "x"}, content_type="application/json"),
    ):  # fmt: skip
        assert answer.status_code == 404
        assert inquiry.case.urn not in answer.content.decode()
    assert client.get("/api/v1/cases").json()["results"] == []
