"""The upload page in a real browser against the product's own processes: with script, without, and after a reload."""

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evidence.recordings.models import Recording
from tests import factories
from tests.browser.conftest import (  # noqa: F401 - the browser as the other browser tests start it
    Complaints,
    base_url,
    browser_type_launch_args,
    complaints,
)
from tests.ingest.sending import sha256
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser
CONTENT = b"not a film, but sealed all the same\n" * 1000


def signed_in(page: Page, site: LiveSite, officer) -> None:
    page.goto(f"{site.url()}/sign-in?next=/upload")
    page.get_by_label("Sign-in name").fill(officer.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Upload recordings")).to_be_visible()
    # a click before the script runs sends the plain form, which is another test
    page.wait_for_load_state("load")


def sealed_by(officer) -> bool:
    recording = Recording.objects.get()
    return recording.officer == officer and recording.files.get(role="master").sha256 == sha256(CONTENT)


def test_officer_sends_a_file_with_the_page_and_watches_it_become_sealed(
    live_site,
    live_worker,
    page,
    complaints,  # noqa: F811
    tmp_path,
):
    officer = factories.person()
    source = tmp_path / "shift end.mp4"
    source.write_bytes(CONTENT)
    signed_in(page, live_site, officer)
    page.get_by_label("Recordings", exact=True).set_input_files(source)
    page.get_by_role("button", name="Upload").click()
    row = page.locator(".app-upload__row")
    expect(row.locator("[data-receipt]")).to_be_visible(timeout=60_000)
    assert sealed_by(officer)
    page.reload()
    expect(page.get_by_role("cell", name="shift end.mp4").first).to_be_visible()
    assert complaints.words == []
    page.get_by_role("link", name="Receipt of shift end.mp4").click()
    expect(page.get_by_role("heading", name="Receipt for shift end.mp4")).to_be_visible()
    assert sha256(CONTENT) in page.content()
    # axe is injected as a script element, which the policy rightly refuses; by the debugger it is allowed
    page.wait_for_load_state()
    page.evaluate(Axe().axe_script)
    assert page.evaluate("axe.run().then(found => found.violations.map(v => v.id))") == []
    page.set_viewport_size({"width": 320, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the receipt").click()
    assert json.loads(download.value.path().read_text())["receipt"]["sha256"] == sha256(CONTENT)


def test_what_was_sent_before_the_script_ran_becomes_sealed_before_the_senders_eyes(
    live_site, live_worker, page, tmp_path
):
    officer = factories.person()
    source = tmp_path / "shift end.mp4"
    source.write_bytes(CONTENT)
    page.route("**/upload*.mjs", lambda route: route.abort())
    signed_in(page, live_site, officer)
    page.get_by_label("Recordings", exact=True).set_input_files(source)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The file was received.")).to_be_visible()
    expect(page.get_by_role("link", name="Receipt of shift end.mp4")).to_be_visible(timeout=60_000)
    assert sealed_by(officer)
    # something that is no film has come to its end here: nobody asks any more
    expect(page.locator("#sent")).not_to_have_attribute("hx-get", re.compile("."), timeout=60_000)


def test_form_without_script_does_the_same_and_fits_a_phone(live_site, live_worker, browser: Browser, tmp_path):
    officer = factories.person()
    source = tmp_path / "shift end.mp4"
    source.write_bytes(CONTENT)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page = context.new_page()
    signed_in(page, live_site, officer)
    page.get_by_label("Recordings", exact=True).set_input_files(source)
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The file was received.")).to_be_visible()
    for _ in range(60):
        page.wait_for_timeout(500)
        page.reload()
        if page.get_by_role("link", name="Receipt of shift end.mp4").count():
            break
    assert sealed_by(officer)
    width = page.locator("main").bounding_box()["width"]
    assert page.locator("table").bounding_box()["width"] <= width
    context.close()
