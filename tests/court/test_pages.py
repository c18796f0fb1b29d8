"""The pages of discs without script: choose, see what it comes to, decide, watch, hand out."""

import re

import pytest

from evidence.court.models import DiscSet, DiscSetState
from evidence.identity.roles import Role
from evidence.recordings.services.notes import restriction_set
from tests import factories
from tests.court import making

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench() -> making.Bench:
    return making.bench()


def hidden(page: str) -> dict[str, str]:
    """The hidden inputs of a page's last form, as a browser sends them."""
    form = page[page.rindex('<form method="post" action="/cases/') :]
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def test_choice_shows_sizes_and_discs_then_interrupts_then_makes_one_set(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/"
    assert "AB/1: BWV of the arrest" in client.get(at).content.decode()
    shown = client.get(at, {"exhibits": str(exhibit.id), "kind": "data", "medium": "dvd-5"}).content.decode()
    assert "1 disc, at most" in shown
    assert "AB_1_original.mp4" in shown
    assert "<svg" in shown
    details = hidden(shown) | {"recipient_name": "Crown Court", "reason": "Trial"}
    decision = client.post(f"{at}confirm", details).content.decode()
    assert "It cannot be taken back" in decision
    assert not DiscSet.objects.exists()
    asked = hidden(decision)
    first, second = client.post(f"{at}create", asked), client.post(f"{at}create", asked)
    disc_set = DiscSet.objects.get()
    assert first["Location"] == second["Location"] == f"{at}{disc_set.id}/"
    assert (disc_set.recipient_name, disc_set.reason) == ("Crown Court", "Trial")


def test_form_reached_by_browser_back_with_other_wishes_is_another_set(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/"
    shown = client.get(at, {"exhibits": str(exhibit.id), "kind": "data", "medium": "dvd-5"}).content.decode()
    details = hidden(shown) | {"recipient_name": "CPS", "reason": "Charging"}
    first = client.post(f"{at}create", details)["Location"]
    second = client.post(f"{at}create", details | {"recipient_name": "Defence solicitor"})["Location"]
    assert first != second
    assert "Discs for Defence solicitor" in client.get(second).content.decode()
    assert client.post(f"{at}create", details | {"recipient_name": " Defence  solicitor"})["Location"] == second
    assert DiscSet.objects.count() == 2


def test_going_back_from_the_decision_loses_nothing_of_what_was_filled_in(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/"
    chosen = {"exhibits": str(exhibit.id), "kind": "data", "medium": "bd-25", "with_originals": "on"}
    details = hidden(client.get(at, chosen).content.decode())
    details |= {"recipient_name": "Crown Court", "reason": "Trial of R v Smith"}
    decision = client.post(f"{at}confirm", details).content.decode()
    assert re.search(rf'<button type="submit"[^>]*formaction="{at}"[^>]*>Go back', decision)
    back = client.post(at, hidden(decision))
    page = back.content.decode()
    assert back.status_code == 200
    assert re.search(rf'value="{exhibit.id}"[^>]*checked', page)
    assert re.search(r'<option value="bd-25"[^>]*selected', page)
    assert re.search(r'name="with_originals"[^>]*checked', page)
    assert 'value="Crown Court"' in page
    assert "Trial of R v Smith</textarea>" in page
    assert "1 disc, at most" in page
    assert not DiscSet.objects.exists()


def test_page_of_a_set_goes_from_progress_to_discs(bench):
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/{disc_set.id}/"
    waiting = client.get(at).content.decode()
    assert f'hx-get="{at}progress"' in waiting
    assert "HX-Refresh" not in client.get(f"{at}progress")
    making.built(disc_set)
    assert client.get(f"{at}progress")["HX-Refresh"] == "true"
    ready = client.get(at).content.decode()
    disc = disc_set.discs.get()
    assert "hx-get" not in ready
    for words in (disc.image.sha256, "WORKING COPY", f"burn {disc.id} --device", f"{at}1.iso", "OFFICIAL-SENSITIVE"):
        assert words in ready


def test_set_can_be_stopped_from_its_page(bench):
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/{disc_set.id}/"
    assert f'action="{at}cancel"' in client.get(at).content.decode()
    client.post(f"{at}cancel")
    making.built(disc_set)
    assert disc_set.state == DiscSetState.CANCELLED
    assert "The making was stopped" in client.get(at).content.decode()


def test_what_is_missing_or_impossible_is_said_beside_the_form(bench):
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    client = making.signed_in(bench.oic)
    at = f"/cases/{bench.case.id}/discs/"
    chosen = {"exhibits": str(exhibit.id), "kind": "viewing", "medium": "bd-25"}
    assert "Choose a DVD, or make a data disc" in client.get(at, chosen).content.decode()
    assert "Choose at least one exhibit" in client.get(at, {"kind": "data", "medium": "dvd-5"}).content.decode()
    details = hidden(client.get(at, chosen | {"medium": "dvd-5"}).content.decode())
    answer = client.post(f"{at}confirm", details)
    assert answer.status_code == 400
    assert "Say who the discs are for" in answer.content.decode()
    assert "Say why the discs are made" in answer.content.decode()


def test_exhibit_one_may_not_disclose_is_named_but_neither_described_nor_offered(bench):
    recording = making.recorded(bench.officer).recording
    bench.exhibit(recording, "Disclosure by the complainant")
    restriction_set(
        who=factories.who(Role.EVIDENCE_MANAGER), recording=recording, is_restricted=True, reason="Sexual offence"
    )
    page = making.signed_in(bench.oic).get(f"/cases/{bench.case.id}/discs/").content.decode()
    assert "You may not disclose AB/1" in page
    assert "complainant" not in page


def test_case_without_exhibits_and_reader_without_right_are_told_so(bench):
    at = f"/cases/{bench.case.id}/discs/"
    assert "nothing to put on a disc yet" in making.signed_in(bench.oic).get(at).content.decode()
    auditor = factories.person(Role.AUDITOR)
    assert "You cannot make discs of this case" in making.signed_in(auditor).get(at).content.decode()
