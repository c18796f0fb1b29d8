"""Check a file in a real browser: dropped, read, told; on the force site and inside a link; by paste without script."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page, expect

from evidence.custody.queries import lines, subject_events
from evidence.custody.verbs import Verb
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording, RecordingFile
from evidence.sharing.services.links import LinkTerms, link_create
from tests import factories
from tests.servers.live import LiveSite
from tests.sharing.conftest import in_days

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1440, 1000), "phone": (390, 844)}
FILM = bytes(range(256)) * 20_480
"""Five megabytes."""
DROP = """([name, where]) => {
  const bytes = new Uint8Array(256 * 20480).map((_, at) => at % 256);
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "video/mp4" }));
  const place = document.querySelector(where);
  for (const kind of ["dragenter", "dragover", "drop"]) {
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""
WATCH = """() => {
  window.said = [];
  const words = document.querySelector("[data-check-words]");
  const note = () => window.said.push([words.textContent, !document.querySelector("[data-check-progress]").hidden]);
  new MutationObserver(note).observe(words, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture
def officer(transactional_db: None) -> Person:
    cache.clear()  # the pace remembers earlier tests
    return factories.person(Role.OFFICER, factories.unit("Team A"), surname="Jones", collar_number="4312")


@pytest.fixture
def file(officer: Person, tmp_path: Path) -> RecordingFile:
    recording = factories.playable(FILM, officer=officer, team=factories.unit("Team A"), tmp=tmp_path)
    return recording.files.get(role="master")


@pytest.fixture(params=list(SIZES))
def viewed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_phone(browser: Browser) -> Iterator[Page]:
    """A phone on which script is switched off."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def complaints_of(page: Page) -> list[str]:
    words: list[str] = []
    page.on("console", lambda said: words.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: words.append(str(error)))
    return words


def sign_in(page: Page, site: LiveSite, person: Person) -> None:
    page.goto(f"{site.url()}/sign-in")
    page.get_by_label("Sign-in name").fill(person.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My queue", level=1)).to_be_visible()


def is_clean(page: Page) -> None:
    page.wait_for_load_state()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def checks(recording: Recording) -> list[str]:
    found = subject_events("recording", recording.id).filter(verb=Verb.FILE_CHECKED.value)
    return [line.actor_name for line in lines(found)]


def opened_by_recipient(page: Page, site: LiveSite, recording: Recording) -> None:
    terms = LinkTerms(recipient_name="Rosa Hart", reason="Disclosure", expires_at=in_days(7))
    lead = factories.person(Role.INVESTIGATOR, factories.unit("CID"))
    created = link_create(who=who_is(lead), recording=recording, terms=terms)
    page.goto(site.url("share") + urlsplit(created.url).path)
    page.get_by_role("button", name="Open the recording").click()
    page.get_by_role("link", name="Check a file").click()
    expect(page.get_by_role("heading", name="Check a file", level=1)).to_be_visible()


def test_a_dropped_file_is_read_in_the_browser_and_told(
    live_site: LiveSite, viewed: Page, officer: Person, file: RecordingFile
) -> None:
    page = viewed
    complaints = complaints_of(page)
    sign_in(page, live_site, officer)
    page.get_by_role("link", name="Check a file").click()
    is_clean(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    page.evaluate(WATCH)
    page.evaluate(DROP, ["body camera.mp4", ".govuk-file-upload-button"])
    answer = page.get_by_role("heading", name="An original, exactly as it was sealed")
    expect(answer).to_be_visible(timeout=30_000)
    expect(answer).to_be_focused()
    expect(page.get_by_text("body camera.mp4 was checked.")).to_be_visible()
    said = page.evaluate("window.said")
    assert ["body camera.mp4: 0\u00a0% read", True] in said, said
    expect(page.get_by_role("progressbar")).to_be_hidden()
    is_clean(page)
    assert len(sent) == 1
    assert f"sha256={file.sha256}" in sent[0]
    assert f"size_bytes={len(FILM)}" in sent[0]
    assert "camera" not in sent[0], "the file's name was sent"
    assert checks(file.recording) == [officer.label]
    page.get_by_role("link", name=file.recording.label).click()
    expect(page).to_have_url(f"{live_site.url()}/recordings/{file.recording_id}/")
    assert complaints == []


def test_a_recipient_checks_a_file_inside_the_link_they_opened(
    live_site: LiveSite, viewed: Page, file: RecordingFile, tmp_path: Path
) -> None:
    page = viewed
    complaints = complaints_of(page)
    opened_by_recipient(page, live_site, file.recording)
    is_clean(page)
    mine = tmp_path / "from the solicitor.mp4"
    mine.write_bytes(FILM)
    page.locator("input[type=file]").set_input_files(mine)
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible(timeout=30_000)
    is_clean(page)
    mine.write_bytes(FILM[:-1])
    page.locator("input[type=file]").set_input_files(mine)
    expect(page.get_by_role("heading", name="Not known here")).to_be_visible(timeout=30_000)
    is_clean(page)
    assert checks(file.recording) == ["Rosa Hart"]
    # a film of zeroes is nobody's: what the player says of it is no complaint of this page
    assert [words for words in complaints if "/video/" not in words] == []


def test_reading_can_be_cancelled_and_the_same_file_chosen_again(
    live_site: LiveSite, viewed: Page, officer: Person, file: RecordingFile, tmp_path: Path
) -> None:
    page = viewed
    sign_in(page, live_site, officer)
    held = "self.addEventListener('message', () => self.postMessage({ read: 2621440 }));"
    page.route("**/sha256-worker.mjs", lambda route: route.fulfill(body=held, content_type="text/javascript"))
    page.goto(f"{live_site.url()}/check")
    mine = tmp_path / "mine.mp4"
    mine.write_bytes(FILM)
    page.locator("input[type=file]").set_input_files(mine)
    expect(page.get_by_text("mine.mp4: 50 % read")).to_be_visible()
    is_clean(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled. Nothing was sent.")).to_be_visible()
    page.unroute("**/sha256-worker.mjs")
    page.locator("input[type=file]").set_input_files(mine)
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible(timeout=30_000)


def test_a_file_dropped_beside_its_place_is_read_and_the_page_stays(
    live_site: LiveSite, viewed: Page, officer: Person, file: RecordingFile
) -> None:
    page = viewed
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/check")
    page.evaluate(DROP, ["mine.mp4", "h1"])
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible(timeout=30_000)


def test_a_server_that_cannot_be_reached_is_said(
    live_site: LiveSite, viewed: Page, officer: Person, file: RecordingFile, tmp_path: Path
) -> None:
    page = viewed
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/check")
    page.route("**/check", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    mine = tmp_path / "mine.mp4"
    mine.write_bytes(FILM)
    page.locator("input[type=file]").set_input_files(mine)
    expect(page.get_by_text("The server cannot be reached.")).to_be_visible(timeout=30_000)
    assert checks(file.recording) == []


def test_by_keyboard_alone_a_pasted_hash_is_checked(
    live_site: LiveSite, viewed: Page, officer: Person, file: RecordingFile
) -> None:
    page = viewed
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/check")
    page.get_by_label("SHA-256", exact=True).focus()
    page.keyboard.type(file.sha256)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible()
    is_clean(page)


def test_without_script_a_hash_is_pasted_and_told_on_a_phone(
    live_site: LiveSite, plain_phone: Page, officer: Person, file: RecordingFile
) -> None:
    page = plain_phone
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/check")
    expect(page.locator("input[type=file]")).to_be_hidden()
    page.get_by_text("How to work out the SHA-256").click()
    for command in ("Get-FileHash", "shasum -a 256", "sha256sum"):
        expect(page.get_by_text(command)).to_be_visible()
    page.get_by_label("SHA-256", exact=True).fill("not one")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("link", name="A SHA-256 has 64 figures")).to_be_visible()
    page.get_by_label("SHA-256", exact=True).fill(f"{file.sha256}  film.mp4")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_without_script_a_recipient_does_the_same(
    live_site: LiveSite, plain_phone: Page, officer: Person, file: RecordingFile
) -> None:
    page = plain_phone
    opened_by_recipient(page, live_site, file.recording)
    page.get_by_label("SHA-256", exact=True).fill(file.sha256)
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="An original, exactly as it was sealed")).to_be_visible()
