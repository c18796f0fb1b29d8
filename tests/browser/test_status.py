"""The status page on a wide screen and a phone: states in words, no accessibility finding, nothing beyond the edge."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from evidence.identity.roles import Role
from evidence.vault.models import CheckResult
from evidence.vault.services import object_quarantine
from tests import factories
from tests.browser.test_review import is_clean, sign_in
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser


def test_what_is_wrong_is_found_by_keyboard_on_a_screen_and_a_phone(
    live_site: LiveSite, browser: Browser, tmp_path: Path
) -> None:
    stored = factories.scene(tmp_path).file.stored
    object_quarantine(stored=stored, result=CheckResult.DAMAGED, because="Its SHA-256 is another.")
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sign_in(page, live_site, factories.person(Role.ADMINISTRATOR))
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Status").click()
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{live_site.url()}/status")
        assert page.get_by_role("row").filter(has_text="Quarantine").get_by_text("Wrong").is_visible()
        page.locator("summary").filter(has_text="Which: Quarantine").focus()
        page.keyboard.press("Enter")
        assert page.get_by_text(f"{stored.key}: Damaged").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        is_clean(page)
    page.context.close()
