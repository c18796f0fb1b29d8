"""Cases in a real browser: open one, put somebody on it, produce an exhibit, withdraw it; desktop and phone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evidence.identity.roles import Role
from tests import factories
from tests.factories import Scene
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser


@pytest.fixture
def scene(transactional_db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)


@pytest.fixture(params=[(1440, 1000), (390, 844)], ids=["desktop", "phone"])
def viewed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def is_clean(page: Page) -> None:
    page.wait_for_load_state()  # of a page that is still coming in, the first half would be judged
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def test_a_case_from_its_opening_to_a_labelled_exhibit(live_site: LiveSite, viewed: Page, scene: Scene) -> None:
    page = viewed
    lead = factories.person(Role.INVESTIGATOR, first_name="Aisha", surname="Begum", rank="DC")
    page.goto(f"{live_site.url()}/sign-in?next=/cases/")
    page.get_by_label("Sign-in name").fill(lead.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("No cases yet")).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Open a case").click()
    page.get_by_label("URN").fill("20ab0012326")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("link", name="Enter title")).to_be_visible()
    is_clean(page)
    page.get_by_label("Title").fill("R v Smith")
    page.get_by_role("button", name="Open the case").click()
    expect(page.get_by_role("heading", name="20AB0012326")).to_be_visible()
    page.get_by_role("link", name="People").click()
    page.get_by_label("Who?").fill(scene.colleague.collar_number)
    page.get_by_role("button", name="Put on the case").click()
    expect(page.get_by_role("rowheader", name=scene.colleague.label)).to_be_visible()
    is_clean(page)
    page.get_by_role("link", name="Exhibits").click()
    page.get_by_placeholder("Officer, incident, camera").fill("CV-20431")
    page.get_by_role("button", name="Find recordings").click()
    is_clean(page)
    page.get_by_role("link", name="Produce the recording of").click()
    page.get_by_label("Who produces it?").fill("Aisha Begum")
    page.get_by_label("What is it?").fill("Body-worn video of the arrest")
    is_clean(page)
    page.get_by_role("button", name="Produce", exact=True).click()
    expect(page.get_by_text("Exhibit AB/1, referred to in the statement of Aisha Begum dated")).to_be_visible()
    is_clean(page)
    page.get_by_role("link", name="Withdraw AB/1").click()
    page.get_by_label("Why is it withdrawn?").fill("Another camera shows more")
    is_clean(page)
    page.get_by_role("button", name="Withdraw it").click()
    page.get_by_role("link", name="Time line").click()
    expect(page.get_by_text(f"{lead.label} withdrew AB/1: Another camera shows more")).to_be_visible()
    is_clean(page)
