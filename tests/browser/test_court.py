"""Discs in a browser, at a desk and on a phone: from the choice to the image, with axe looking on."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from evidence.court.models import DiscKind, DiscSet, DiscSetState
from evidence.recordings.models import Kind
from tests.browser.conftest import Complaints
from tests.court import making
from tests.factories import PASSWORD
from tests.servers.live import LiveSite

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SHOTS = os.environ.get("DISC_SCREENSHOTS", "")
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def sign_in(page: Page, site: LiveSite, bench: making.Bench) -> None:
    page.goto(f"{site.url()}/sign-in")
    page.get_by_label("Sign-in name").fill(bench.oic.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url()}/")


def looked_at(page: Page, name: str) -> None:
    """No violation for axe, nothing wider than the window, and a picture for people where one is asked for."""
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_discs_are_chosen_decided_made_and_downloaded(page: Page, live_site: LiveSite, complaints: Complaints, size):
    bench = making.bench()
    master = making.recorded(bench.officer)
    bench.exhibit(master.recording)
    bench.exhibit(making.copied(master, bench.oic, Kind.REDACTION), "The same with the bystanders redacted")
    width = size["width"]
    page.set_viewport_size(size)
    sign_in(page, live_site, bench)

    page.goto(f"{live_site.url()}/cases/{bench.case.id}/discs/")
    page.get_by_label("AB/1: BWV of the arrest").check()
    page.get_by_label("AB/2: The same with").check()
    page.get_by_role("button", name="Show what it comes to").click()
    expect(page.get_by_role("heading", name="1 disc, at most")).to_be_visible()
    looked_at(page, f"builder-{width}")

    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert").get_by_text("Say who the discs are for.")).to_be_visible()
    page.get_by_label("Who the discs are for").fill("Birmingham Crown Court")
    page.get_by_label("Reason").fill("Trial bundle")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="You are about to have evidence put on discs")).to_be_visible()
    looked_at(page, f"confirm-{width}")

    page.get_by_role("button", name="Go back without making them").click()
    expect(page.get_by_label("AB/2: The same with")).to_be_checked()
    expect(page.get_by_label("Who the discs are for")).to_have_value("Birmingham Crown Court")
    expect(page.get_by_label("Reason")).to_have_value("Trial bundle")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Make the discs").click()
    expect(page.get_by_role("heading", name="Discs for Birmingham Crown Court")).to_be_visible()
    looked_at(page, f"waiting-{width}")
    disc_set = making.built(DiscSet.objects.get())
    assert disc_set.state == DiscSetState.MADE

    expect(page.get_by_role("heading", name="Disc 1 of 1")).to_be_visible(timeout=10_000)
    page.get_by_text("How to burn it").click()
    looked_at(page, f"set-{width}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the image").click()
    assert download.value.path().stat().st_size == disc_set.discs.get().image.size_bytes
    # the first Continue was answered 400 with the form again, which a browser notes
    assert [said for said in complaints.words if "400 (Bad Request)" not in said] == []


def test_index_page_of_a_disc_plays_its_film_from_a_folder(page: Page, tmp_path: Path, complaints: Complaints, db):
    bench = making.bench()
    disc_set = making.built(bench.request(bench.exhibit(making.recorded(bench.officer).recording)))
    root = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    page.goto(f"file://{root}/index.html")
    page.evaluate("document.querySelector('video').play()")
    page.wait_for_function("document.querySelector('video').currentTime > 0.3")
    looked_at(page, "disc-index")
    assert complaints.words == []


def test_set_that_failed_says_why(page: Page, live_site: LiveSite):
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    disc_set = bench.request(exhibit, kind=DiscKind.VIEWING)
    from evidence.cases.services import exhibit_withdraw

    exhibit_withdraw(who=bench.who, exhibit=exhibit, reason="Wrong recording")
    making.built(disc_set)
    sign_in(page, live_site, bench)
    page.goto(f"{live_site.url()}/cases/{bench.case.id}/discs/{disc_set.id}/")
    expect(page.get_by_text("AB/1 was withdrawn after these discs were asked for")).to_be_visible()
    looked_at(page, "failed")
