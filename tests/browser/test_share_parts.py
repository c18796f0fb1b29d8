"""A recipient's page of a recording in two files: one film where script runs, one file after the other where not."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from evidence.identity.models import Person
from evidence.identity.who import who_is
from evidence.recordings.models import FileRole, PlaybackSession, Recording
from evidence.sharing.services.links import link_revoke
from tests import factories
from tests.browser.conftest import until
from tests.browser.test_review import shots  # noqa: F401 - a fixture
from tests.browser.test_share import address, fits, is_clean, lead, link, plain_phone, viewed  # noqa: F401 - fixtures
from tests.editing.material import PART, recorded_in_parts
from tests.servers.live import LiveSite

pytestmark = [pytest.mark.browser, pytest.mark.once]
GAP = "Between part 1 and part 2: 2 min 03 s missing by the camera's clock."
# The number that the frame on the screen carries in its pixels; part 2 goes on counting where part 1 ends. A canvas is
# 300 wide unless told: the first nine bars are enough for the frames there are.
PICTURED = """(() => {
  const context = document.createElement("canvas").getContext("2d");
  context.drawImage(document.querySelector("continuity-player").video.element, 0, 0, 320, 192);
  const isWhite = (bit) => context.getImageData(32 * bit + 16, 40, 1, 1).data[0] > 128;
  return [...Array(9).keys()].reduce((sum, bit) => sum + isWhite(bit) * 2 ** bit, 0);
})()"""
FRAMES_SEEN = """() => {
  const player = document.querySelector("continuity-player");
  window.frames_ = []; window.pauses_ = 0;
  player.video.muted = true;
  player.video.addEventListener("pause", () => { window.pauses_ += 1; });
  player.addEventListener("player:frame", ({ detail }) => { window.frames_.push(detail.frame); });
}"""


@pytest.fixture
def split(lead: Person) -> Recording:  # noqa: F811
    recording = recorded_in_parts(officer=factories.person(surname="Jones", collar_number="4312"))
    begins = timezone.now().replace(microsecond=0)
    for part, seconds in ((1, 0), (2, 124.2)):
        found = recording.files.filter(role=FileRole.MASTER, part=part)
        found.update(recorded_at=begins + timedelta(seconds=seconds))
    return recording


def is_at(page: Page, frame: int) -> None:
    until(page, f"document.querySelector('[data-frame]').textContent === 'frame {frame} of {2 * PART}'")
    until(page, f"{PICTURED} === {frame}")
    expect(page.locator(".app-parts__list [aria-current]")).to_contain_text(f"Part {1 if frame < PART else 2}")


def test_a_recipient_plays_and_steps_through_the_joint_as_one_film(
    live_site: LiveSite, viewed: Page, split: Recording, lead: Person, shots: Path | None  # noqa: F811
) -> None:  # fmt: skip
    page, complaints = viewed, []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    created = link(split, lead, may_download=True)
    page.goto(address(live_site, created))
    page.get_by_role("button", name="Open the recording").click()
    until(page, "document.querySelector('continuity-player')?.seeker")
    expect(page.get_by_text(GAP)).to_be_visible()
    expect(page.locator(".app-studio__joint--gap")).to_have_attribute("title", GAP)
    is_at(page, 0)
    page.keyboard.press("i")  # in and out are for those who cut
    expect(page.locator("[data-range]")).to_be_empty()
    assert page.locator("[data-do=in], [data-do=out], [data-do=marker]").count() == 0
    page.evaluate(f"document.querySelector('continuity-player').seekFrame({PART - 2})")
    for frame in (PART - 2, PART - 1, PART, PART + 1):
        is_at(page, frame)
        page.keyboard.press(".")
    expect(page.locator("[data-timecode]")).to_have_text("00:00:01.280")
    page.get_by_role("link", name="Part 1").click()
    is_at(page, 0)
    page.evaluate(FRAMES_SEEN)
    page.get_by_role("button", name="Play", exact=True).click()
    until(page, "document.querySelector('continuity-player').video.ended")
    frames = page.evaluate("window.frames_")
    assert frames == sorted(frames), "the time line ran back"
    # steps above prove each frame; a busy machine leaves some out while it plays
    assert set(range(PART - 10, PART)) & set(frames)
    assert set(range(PART, PART + 10)) & set(frames)
    assert page.evaluate("window.pauses_") <= 1, "it stood still at the joint"
    if shots:
        page.screenshot(path=shots / f"share-parts-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
    is_clean(page)
    assert complaints == []
    # what is watched outside is not noted second by second: there is no address for it
    assert PlaybackSession.objects.get().watched == []


def test_a_link_that_ends_before_the_next_part_has_come_is_said_to_be_over_at_the_joint(
    live_site: LiveSite, page: Page, split: Recording, lead: Person  # noqa: F811
) -> None:  # fmt: skip
    created = link(split, lead)
    page.route("**/video/2", lambda route: route.fulfill(status=503))
    page.goto(address(live_site, created))
    page.get_by_role("button", name="Open the recording").click()
    until(page, "document.querySelector('continuity-player')?.seeker")
    until(page, "document.querySelector('.app-studio__video--waiting').error !== null")
    link_revoke(who=who_is(lead), link=created.link)
    page.unroute_all()
    page.keyboard.press("k")
    over = page.get_by_role("alert").filter(has_text="This viewing has ended")
    expect(over.get_by_role("link", name="Open it again")).to_be_visible()
    expect(over).to_contain_text("Open it again to go on.")
    expect(page.locator("[data-controls]")).to_be_hidden()


def test_without_script_a_recipient_has_the_parts_one_after_the_other(
    live_site: LiveSite, plain_phone: Page, split: Recording, lead: Person  # noqa: F811
) -> None:  # fmt: skip
    page = plain_phone
    page.goto(address(live_site, link(split, lead, may_download=True)))
    page.get_by_role("button", name="Open the recording").click()
    expect(page.get_by_text(GAP)).to_be_visible()
    for number in (1, 2):
        page.get_by_role("link", name=f"Part {number}", exact=False).first.click()
        until(page, "document.querySelector('video').readyState >= 1")
        assert page.locator("video[controls]").count() == 1
        assert page.evaluate("document.querySelector('video').currentSrc").endswith(f"video/{number}")
        fits(page)
    for file in split.files.filter(role=FileRole.MASTER):
        expect(page.get_by_text(file.sha256)).to_be_visible()
        with page.expect_download() as downloading:
            page.get_by_role("button", name=f"Download part {file.part}").click()
        assert Path(downloading.value.path()).stat().st_size == file.size_bytes
    expect(page.locator("[data-controls]")).to_be_hidden()
