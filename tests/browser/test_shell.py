"""The shell and the components in a real browser: accessibility, policy, phone width, session warning, polling."""

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Complaints, Media, rendered, until
from tests.browser.harness import Answer, Posted, Site
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
    page.wait_for_load_state()
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


def with_job(site: Site, **more: Any) -> None:
    values = {"who": context()["who"], "job": context()["job"], "session_idle_s": 900} | more
    site.pages["/"] = rendered("shell.html", **values)


@pytest.mark.parametrize(
    "failure",
    [pytest.param("502", marks=pytest.mark.slow), "503", pytest.param("429", marks=pytest.mark.slow), "no answer"],
)
def test_a_poll_that_fails_leaves_the_progress_says_so_and_goes_on_until_an_answer_comes(
    page: Page, pages: Site, failure: str
) -> None:
    error = Answer(b"<title>Bad gateway</title><h1>Bad gateway</h1>", status=int(failure) if failure.isdigit() else 200)
    pages.responders["/job"] = lambda _request: error
    with_job(pages)
    page.goto(pages.address)
    page.context.set_offline(failure == "no answer")
    told = page.locator("#job-j1 [data-poll-problem][role=status]")
    expect(told).to_have_text("The server cannot be reached, still trying.", timeout=6000)
    expect(page.locator("#job-j1")).to_contain_text("masking frame 5,200 of 18,000")
    expect(page.get_by_text("Bad gateway")).to_have_count(0)
    running = {"is_active": True, "poll_url": "/job", "total": 300, "done": 100}
    answer = Answer(job("running", "frame 100 of 300", **running).encode())
    pages.responders["/job"] = lambda _request: answer
    page.context.set_offline(False)
    expect(page.locator("#job-j1")).to_contain_text("frame 100 of 300", timeout=6000)
    expect(told).to_have_text("")


def test_a_poll_that_is_refused_leaves_the_progress_and_says_that_it_is_old(page: Page, pages: Site) -> None:
    pages.responders["/job"] = lambda _request: Answer(b"<h1>There is no such page</h1>", status=404)
    with_job(pages)
    page.goto(pages.address)
    expect(page.locator("#job-j1 [data-poll-problem]")).to_contain_text("no longer kept up to date", timeout=6000)
    expect(page.locator("#job-j1")).to_contain_text("masking frame 5,200 of 18,000")
    expect(page.get_by_text("There is no such page")).to_have_count(0)


def test_a_part_without_a_place_for_it_says_itself_that_no_answer_comes(page: Page, pages: Site) -> None:
    stage = '<div id="stage" aria-live="polite" hx-get="/state" hx-trigger="every 1s" hx-swap="outerHTML">{}</div>'
    pages.responders["/state"] = lambda _request: Answer(b"<h1>Bad gateway</h1>", status=502)
    with_job(pages, job=None)
    pages.pages["/"] = pages.pages["/"].replace("Job</h1>", f"Job</h1>{stage.format('Being prepared')}")
    page.goto(pages.address)
    expect(page.locator("#stage")).to_have_text("Being prepared" + "The server cannot be reached, still trying.")
    pages.responders["/state"] = lambda _request: Answer(b'<div id="stage">Ready</div>')
    expect(page.locator("#stage")).to_have_text("Ready")


def shell(*, idle_s: int = 4, warn_s: int = 2, lag_s: int = 0, **values: Any) -> str:
    html = rendered("shell.html", who=context()["who"], session_idle_s=idle_s, csrf_token="the-token", **values)
    for name, usual, short in (("warn-before", 120, warn_s), ("renewed-every", 60, lag_s)):
        assert f'data-{name}-s="{usual}"' in html
        html = html.replace(f'data-{name}-s="{usual}"', f'data-{name}-s="{short}"')
    return html


@pytest.fixture
def short_session(page: Page, pages: Site) -> Page:
    pages.pages["/"] = shell()
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    pages.responders["/sign-out"] = lambda _request: Answer(status=302, headers={"Location": "/sign-in"})
    page.goto(f"{pages.address}/?tab=watch")
    return page


LEFT_FOR = "**/sign-in?next=%2F%3Ftab%3Dwatch&ended=idle"


def test_the_session_warning_comes_in_time_and_staying_renews_it(short_session: Page, pages: Site) -> None:
    pages.responders["/session/stay"] = lambda _request: Answer(status=204)
    dialog = short_session.get_by_role("dialog", name="You will be signed out soon")
    expect(dialog).to_be_visible(timeout=5000)
    dialog.get_by_role("button", name="Stay signed in").click()
    expect(dialog).to_be_hidden()
    sent = next(each for each in pages.posted if each.path == "/session/stay")
    assert b"the-token" in sent.body


