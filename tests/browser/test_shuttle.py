"""J, K and L, their buttons, and all that ends running backwards."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Media, until
from tests.browser.harness import Site
from tests.browser.test_player import opened, shown

pytestmark = pytest.mark.browser


@pytest.fixture
def player(page: Page, site: Site, media: Media) -> Page:
    return opened(page, site, media)


def running_back(page: Page) -> None:
    page.evaluate("document.querySelector('continuity-player').seekFrame(90)")
    shown(page)
    page.keyboard.press("j")
    until(page, "document.querySelector('continuity-player').frame < 86")


def stands_still(page: Page) -> int:
    expect(page.locator("[data-rate]")).to_have_text("paused")
    frame = shown(page)
    page.wait_for_timeout(400)
    assert shown(page) == frame
    return frame


@pytest.mark.parametrize("key", [",", ".", "<", ">", "m", "k", " "])
def test_running_backwards_ends_with_every_key_that_steps_marks_or_stops(player: Page, key: str) -> None:
    running_back(player)
    player.keyboard.press(key)
    frame = stands_still(player)
    assert frame > 40, "it ran on to the beginning"
    if key == "m":
        assert player.locator("#marker [name=frame]").input_value() == str(frame)


@pytest.mark.parametrize("what", ["slider", "lanes", "marker", "segment"])
def test_running_backwards_ends_where_somebody_goes_elsewhere(player: Page, what: str) -> None:
    player.evaluate("document.querySelector('continuity-player').segmentList.add(50, 60)")
    running_back(player)
    if what == "slider":
        player.evaluate("""() => { const slider = document.querySelector("[data-position]");
          slider.value = "50"; slider.dispatchEvent(new Event("input", { bubbles: true })); }""")
    elif what == "lanes":
        box = player.locator("[data-lanes]").bounding_box()
        assert box
        player.locator("[data-lanes]").click(position={"x": box["width"] * 0.505, "y": 20})
    else:
        name = "Frame 50" if what == "marker" else "00:00:02.000 to"
        player.get_by_role("button", name=name).click()
    assert stands_still(player) in {49, 50, 51}


def test_running_backwards_ends_where_the_video_is_played_past_our_buttons(player: Page) -> None:
    running_back(player)
    frame = player.evaluate("document.querySelector('video').play(), document.querySelector('continuity-player').frame")
    until(player, f"document.querySelector('continuity-player').frame > {frame + 4}")
    expect(player.locator("[data-rate]")).to_have_text("1 x")


def test_buttons_shuttle_like_j_and_l(player: Page) -> None:
    player.get_by_role("button", name="Faster").click()
    player.get_by_role("button", name="Faster").click()
    expect(player.locator("[data-rate]")).to_have_text("2 x")
    until(player, "document.querySelector('continuity-player').frame > 20")
    player.get_by_role("button", name="Pause").click()
    before = shown(player)
    player.get_by_role("button", name="Back", exact=True).click()
    player.get_by_role("button", name="Back", exact=True).click()
    expect(player.locator("[data-rate]")).to_have_text("-2 x")
    until(player, f"document.querySelector('continuity-player').frame < {before - 3}")


def can_be_hit(page: Page) -> None:
    """Every button of the player is large enough, and none is cut off at its edge."""
    edge = page.locator("continuity-player").bounding_box()
    assert edge
    for button in page.locator("[data-controls] button").all():
        box = button.bounding_box()
        assert box, button
        assert min(box["width"], box["height"]) >= 24
        assert edge["x"] <= box["x"]
        assert box["x"] + box["width"] <= edge["x"] + edge["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_every_button_of_the_player_can_be_hit_on_a_phone(page: Page, site: Site, media: Media) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, site, media)
    can_be_hit(page)
