"""Lists on a narrow screen: a row is a card, and its main action is never beyond the edge."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests import factories
from tests.browser.test_review import is_clean, sign_in
from tests.factories import Scene
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [390, 320])
def test_on_a_phone_each_row_is_a_card_with_its_action_in_sight(
    live_site: LiveSite, browser: Browser, tmp_path: Path, width: int
) -> None:
    scene: Scene = factories.scene(tmp_path)
    page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
    sign_in(page, live_site, scene.officer)
    row = page.get_by_role("row").filter(has_text="Tag").last
    for part in (row.get_by_role("rowheader"), row.get_by_role("link", name="Tag"), row.get_by_text("Playable")):
        box = part.bounding_box()
        assert box is not None
        assert 0 <= box["x"] < box["x"] + box["width"] <= width
    is_clean(page)
    page.goto(f"{live_site.url()}/recordings/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    state = page.get_by_role("cell").filter(has_text="Playable").first.bounding_box()
    assert state is not None
    assert state["x"] + state["width"] <= width
    is_clean(page)
    page.context.close()
