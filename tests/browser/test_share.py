"""The recipient's journey in a real browser on the real server: a phone without script, and a desktop with it."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from evidence.custody.queries import lines, subject_events
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.recordings.services.preparing import preparation_ask
from evidence.sharing.models import Link
from evidence.sharing.services.links import LinkCreated, LinkTerms, link_create, link_revoke
from tests import factories
from tests.browser.conftest import FRAMES, RATE, Media, until
from tests.jobs.running import jobs_run
from tests.servers.live import LiveSite
from tests.sharing.conftest import code_mailed, in_days

pytestmark = pytest.mark.browser


@pytest.fixture
def lead(transactional_db: None) -> Person:
    return factories.person(Role.INVESTIGATOR, factories.unit("CID"), rank="DC", surname="Begum", collar_number="7001")


@pytest.fixture
def recording(lead: Person, media: Media) -> Recording:
    officer = factories.person(Role.OFFICER, factories.unit("Team A"))
    file = factories.sealed(media.folder / "video.mp4", officer=officer, team=factories.unit("Team A"))
    preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    return Recording.objects.get(pk=file.recording_id)


def link(recording: Recording, lead: Person, **changes: object) -> LinkCreated:
    given: dict[str, object] = {"recipient_name": "Rosa Hart", "reason": "Disclosure", "expires_at": in_days(7)}
    terms = LinkTerms(**(given | changes))  # type: ignore[arg-type]
    return link_create(who=who_is(lead), recording=recording, terms=terms)


def address(site: LiveSite, created: LinkCreated) -> str:
    return site.url("share") + urlsplit(created.url).path


@pytest.fixture
def plain_phone(browser: Browser) -> Iterator[Page]:
    """A phone on which script is switched off."""
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=False, accept_downloads=True
    )
    yield context.new_page()
    context.close()


@pytest.fixture(params=[(1440, 1000), (390, 844)], ids=["desktop", "phone"])
def viewed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def is_clean(page: Page) -> None:
    page.wait_for_load_state()  # of a page that is still coming in, the first half would be judged
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    fits(page)


def test_a_recipient_opens_watches_and_downloads_on_a_phone_without_script(
    live_site: LiveSite, plain_phone: Page, recording: Recording, lead: Person, tmp_path: Path
) -> None:
    page = plain_phone
    created = link(recording, lead, may_download=True, message="Please watch before Monday")
    page.goto(address(live_site, created))
    expect(page.get_by_role("heading", name="A recording for Rosa Hart")).to_be_visible()
    expect(page.get_by_text("DC 7001 Begum")).to_be_visible()
    fits(page)
    assert Link.objects.get().opened_count == 0
    page.get_by_role("button", name="Open the recording").click()
    expect(page.get_by_role("heading", name="Recording", level=1)).to_be_visible()
    fits(page)
    until(page, "document.querySelector('video').readyState >= 1")
    assert page.evaluate("document.querySelector('video').duration") == pytest.approx(FRAMES / RATE, abs=0.1)
    page.evaluate("() => { const v = document.querySelector('video'); v.muted = true; v.play(); }")
    until(page, "document.querySelector('video').currentTime > 0.5")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download").click()
    saved = tmp_path / "saved.mp4"
    downloading.value.save_as(saved)
    sealed = recording.files.get(role="master")
    assert saved.stat().st_size == sealed.size_bytes
    expect(page.get_by_text(sealed.sha256)).to_be_visible()
    page.get_by_role("button", name="I have finished").click()
    expect(page.get_by_role("button", name="Open the recording")).to_be_visible()
    told = [line.verb for line in lines(subject_events("recording", recording.id))]
    assert told[-3:] == ["recording:link:opened", "recording:link:downloaded", "recording:playback:closed"]


def test_a_code_is_asked_for_sent_and_taken_on_a_phone_without_script(
    live_site: LiveSite, plain_phone: Page, recording: Recording, lead: Person
) -> None:
    page = plain_phone
    created = link(recording, lead, needs_code=True, email="rosa@example.org")
    page.goto(address(live_site, created))
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("One-time code").fill("000000")
    code = code_mailed()
    if code != "000000":
        page.get_by_role("button", name="Open the recording").click()
        expect(page.get_by_role("alert")).to_contain_text("You can try 4 more times")
        fits(page)
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Open the recording").click()
    until(page, "document.querySelector('video')?.readyState >= 1")


def test_pages_are_clean_keep_to_the_policy_and_end_when_the_link_does(
    live_site: LiveSite, viewed: Page, recording: Recording, lead: Person
) -> None:
    page = viewed
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    created = link(recording, lead, may_download=True)
    page.goto(address(live_site, created))
    for _ in range(2):
        is_clean(page)
        if page.locator("video").count() == 0:
            page.get_by_role("button", name="Open the recording").click()
            expect(page.locator("video")).to_be_visible()
    until(page, "document.querySelector('video').readyState >= 1")
    assert page.evaluate("document.referrer") == ""
    assert complaints == []
    link_revoke(who=who_is(lead), link=created.link)
    page.reload()
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    is_clean(page)


def test_an_investigator_makes_a_link_in_the_browser_and_its_address_is_shown_once(
    live_site: LiveSite, viewed: Page, recording: Recording, lead: Person
) -> None:
    page = viewed
    page.goto(f"{live_site.url()}/sign-in")
    page.get_by_label("Sign-in name").fill(lead.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My queue", level=1)).to_be_visible()
    page.goto(f"{live_site.url()}/recordings/{recording.id}/share")
    page.get_by_role("button", name="Make a link").click()
    page.get_by_label("Name of the recipient").fill("Rosa Hart")
    page.get_by_label("Why is it disclosed?").fill("Disclosure to the defence")
    is_clean(page)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="This leaves the force")).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Go back and change it").click()
    expect(page.get_by_label("Name of the recipient")).to_have_value("Rosa Hart")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Disclose it").click()
    shown = page.locator(".app-once__address").inner_text()
    is_clean(page)
    page.goto(f"{live_site.url()}/recordings/{recording.id}/share")
    assert shown not in page.content()
    expect(page.get_by_text("Not opened yet")).to_be_visible()
    is_clean(page)
    page.goto(shown)
    expect(page.get_by_role("heading", name="A recording for Rosa Hart")).to_be_visible()
