"""An upload that lasts longer than a session: it keeps the session alive, and the page is never left under it."""

from pathlib import Path

import pytest
from django.template import engines
from playwright.sync_api import Page, expect

from tests.browser.conftest import PAGES
from tests.browser.harness import Answer, Site
from tests.browser.styleguide import context
from tests.browser.tus_door import TusDoor, door_of, film, start

pytestmark = pytest.mark.browser


@pytest.fixture
def door(site: Site) -> TusDoor:
    return door_of(site)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return film(tmp_path)


def in_shell(*, idle_s: int = 6) -> str:
    """The upload page as the force's pages hold it, whose session is short."""
    source = (PAGES / "upload.html").read_text().replace("base_plain.html", "base.html")
    values = {"who": context()["who"], "session_idle_s": idle_s, "csrf_token": "the-token"}
    html = engines["django"].from_string(source).render(values)
    return html.replace('data-warn-before-s="120"', 'data-warn-before-s="2"').replace(
        'data-renewed-every-s="60"', 'data-renewed-every-s="0"'
    )


@pytest.fixture
def short_session(site: Site, door: TusDoor) -> TusDoor:
    site.pages["/"] = in_shell()
    site.pages["/sign-in"] = "<title>Sign in</title>"
    site.responders["/session/stay"] = lambda _request: Answer(status=204)
    return door


def slow_hash(site: Site, seconds: int) -> None:
    """The reading of a very large file."""
    worker = f"self.addEventListener('message', () => setTimeout(() => self.postMessage({{hex: '0'}}), {seconds}000));"
    answer = Answer(worker.encode(), content_type="text/javascript")
    site.responders["/static/app/sha256-worker.mjs"] = lambda _request: answer


def watched(page: Page, seconds: int) -> bool:
    """Whether the warning was ever seen."""
    seen = []
    for _ in range(seconds * 4):
        seen.append(page.locator("#session-watch").is_visible())
        page.wait_for_timeout(250)
    return any(seen)


def test_reading_a_large_file_keeps_the_session_alive_and_ends_that_with_the_work(
    page: Page, site: Site, short_session: TusDoor, recording: Path
) -> None:
    slow_hash(site, 7)
    start(page, site, recording)
    assert not watched(page, 6)
    assert sum(request.path == "/session/stay" for request in site.posted) >= 3
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=10_000)
    page.wait_for_url("**/sign-in?next=%2F&ended=idle", timeout=10_000)


def test_each_chunk_that_was_taken_counts_as_activity(
    page: Page, site: Site, short_session: TusDoor, tmp_path: Path
) -> None:
    site.responders["/session/stay"] = lambda _request: Answer(status=503)
    short_session.chunk_s = 1.0
    start(page, site, film(tmp_path, 700_000))
    assert not watched(page, 6)
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=10_000)


@pytest.mark.parametrize("status", [401, pytest.param(503, marks=pytest.mark.slow)])
def test_a_page_with_a_file_on_its_way_is_never_left_and_leads_to_sign_in_beside_it(
    page: Page, site: Site, short_session: TusDoor, recording: Path, status: int
) -> None:
    site.responders["/session/stay"] = lambda _request: Answer(status=status)
    slow_hash(site, 20)
    start(page, site, recording)
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_contain_text("Leave this page open", timeout=10_000)
    again = dialog.get_by_role("link", name="Sign in again")
    expect(again).to_have_attribute("target", "_blank")
    page.wait_for_timeout(3000)
    assert page.url == f"{site.address}/"
    site.responders["/session/stay"] = lambda _request: Answer(status=204)
    page.context.new_page().goto(site.address)
    expect(dialog).to_be_hidden()
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=30_000)


def test_after_a_sign_in_in_another_tab_the_upload_goes_on_with_the_new_request_token(
    page: Page, site: Site, door: TusDoor, recording: Path
) -> None:
    site.pages["/"] = in_shell(idle_s=900)
    site.responders["/session/stay"] = lambda _request: Answer(b'{"token": "new"}', content_type="application/json")
    door.token, door.chunk_s = "the-token", 0.5
    start(page, site, recording)
    expect(page.locator(".app-upload__row[data-state=sending]")).to_be_visible(timeout=10_000)
    door.token = "new"
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=30_000)
    assert bytes(door.content["1"]) == recording.read_bytes()
