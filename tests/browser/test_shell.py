"""The shell and the components in a real browser: accessibility, policy, phone width, session warning, polling."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Media, rendered, until
from tests.browser.harness import Answer, Site
from tests.browser.styleguide import SHA256, context

pytestmark = pytest.mark.browser

TRACK = {"id": "t1", "kind": "face", "effect": "solid", "reason": "", "end": None}
BOX = {"frame": 0, "x": 100, "y": 100, "w": 90, "h": 80, "outside": False}
DRAFT = json.dumps({"v": 1, "tracks": [TRACK | {"keyframes": [BOX]}], "mutes": [], "frames": [], "segments": []})
READY = {
    "player.html": "!document.querySelector('[data-controls]').hidden",
    "redact.html": "'isReady' in document.querySelector('[data-redact]').dataset",
}


@pytest.fixture
def pages(site: Site, media: Media) -> Site:
    for name in ("styleguide.html", "player.html", "redact.html", "upload.html"):
        site.pages[f"/{name}"] = rendered(name, **context(), reasons=[("p", "Privacy")], draft=DRAFT)
    site.folders["/media/"] = media.folder
    site.responders["/job"] = lambda _request: Answer(status=204)
    return site


def show(page: Page, site: Site, name: str) -> Page:
    page.goto(f"{site.address}/{name}")
    until(page, READY.get(name, "document.readyState === 'complete'"))
    return page


@pytest.mark.parametrize("width", [1440, 390, 320])
@pytest.mark.parametrize("name", ["styleguide.html", "player.html", "redact.html", "upload.html"])
def test_page_has_no_accessibility_finding_breaks_no_policy_and_fits_the_screen(
    page: Page, pages: Site, name: str, width: int, complaints: Complaints
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    show(page, pages, name)
    if name == "redact.html":
        page.keyboard.press("1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # axe is injected as a script element, which the policy rightly refuses; by the debugger it is allowed
    page.evaluate(Axe().axe_script)
    findings = page.evaluate("axe.run().then(found => found.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    assert findings == []
    assert complaints.words == []


@pytest.mark.parametrize("name", ["styleguide.html", "player.html", "redact.html", "upload.html"])
def test_everything_to_press_is_at_least_24_pixels(page: Page, pages: Site, name: str) -> None:
    show(page, pages, name)
    small = page.evaluate("""() => [...document.querySelectorAll("button, input, select, textarea")]
      .filter(each => each.offsetParent && !each.closest(".govuk-visually-hidden"))
      .map(each => [each.outerHTML.slice(0, 80), each.getBoundingClientRect()])
      .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)""")
    assert small == []


def test_the_skip_link_leads_to_the_content(page: Page, pages: Site) -> None:
    pages.pages["/"] = rendered("shell.html", who=context()["who"], session_idle_s=900)
    page.goto(pages.address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_errors_in_the_summary_lead_to_their_fields(page: Page, pages: Site) -> None:
    show(page, pages, "styleguide.html")
    page.get_by_role("link", name="Enter title.").click()
    expect(page.get_by_label("Title")).to_be_focused()
    page.get_by_role("link", name="Enter a date that exists: day, month and year.").click()
    expect(page.get_by_label("Day")).to_be_focused()


def test_tables_sort_by_value(page: Page, pages: Site) -> None:
    show(page, pages, "styleguide.html")
    page.get_by_role("button", name="When").click()
    page.get_by_role("button", name="When").click()
    expect(page.locator("tbody tr").first).to_contain_text("Broad Street, 4")


def test_the_copy_button_copies_the_whole_hash(browser: Browser, pages: Site) -> None:
    context_ = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = show(context_.new_page(), pages, "styleguide.html")
    page.get_by_role("button", name="Copy the whole SHA-256").first.click()
    expect(page.locator(".app-hash__copy").first).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == SHA256
    context_.close()


def test_on_paper_every_sheet_bears_the_marking_and_every_hash_is_whole(
    page: Page, pages: Site, tmp_path: Path
) -> None:
    show(page, pages, "styleguide.html").pdf(path=tmp_path / "sheets.pdf", prefer_css_page_size=True)
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "sheets.pdf", "-"], check=True, capture_output=True
    ).stdout
    sheets = text.decode().rstrip("\f").split("\f")
    assert len(sheets) > 1
    for number, sheet in enumerate(sheets, start=1):
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert lines[0] == "OFFICIAL-SENSITIVE"
        assert lines[-1].split() == ["OFFICIAL-SENSITIVE", str(number), "of", str(len(sheets))]
    assert SHA256 in "".join(text.decode().split())
    assert "Sign out" not in text.decode()


def test_without_script_hashes_are_whole_and_no_dead_button_is_shown(browser: Browser, pages: Site) -> None:
    context_ = browser.new_context(java_script_enabled=False)
    page = context_.new_page()
    page.goto(f"{pages.address}/styleguide.html")
    expect(page.locator(".app-hash__full").first).to_be_visible()
    expect(page.locator(".app-hash__copy").first).to_be_hidden()
    expect(page.locator("#session-watch")).to_be_hidden()
    context_.close()


def job(state: str, words: str, **more: Any) -> str:
    row = {"id": "j1", "state": state, "words": words, "label": "the clip"} | more
    return rendered("progress.html", job=row, csrf_token="the-token")


def test_a_job_is_polled_until_it_is_done_and_then_no_more(page: Page, pages: Site) -> None:
    polls: list[str] = []

    def poll(request: Any) -> Answer:
        polls.append(request.path)
        is_active = len(polls) < 2
        state, words = ("running", f"frame {len(polls)}00 of 300") if is_active else ("done", "The clip is ready.")
        return Answer(
            job(state, words, is_active=is_active, poll_url="/job", cancel_url="/cancel", total=300, done=100).encode()
        )

    pages.responders["/job"] = poll
    pages.pages["/"] = rendered("shell.html", who=context()["who"], job=context()["job"], session_idle_s=900)
    page.goto(pages.address)
    page.get_by_role("button", name="Cancel").focus()
    expect(page.locator("#job-j1")).to_contain_text("frame 100 of 300", timeout=5000)
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    expect(page.get_by_role("status").first).to_contain_text("The clip is ready.", timeout=5000)
    page.wait_for_timeout(4500)
    assert len(polls) == 2


@pytest.fixture
def short_session(page: Page, pages: Site) -> Page:
    html = rendered("shell.html", who=context()["who"], session_idle_s=4, csrf_token="the-token")
    pages.pages["/"] = html.replace('data-warn-before-s="120"', 'data-warn-before-s="2"')
    page.goto(pages.address)
    return page


def test_the_session_warning_comes_in_time_and_staying_renews_it(short_session: Page, pages: Site) -> None:
    pages.responders["/session/stay"] = lambda _request: Answer(status=204)
    dialog = short_session.get_by_role("dialog", name="You will be signed out soon")
    expect(dialog).to_be_visible(timeout=5000)
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    sent = next(each for each in pages.posted if each.path == "/session/stay")
    assert b"the-token" in sent.body


def test_an_unattended_page_is_left_when_the_session_ends(short_session: Page, pages: Site) -> None:
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    short_session.wait_for_url("**/sign-in", timeout=8000)


def test_staying_that_does_not_reach_the_server_says_so(short_session: Page, pages: Site) -> None:
    pages.responders["/session/stay"] = lambda _request: Answer(status=500)
    short_session.get_by_role("button", name="Stay signed in").click(timeout=6000)
    expect(short_session.get_by_role("alert")).to_contain_text("did not reach the server")


def test_the_filter_is_behind_a_button_on_a_phone(page: Page, pages: Site) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    show(page, pages, "styleguide.html")
    expect(page.locator("#f-name")).to_be_hidden()
    page.get_by_role("button", name="Show filter").click()
    expect(page.locator("#f-name")).to_be_visible()
