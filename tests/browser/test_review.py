"""Review in a real browser on the real server: sign in, open for a reason, watch, step, mark; axe finds nothing."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from evidence.custody.queries import lines, subject_events
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.recordings.models import Marker, PlaybackSession, Recording
from evidence.recordings.services.preparing import preparation_ask
from tests import factories
from tests.browser.conftest import FRAMES, Complaints, Media, until
from tests.jobs.running import jobs_run
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser
SIZES = {"desktop": (1440, 1000), "phone": (390, 844)}


@pytest.fixture
def officer(transactional_db: None) -> Person:
    return factories.person(Role.OFFICER, factories.unit("Team A"), surname="Jones", collar_number="4312")


@pytest.fixture
def recording(officer: Person, media: Media) -> Recording:
    team = factories.unit("Team A")
    file = factories.sealed(media.folder / "video.mp4", officer=officer, team=team, incident_ref="CV-20431")
    preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    return Recording.objects.get(pk=file.recording_id)


@pytest.fixture(params=list(SIZES))
def viewed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: LiveSite, person: Person) -> None:
    page.goto(f"{site.url()}/sign-in")
    page.get_by_label("Sign-in name").fill(person.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My queue", level=1)).to_be_visible()


def is_clean(page: Page) -> None:
    page.wait_for_load_state()  # of a page that is still coming in, the first half would be judged
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"


def opened(page: Page) -> None:
    page.get_by_label("Writing my statement").check()
    page.get_by_role("button", name="Open the recording").click()
    until(page, "document.querySelector('continuity-player')?.index")


def test_an_officer_opens_a_recording_with_a_reason_watches_steps_and_marks(
    live_site: LiveSite, viewed: Page, officer: Person, recording: Recording
) -> None:
    page = viewed
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, live_site, officer)
    is_clean(page)
    fits(page)
    page.get_by_role("link", name=re.compile("^Recording")).first.click()
    is_clean(page)
    fits(page)
    opened(page)
    page.evaluate("document.querySelector('video').muted = true")
    page.keyboard.press("k")
    until(page, "document.querySelector('video').currentTime > 0.5")
    page.keyboard.press("k")
    until(page, "document.querySelector('video').paused")
    before = int(page.locator("[data-frame]").inner_text().split()[1])
    page.keyboard.press(".")
    until(page, f"document.querySelector('[data-frame]').textContent.startsWith('frame {before + 1} of {FRAMES}')")
    page.keyboard.press("m")
    page.keyboard.type("He drops the bag")
    page.keyboard.press("Enter")
    expect(page.get_by_text("He drops the bag")).to_be_visible()
    marker = Marker.objects.get()
    assert marker.frame == before + 1
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Close the recording").click()
    expect(page.get_by_text("You have closed this recording")).to_be_visible()
    session = PlaybackSession.objects.get()
    assert session.closed_at
    assert session.watched, "what was watched was not reported"
    events = [line.verb for line in lines(subject_events("recording", recording.id))]
    assert {"recording:playback:opened", "recording:marker:added", "recording:playback:closed"} <= set(events)
    assert complaints == []


def test_received_sealed_and_playable_are_shown_as_they_happen_without_a_reload(
    live_site: LiveSite, page: Page, officer: Person, media: Media
) -> None:
    file = factories.sealed(media.folder / "video.mp4", officer=officer)
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/recordings/{file.recording_id}/")
    expect(page.get_by_text("Sealed, and waiting to be prepared")).to_be_visible()
    page.evaluate("window.isSamePage = true")
    preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    expect(page.get_by_role("heading", name="Say why you are opening it")).to_be_visible(timeout=8000)
    assert page.evaluate("window.isSamePage")
    assert page.locator("[hx-trigger]").count() == 0
    opened(page)


def test_without_script_a_recording_is_opened_played_marked_and_closed(
    live_site: LiveSite, browser: Browser, officer: Person, recording: Recording
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/recordings/{recording.id}/")
    page.get_by_label("Writing my statement").check()
    page.get_by_role("button", name="Open the recording").click()
    expect(page.locator("video")).to_be_visible()
    page.get_by_text("Add a marker").click()
    page.get_by_label("What happens here").fill("By hand")
    page.get_by_label("Time").fill("0:01.5")
    page.get_by_role("button", name="Add marker").click()
    expect(page.get_by_text("By hand")).to_be_visible()
    assert Marker.objects.get().at_s == 1.5
    page.get_by_role("button", name="Close the recording").click()
    context.close()
    assert PlaybackSession.objects.get().closed_at


@pytest.fixture
def two_parts(officer: Person, media: Media, uneven_media: Media) -> Recording:
    for each in (media, uneven_media):
        file = factories.sealed(each.folder / "video.mp4", officer=officer, sender_key="one-capture")
        preparation_ask(file=file, actor=factories.TESTS)
    jobs_run()
    return Recording.objects.get(pk=file.recording_id)


def on_part_two(page: Page, site: LiveSite, officer: Person, recording: Recording) -> None:
    sign_in(page, site, officer)
    page.goto(f"{site.url()}/recordings/{recording.id}/?part=2&frame=33")
    opened(page)
    is_at(page, 33)


def is_at(page: Page, frame: int) -> None:
    until(page, f"document.querySelector('continuity-player')?.seeker?.shown === {FRAMES + frame}")
    expect(page.locator(".app-parts__list [aria-current]")).to_contain_text("Part 2")
    expect(page).to_have_url(re.compile(rf"part=2&frame={frame}\b"))


def step(page: Page) -> None:
    before = page.evaluate("document.querySelector('continuity-player').frame")
    page.keyboard.press(".")
    until(page, f"document.querySelector('continuity-player').seeker.shown === {before + 1}")


def test_markers_notes_and_details_leave_the_reviewer_on_the_part_and_frame_on_show(
    live_site: LiveSite, page: Page, officer: Person, two_parts: Recording
) -> None:
    factories.category("Domestic incident")
    on_part_two(page, live_site, officer, two_parts)
    step(page)
    page.keyboard.press("m")
    page.keyboard.type("He drops the bag")
    page.keyboard.press("Enter")
    expect(page.get_by_text("He drops the bag")).to_be_visible()
    is_at(page, 34)
    assert Marker.objects.get().frame == 34
    step(page)
    page.get_by_role("textbox", name="Note").fill("Looks like the red one")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".app-note")).to_contain_text("Looks like the red one")
    is_at(page, 35)
    page.locator("h1").click()
    step(page)
    page.get_by_label("Category").select_option("Domestic incident")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The details were saved.")).to_be_visible()
    is_at(page, 36)
    page.locator("h1").click()
    step(page)
    page.get_by_role("button", name="Remove the marker").click()
    expect(page.get_by_text("No markers yet")).to_be_visible()
    is_at(page, 37)
    assert PlaybackSession.objects.count() == 1
    page.get_by_role("button", name="Add note").click()  # empty: the page comes back with its error
    expect(page.get_by_role("link", name="Enter note.")).to_be_visible()
    until(page, f"document.querySelector('continuity-player')?.seeker?.shown === {FRAMES + 37}")


def test_a_viewing_that_ended_is_opened_again_on_the_same_frame(
    live_site: LiveSite, page: Page, officer: Person, two_parts: Recording
) -> None:
    on_part_two(page, live_site, officer, two_parts)
    PlaybackSession.objects.update(closed_at=timezone.now())
    page.keyboard.press("k")
    until(page, f"document.querySelector('continuity-player').seeker.shown > {FRAMES + 36}")
    page.keyboard.press("k")
    over = page.get_by_role("alert").filter(has_text="This viewing has ended")
    expect(over).to_be_visible()
    is_clean(page)
    frame = page.evaluate("document.querySelector('continuity-player').place.frame")
    over.get_by_role("link", name="Open it again").click()
    opened(page)
    is_at(page, frame)


def test_whoever_comes_back_sees_why_it_is_open(
    live_site: LiveSite, viewed: Page, officer: Person, recording: Recording
) -> None:
    page = viewed
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/recordings/{recording.id}/")
    opened(page)
    page.goto(f"{live_site.url()}/recordings/{recording.id}/custody")
    page.goto(f"{live_site.url()}/recordings/{recording.id}/")
    at = timezone.localtime(PlaybackSession.objects.get().opened_at)
    expect(page.get_by_text(f"Opened {at:%H:%M} for: Writing my statement.")).to_be_visible()
    is_clean(page)
    fits(page)


def test_every_tab_is_clean_and_fits(
    live_site: LiveSite, viewed: Page, officer: Person, recording: Recording, shots: Path | None
) -> None:
    manager = factories.person(Role.EVIDENCE_MANAGER, surname="Lewis")
    factories.category()
    sign_in(viewed, live_site, manager)
    base = f"{live_site.url()}/recordings/"
    paths = ["", "?view=pictures", *(f"{recording.id}/{tab}" for tab in ("", "copies", "custody", "access", "details"))]
    for path in paths:
        viewed.goto(base + path)
        if shots:
            name = re.sub(r"\W+", "-", path.replace(str(recording.id), "item")) or "find"
            viewed.screenshot(path=shots / f"{name}-{viewed.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
        is_clean(viewed)
        fits(viewed)
    viewed.goto(f"{base}{recording.id}/")
    opened(viewed)
    is_clean(viewed)
    fits(viewed)
    if shots:
        viewed.wait_for_timeout(500)
        viewed.screenshot(path=shots / f"watch-{viewed.viewport_size['width']}.png", full_page=True)  # type: ignore[index]


@pytest.fixture
def shots() -> Path | None:
    """Where to leave pictures of the pages for people to look at; unset in an ordinary run."""
    import os

    folder = os.environ.get("REVIEW_SHOTS")
    return Path(folder) if folder else None


NUMBER_ON_SHOW = """() => {
  const video = document.querySelector("continuity-player").video.element;
  const canvas = document.createElement("canvas");
  canvas.width = 640; canvas.height = 360;
  const context = canvas.getContext("2d");
  context.drawImage(video, 0, 0, 640, 360);
  let frame = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    if (context.getImageData(40 * bit + 20, 20, 1, 1).data[0] > 128) frame += 2 ** bit;
  }
  return frame;
}"""


def is_pictured(page: Page, part: int, frame: int) -> None:
    """The page says this frame of the whole, marks this part, and its picture is that of the frame in the part."""
    whole = frame + (part - 1) * FRAMES
    until(page, f"document.querySelector('[data-frame]').textContent === 'frame {whole} of {2 * FRAMES}'")
    until(page, f"({NUMBER_ON_SHOW})() === {frame}")
    expect(page.locator(".app-parts__list [aria-current]")).to_contain_text(f"Part {part}")


def test_a_split_recording_is_stepped_through_its_joint_frame_by_frame(
    live_site: LiveSite, page: Page, complaints: Complaints, officer: Person, two_parts: Recording
) -> None:
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/recordings/{two_parts.id}/?frame={FRAMES - 2}")
    opened(page)
    is_pictured(page, 1, FRAMES - 2)
    for part, frame in ((1, FRAMES - 1), (2, 0), (2, 1)):
        page.keyboard.press(".")
        is_pictured(page, part, frame)
    expect(page.locator("[data-timecode]")).to_have_text("00:00:04.040")
    for part, frame in ((2, 0), (1, FRAMES - 1)):
        page.keyboard.press(",")
        is_pictured(page, part, frame)
    for _ in range(6):  # a held key loses no step, also while the other part is still on its way
        page.keyboard.press(".")
    is_pictured(page, 2, 5)
    page.get_by_role("link", name="Part 1").click()
    is_pictured(page, 1, 0)
    assert complaints.words == []


def test_a_split_recording_plays_on_through_its_joint_and_both_parts_are_noted_as_watched(
    live_site: LiveSite, page: Page, officer: Person, two_parts: Recording
) -> None:
    sign_in(page, live_site, officer)
    page.goto(f"{live_site.url()}/recordings/{two_parts.id}/?frame={FRAMES - 25}")
    opened(page)
    is_pictured(page, 1, FRAMES - 25)
    page.evaluate("""() => {
      const player = document.querySelector("continuity-player");
      window.frames_ = []; window.gaps_ = []; let last = null; window.pauses_ = 0;
      player.video.addEventListener("pause", () => { window.pauses_ += 1; });
      player.addEventListener("player:frame", ({ detail }) => {
        const now = performance.now();
        if (last !== null) window.gaps_.push(now - last);
        last = now;
        window.frames_.push(detail.frame);
      });
      player.video.muted = true;
    }""")
    page.keyboard.press("k")
    until(page, f"document.querySelector('continuity-player').frame > {FRAMES + 20}")
    assert page.evaluate("window.pauses_") == 0
    page.keyboard.press("k")
    until(page, "document.querySelector('continuity-player').video.paused")
    frames = page.evaluate("window.frames_")
    assert frames == sorted(frames)
    assert {FRAMES - 1, FRAMES} & set(frames)
    assert max(page.evaluate("window.gaps_")) < 1000, "the joint was noticed"
    page.get_by_role("button", name="Close the recording").click()
    expect(page.get_by_text("You have closed this recording")).to_be_visible()
    ((start, end),) = PlaybackSession.objects.get().watched
    assert start == pytest.approx(3.0, abs=0.3)
    assert end > 4.4


@pytest.mark.slow
def test_what_lies_between_the_parts_is_said_and_marked_on_the_time_line(
    live_site: LiveSite, viewed: Page, officer: Person, two_parts: Recording, shots: Path | None
) -> None:
    begins = timezone.now().replace(microsecond=0)
    two_parts.files.filter(role="master", part=1).update(recorded_at=begins)
    two_parts.files.filter(role="master", part=2).update(recorded_at=begins + timedelta(seconds=127))
    sign_in(viewed, live_site, officer)
    viewed.goto(f"{live_site.url()}/recordings/{two_parts.id}/")
    opened(viewed)
    expect(viewed.get_by_text("Between part 1 and part 2: 2 min 03 s missing by the camera's clock.")).to_be_visible()
    left = viewed.locator(".app-studio__joint--gap").evaluate("mark => parseFloat(mark.style.left)")
    assert left == pytest.approx(100 * 4 / (4 + 100 / 3 * 5 / 25), abs=2)
    is_clean(viewed)
    fits(viewed)
    if shots:
        viewed.wait_for_timeout(800)
        viewed.screenshot(path=shots / f"parts-{viewed.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