def test_an_unattended_page_is_left_when_the_session_ends_and_ends_it(short_session: Page, pages: Site) -> None:
    short_session.wait_for_url(LEFT_FOR, timeout=8000)
    ended = next(each for each in pages.posted if each.path == "/sign-out")
    assert b"the-token" in ended.body
    assert b"idle" in ended.body


def test_an_unattended_page_is_left_even_when_signing_out_does_not_reach_the_server(
    short_session: Page, pages: Site
) -> None:
    pages.responders["/sign-out"] = lambda _request: Answer(status=503)
    short_session.wait_for_url(LEFT_FOR, timeout=8000)


def test_a_page_that_answered_a_form_is_not_what_one_comes_back_to(page: Page, pages: Site) -> None:
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    pages.pages["/"] = shell(request=SimpleNamespace(method="POST"))
    page.goto(pages.address)
    page.wait_for_url("**/sign-in?ended=idle", timeout=8000)


def test_polls_are_no_activity(page: Page, pages: Site) -> None:
    running = {"is_active": True, "poll_url": "/job", "total": 300, "done": 100}
    pages.responders["/job"] = lambda _request: Answer(job("running", "frame 100 of 300", **running).encode())
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    pages.pages["/"] = shell(job=context()["job"])
    page.goto(pages.address)
    expect(page.get_by_role("dialog", name="You will be signed out soon")).to_be_visible(timeout=6000)
    page.wait_for_url("**/sign-in?**", timeout=6000)


def test_a_poll_that_finds_nobody_signed_in_leads_to_sign_in_and_back(page: Page, pages: Site) -> None:
    pages.responders["/job"] = lambda _request: Answer(headers={"HX-Redirect": "/sign-in"})
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    with_job(pages)
    page.goto(f"{pages.address}/?tab=watch")
    page.wait_for_url("**/sign-in?next=%2F%3Ftab%3Dwatch", timeout=6000)


def test_the_pages_count_is_shorter_by_what_the_server_may_lag_behind(page: Page, pages: Site) -> None:
    pages.pages["/sign-in"] = "<title>Sign in</title>"
    pages.pages["/"] = shell(idle_s=20, warn_s=1, lag_s=10)
    page.clock.install()
    page.goto(pages.address)
    page.clock.run_for(8500)
    expect(page.locator("#session-watch")).to_be_hidden()
    page.clock.run_for(2500)
    page.wait_for_url("**/sign-in?**", timeout=6000)


def test_work_in_one_tab_keeps_the_others(short_session: Page) -> None:
    other = short_session.context.new_page()
    other.goto(short_session.url)
    for _ in range(7):
        other.evaluate("document.dispatchEvent(new CustomEvent('continuity:server-reached'))")
        other.wait_for_timeout(1000)
    expect(short_session.locator("#session-watch")).to_be_hidden()
    assert "sign-in" not in short_session.url


def test_staying_in_a_session_that_has_ended_says_so_and_leads_to_sign_in_again(page: Page, pages: Site) -> None:
    pages.pages["/"] = shell(idle_s=16, warn_s=8)
    pages.responders["/session/stay"] = lambda _request: Answer(status=401)
    page.goto(f"{pages.address}/?tab=watch")
    page.get_by_role("button", name="Stay signed in").click(timeout=15_000)
    dialog = page.get_by_role("dialog", name="Your session has ended")
    expect(dialog.get_by_role("alert")).to_contain_text("You are signed out.")
    expect(dialog.get_by_text("did not reach the server")).to_be_hidden()
    expect(dialog.get_by_text("opens in a new tab")).to_be_hidden()
    again = dialog.get_by_role("link", name="Sign in again")
    expect(again).to_be_focused()
    expect(again).to_have_attribute("href", f"{pages.address}/sign-in?next=%2F%3Ftab%3Dwatch")


def test_staying_after_somebody_signed_in_in_another_tab_takes_the_new_request_token(
    short_session: Page, pages: Site
) -> None:
    def stay(request: Posted) -> Answer:
        if request.method == "GET":
            return Answer(b'{"token": "a-new-one"}', content_type="application/json")
        return Answer(status=204 if b"a-new-one" in request.body else 403)

    pages.responders["/session/stay"] = stay
    short_session.get_by_role("button", name="Stay signed in").click(timeout=6000)
    expect(short_session.locator("#session-watch")).to_be_hidden()
    assert short_session.locator("input[name=csrfmiddlewaretoken]").first.input_value() == "a-new-one"


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
