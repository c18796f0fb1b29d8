"""What the walks of several people through one site share: sign in, and see that a page is clean."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from evidence.identity.models import Person
from tests import factories
from tests.servers.live import LiveSite


def page_is_clean(page: Page, shot: Path | None = None) -> None:
    """No fault that axe knows, and nothing to scroll sideways for; a picture of the page is kept at `shot`."""
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    if shot is not None:
        page.screenshot(path=shot, full_page=True)


def signed_in(browser: Browser, site: LiveSite, person: Person, size: tuple[int, int], path: str) -> Page:
    """A page of this person alone, at `path`; sizes in CSS pixels."""
    page = browser.new_context(viewport={"width": size[0], "height": size[1]}).new_page()
    page.goto(f"{site.url()}/sign-in?next={path}")
    page.get_by_label("Sign-in name").fill(person.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    return page
