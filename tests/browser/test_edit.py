"""The editor in a real browser on the real server with a real worker: draw, send, see it made, open the copy."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from evidence.editing.models import Draft
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.jobs.models import Job
from evidence.recordings.models import Kind, Recording
from tests import factories
from tests.browser.conftest import FRAMES, Complaints, Media, until
from tests.browser.test_redact import drag, go_to
from tests.editing.material import drawn, fetched, prepared
from tests.jobs.running import jobs_run
from tests.servers.live import LiveSite
from workers.exec.process import Running

pytestmark = pytest.mark.browser
SIZES = {"desk": (1440, 1000), "phone": (390, 844)}
AT_A_DESK = pytest.mark.parametrize("size", ["desk"], indirect=True)
"""What does not depend on the size of the page."""
SHOTS = os.environ.get("EDIT_SCREENSHOTS", "")


@pytest.fixture
def officer(transactional_db: None) -> Person:
    return factories.person(Role.OFFICER, surname="Jones", collar_number="4312")


@pytest.fixture
def recording(officer: Person, media: Media) -> Recording:
    return prepared(media.folder / "video.mp4", officer=officer)


@pytest.fixture(params=list(SIZES))
def size(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def viewed(size: str, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def heard(page: Page) -> Complaints:
    """What the page complains about from now on."""
    complaints = Complaints([])
    page.on("console", lambda said: complaints.words.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.words.append(str(error)))
    return complaints


def opened(page: Page, site: LiveSite, officer: Person, recording: Recording, task: str) -> None:
    page.goto(f"{site.url()}/sign-in")
    page.get_by_label("Sign-in name").fill(officer.username)
    page.get_by_label("Password").fill(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url()}/")
    page.goto(f"{site.url()}/recordings/{recording.id}/edit/{task}")
    page.get_by_label("Writing my statement").check()
    page.get_by_role("button", name="Open the recording").click()
    page.wait_for_url(f"{site.url()}/recordings/{recording.id}/edit/{task}")


def looked_at(page: Page, name: str) -> None:
    """No violation for axe, nothing wider than the window, and a picture for people where one is asked for."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def desk_ready(page: Page) -> None:
    until(page, "document.querySelector('[data-redact]')?.dataset.isReady !== undefined")


def luma(path: Path, frame: int, box: tuple[int, int, int, int]) -> int:
    """How far the brightest and the darkest point of a box on a frame lie apart."""
    import av
    import numpy as np

    x, y, w, h = box
    with av.open(str(path)) as container:
        pictures = [each.to_ndarray(format="gray") for each in container.decode(video=0)]
    return int(np.ptp(pictures[frame][y : y + h, x : x + w].astype(int)))


def test_box_drawn_with_the_mouse_is_sent_made_with_progress_and_opened_beside_its_parent(
    live_site: LiveSite, live_worker: Running, viewed: Page, size: str, officer: Person, recording: Recording,
    tmp_path: Path,
) -> None:  # fmt: skip
    page, complaints = viewed, heard(viewed)
    opened(page, live_site, officer, recording, "redaction")
    desk_ready(page)
    drag(page, (0.25, 0.5), (0.6, 0.8))
    page.get_by_role("button", name="Cover to the end").click()
    expect(page.locator("[data-draft-said]")).to_have_text("Your drawing is kept.")
    assert Draft.objects.get().content["tracks"][0]["end"] == FRAMES
    looked_at(page, f"redaction-{size}")
    page.get_by_label("Why is this copy made?").fill("Third party in view")
    page.get_by_role("button", name="Make the redacted copy").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    looked_at(page, f"job-{size}")
    page.get_by_role("link", name="Open what it made").click(timeout=60_000)
    expect(page.get_by_role("heading", name="Beside what it was made from")).to_be_visible()
    looked_at(page, f"beside-{size}")
    copy = Recording.objects.get(parent=recording, kind=Kind.REDACTION)
    path = fetched(copy, tmp_path)
    # the thing in the picture at 200,150 is 120 x 90; with its margin the box covers all of this
    assert luma(path, 50, (180, 190, 180, 80)) <= 8
    assert luma(path, 50, (0, 0, 320, 40)) > 100
    assert complaints.words == []


def test_box_is_drawn_and_sent_by_keyboard_alone(
    live_site: LiveSite, wide: Page, officer: Person, recording: Recording
) -> None:
    page = wide
    opened(page, live_site, officer, recording, "redaction")
    desk_ready(page)
    page.locator("h1").click()
    page.keyboard.press("b")
    page.keyboard.press("ArrowLeft")
    go_to(page, 40)
    page.locator(".app-box").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Delete")
    page.get_by_label("Why is this copy made?").focus()
    page.keyboard.type("Third party")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Make the redacted copy")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/jobs/"))
    (track,) = Job.objects.get(kind="copy.render").params["recipe"]["tracks"]
    (run,) = track["runs"]
    assert [box[1:] for box in run["boxes"]] == [[246, 144, 128, 72], [246, 144, 128, 82]]
    assert (track["effect"], track["reason"]) == ("solid", "privacy")


def test_drawing_comes_back_after_the_page_was_left(
    live_site: LiveSite, wide: Page, officer: Person, recording: Recording
) -> None:
    page = wide
    opened(page, live_site, officer, recording, "redaction")
    desk_ready(page)
    page.keyboard.press("b")
    expect(page.locator("[data-draft-said]")).to_have_text("Your drawing is kept.")
    page.goto(f"{live_site.url()}/jobs/")
    page.goto(f"{live_site.url()}/recordings/{recording.id}/edit/redaction")
    desk_ready(page)
    expect(page.locator(".app-box")).to_have_count(1)


