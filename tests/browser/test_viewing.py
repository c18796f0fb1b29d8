"""What the player says when a viewing has ended, and when the picture only stopped coming."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Media, prepared, rendered, until
from tests.browser.harness import Answer, Posted, Site, _file
from tests.browser.test_player import opened, shown

pytestmark = pytest.mark.browser


@pytest.fixture
def player(page: Page, site: Site, media: Media) -> Page:
    return opened(page, site, media)


def is_over(page: Page) -> None:
    over = page.get_by_role("alert").filter(has_text="This viewing has ended")
    expect(over.get_by_role("link", name="Open it again")).to_be_visible()
    expect(page.locator("[data-controls]")).to_be_hidden()
    page.evaluate("document.querySelector('video').play().catch(() => {})")
    until(page, "document.querySelector('video').paused")


def test_a_viewing_that_has_ended_is_said_and_nothing_more_is_played_or_told(player: Page, site: Site) -> None:
    site.responders["/watched"] = lambda _request: Answer(status=410)
    player.get_by_role("button", name="Play", exact=True).focus()
    player.keyboard.press("k")
    until(player, "document.querySelector('video').currentTime > 0.4")
    player.evaluate("document.querySelector('continuity-player').watched.send()")
    is_over(player)
    expect(player.get_by_role("link", name="Open it again")).to_be_focused()
    site.posted.clear()
    frame = shown(player)
    for key in ("l", "j", ".", ">", "k"):
        player.keyboard.press(key)
    player.wait_for_timeout(400)
    player.evaluate("document.querySelector('continuity-player').watched.send()")
    player.wait_for_timeout(200)
    assert site.posted == []
    assert shown(player) == frame


@pytest.fixture(scope="module")
def long_media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """So many bytes that no browser fetches them all at once."""
    return prepared(tmp_path_factory.mktemp("long"), "-vf", "noise=alls=100:allf=t", "-qp", "10")


@pytest.fixture
def far(page: Page, site: Site, long_media: Media) -> Iterator[list[int]]:
    """A player whose video is answered with the status that stands in this list, once one does."""
    status: list[int] = []

    def video(request: Posted) -> Answer:
        if status:
            return Answer(b"", status=status[0])
        return _file(long_media.folder / "video.mp4", request.headers.get("range", ""))

    site.responders["/media/video.mp4"] = video
    opened(page, site, long_media)
    yield status
    page.goto("about:blank")


def test_a_picture_that_is_refused_because_the_viewing_has_ended_is_said(page: Page, far: list[int]) -> None:
    far.append(410)
    page.evaluate("document.querySelector('continuity-player').seekFrame(90)")
    is_over(page)


def test_a_page_that_is_shown_again_after_the_viewing_has_ended_says_so(page: Page, site: Site, media: Media) -> None:
    gone = Answer(status=410)
    for name in ("video.mp4", "index.json"):
        site.responders[f"/media/{name}"] = lambda _request: gone
    site.pages["/"] = rendered("player.html")
    site.folders["/media/"] = media.folder
    page.goto(site.address)
    is_over(page)


def test_a_picture_that_is_lost_on_the_way_is_tried_again_and_goes_on_where_it_was(page: Page, far: list[int]) -> None:
    far.append(503)
    page.evaluate("document.querySelector('continuity-player').seekFrame(90)")
    expect(page.locator("[data-said]")).to_contain_text("It is being tried again")
    page.wait_for_timeout(6000)  # longer than the first try
    far.clear()
    until(page, "document.querySelector('continuity-player').seeker.shown === 90")
    expect(page.locator("[data-said]")).to_be_empty()
    expect(page.locator("[data-over]")).to_be_empty()
    page.keyboard.press(".")
    until(page, "document.querySelector('continuity-player').seeker.shown === 91")
