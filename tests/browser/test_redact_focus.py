"""Where the keyboard's focus is in the redaction desk after tables were made anew and what had it has gone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Media, until
from tests.browser.harness import Site
from tests.browser.test_redact import draft, go_to, opened

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page: Page, site: Site, media: Media) -> Page:
    return opened(page, site, media)


def three_boxes(page: Page) -> None:
    for _ in range(3):
        page.keyboard.press("b")
    page.get_by_role("button", name="End after this frame").click()


def test_the_focus_goes_to_the_next_row_when_one_is_removed_and_to_the_table_when_none_is_left(desk: Page) -> None:
    three_boxes(desk)
    desk.get_by_role("button", name="Remove Face 2").press("Enter")
    expect(desk.get_by_role("button", name="Select Face 3")).to_be_focused()
    desk.get_by_role("button", name="Remove Face 3").press("Enter")
    expect(desk.get_by_role("button", name="Select Face 1")).to_be_focused()
    desk.get_by_role("button", name="Remove Face 1").press("Enter")
    expect(desk.get_by_role("region", name="Tracks")).to_be_focused()


def test_the_focus_goes_to_the_table_when_the_chosen_track_and_its_panel_go(desk: Page) -> None:
    three_boxes(desk)
    desk.get_by_role("button", name="Remove track").press("Enter")
    expect(desk.get_by_role("button", name="Select Face 2")).to_be_focused()
    desk.keyboard.press("Enter")
    desk.get_by_role("button", name="Key frame here").press("Enter")
    expect(desk.get_by_role("button", name="Select Face 1")).to_be_focused()


def test_the_focus_stays_on_a_row_whose_track_is_not_covered_on_this_frame(desk: Page) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("Delete")
    desk.keyboard.press("b")
    go_to(desk, 50)
    desk.get_by_role("button", name="Select Face 1").press("Enter")
    expect(desk.locator("[data-where]")).to_have_text("Not covered on this frame.")
    expect(desk.get_by_role("button", name="Select Face 1")).to_be_focused()
    desk.get_by_role("button", name="Go to the start of Face 1").press("Enter")
    until(desk, "document.querySelector('continuity-player').seeker.shown === 0")
    expect(desk.get_by_role("button", name="Go to the start of Face 1")).to_be_focused()


def test_the_focus_waits_on_the_picture_while_the_chosen_box_is_away(desk: Page) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("Delete")
    desk.keyboard.press(".")
    until(desk, "document.querySelector('continuity-player').seeker.shown === 1")
    expect(desk.locator("[data-boxes]")).to_be_focused()
    desk.keyboard.press(",")
    expect(desk.locator(".app-box")).to_be_focused()


def test_the_focus_stays_on_undo_and_redo_when_the_steps_run_out(desk: Page) -> None:
    desk.keyboard.press("b")
    for name, end in (("Undo", 0), ("Redo", 1)):
        button = desk.get_by_role("button", name=name)
        button.press("Enter")
        assert len(draft(desk)["tracks"]) == end
        expect(button).to_be_focused()
        expect(button).to_have_attribute("aria-disabled", "true")
        button.press("Enter")
        assert len(draft(desk)["tracks"]) == end
        expect(desk.locator("[data-desk-said]")).to_have_text(f"There is nothing to {name.lower()}.")


def test_the_focus_goes_to_the_next_range_and_to_the_heading_when_none_is_left(desk: Page) -> None:
    for start in (10, 30):
        go_to(desk, start)
        desk.keyboard.press("i")
        desk.keyboard.press("o")
        desk.get_by_role("button", name="Mute the sound").click()
    desk.get_by_role("button", name="Remove 0:00.400").press("Enter")
    expect(desk.get_by_role("button", name="Go to 0:01.200")).to_be_focused()
    desk.get_by_role("button", name="Remove 0:01.200").press("Enter")
    expect(desk.get_by_role("heading", name="From In to Out")).to_be_focused()