@AT_A_DESK
def test_a_drawing_is_thrown_away_only_when_that_is_said_twice_and_is_not_kept_once_more_on_leaving(
    live_site: LiveSite, viewed: Page, size: str, officer: Person, recording: Recording
) -> None:
    page = viewed
    opened(page, live_site, officer, recording, "redaction")
    desk_ready(page)
    page.keyboard.press("b")
    expect(page.locator("[data-draft-said]")).to_have_text("Your drawing is kept.")
    page.reload()
    desk_ready(page)
    page.get_by_text("Start afresh").click()
    expect(page.get_by_text("nobody can bring it back")).to_be_visible()
    assert Draft.objects.count() == 1
    looked_at(page, f"afresh-{size}")
    page.locator("h1").click()
    page.keyboard.press("b")
    page.get_by_role("button", name="Throw the drawing away").click()
    expect(page.get_by_text("Your drawing was thrown away")).to_be_visible()
    desk_ready(page)
    expect(page.locator(".app-box")).to_have_count(0)
    page.wait_for_timeout(1000)  # longer than a drawing waits before it is kept
    assert Draft.objects.count() == 0


def test_a_drawing_is_thrown_away_without_script_too(
    live_site: LiveSite, browser: Browser, officer: Person, recording: Recording
) -> None:
    Draft.objects.create(recording=recording, part=1, person_id=officer.id, content=drawn(), saved_at=timezone.now())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, live_site, officer, recording, "redaction")
    expect(page.get_by_role("button", name="Throw the drawing away")).to_be_hidden()
    page.get_by_text("Start afresh").click()
    page.get_by_role("button", name="Throw the drawing away").click()
    expect(page.get_by_text("Your drawing was thrown away")).to_be_visible()
    context.close()
    assert Draft.objects.count() == 0


def test_what_a_copy_keeps_is_called_a_segment_on_the_pages_that_make_one(
    live_site: LiveSite, wide: Page, officer: Person, recording: Recording
) -> None:
    page = wide
    opened(page, live_site, officer, recording, "")
    page.get_by_text("Type them instead").click()
    expect(page.get_by_label("Segments to keep (optional)")).to_be_visible()
    expect(page.get_by_role("heading", name="Segments to keep")).to_be_visible()
    assert "stretch" not in page.locator("main").inner_text().lower()
    page.goto(f"{live_site.url()}/recordings/{recording.id}/edit/redaction")
    desk_ready(page)
    page.get_by_text("Type it instead of drawing").click()
    expect(page.get_by_label("Segments to keep (optional)")).to_be_visible()
    assert "stretch" not in page.locator("main").inner_text().lower()


def test_clip_is_chosen_with_i_o_and_x(
    live_site: LiveSite, viewed: Page, size: str, officer: Person, recording: Recording
) -> None:
    page, complaints = viewed, heard(viewed)
    opened(page, live_site, officer, recording, "")
    until(page, "document.querySelector('continuity-player').seeker")
    for frame, key in ((10, "i"), (19, "o")):
        page.evaluate(f"document.querySelector('continuity-player').seekFrame({frame})")
        until(page, f"document.querySelector('continuity-player').seeker.shown === {frame}")
        page.keyboard.press(key)
    page.keyboard.press("x")
    expect(page.locator("#segments ol")).to_contain_text("frames 10 to 19")
    looked_at(page, f"clip-{size}")
    page.get_by_role("button", name="Make the clip").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why this copy is made")
    looked_at(page, f"clip-error-{size}")
    until(page, "document.querySelector('continuity-player').seeker")
    expect(page.locator("#segments ol")).to_contain_text("frames 10 to 19")
    page.get_by_label("Why is this copy made?").fill("For interview")
    page.get_by_role("button", name="Make the clip").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    assert Job.objects.get(kind="copy.render").params["title"] == "Clip 0:00.400 to 0:00.800"
    assert not [words for words in complaints.words if "422" not in words]


@AT_A_DESK
def test_still_follows_the_picture_until_somebody_types(
    live_site: LiveSite, viewed: Page, size: str, officer: Person, recording: Recording
) -> None:
    page = viewed
    opened(page, live_site, officer, recording, "still")
    until(page, "document.querySelector('continuity-player').seeker")
    field = page.get_by_label("Frame or time")
    page.evaluate("document.querySelector('continuity-player').seekFrame(42)")
    expect(field).to_have_value("f42")
    looked_at(page, f"still-{size}")
    field.fill("f7")
    page.evaluate("document.querySelector('continuity-player').seekFrame(50)")
    until(page, "document.querySelector('continuity-player').seeker.shown === 50")
    expect(field).to_have_value("f7")
    page.get_by_label("Why is this copy made?").fill("Identification")
    page.get_by_role("button", name="Make the still").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    jobs_run()
    assert Recording.objects.get(kind=Kind.STILL).statement["frame"] == 7


def test_editor_works_without_script(
    live_site: LiveSite, browser: Browser, officer: Person, recording: Recording
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, live_site, officer, recording, "redaction")
    page.get_by_text("Type it instead of drawing").click()
    page.get_by_label("Boxes (optional)").fill("0:00.4 to 0:02, 200, 150, 120, 90")
    page.get_by_label("Why is this copy made?").fill("Third party")
    page.get_by_role("button", name="Make the redacted copy").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    context.close()
    assert Job.objects.get(kind="copy.render").params["title"] == "Redaction: 1 covered track"
