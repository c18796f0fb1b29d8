"""Two cameras side by side in a real browser: in step to the frame, moved by hand, accepted, on a desk and a phone."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evidence.alignment.models import Alignment, Source, State
from evidence.alignment.queries import standing_of
from evidence.alignment.services import alignment_ask
from evidence.identity.models import Person
from evidence.identity.who import who_is
from evidence.recordings.models import PlaybackSession, Recording
from tests.alignment.conftest import LATER_FRAMES, films, officer, pair
from tests.browser.conftest import until
from tests.browser.test_review import fits, is_clean, sign_in
from tests.jobs.running import jobs_run
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser
__all__ = ["films", "officer", "pair"]
SIZES = {"desktop": (1440, 1000), "phone": (390, 844)}

# Reads the ten bars that every picture carries: which frame of the scene each screen really shows; null: it is off.
ON_SHOW = """() => [...document.querySelectorAll("[data-pane]")].map((root) => {
  if (!root.querySelector("[data-off]").hidden) return null;
  const canvas = document.createElement("canvas");
  canvas.width = 320; canvas.height = 192;
  const context = canvas.getContext("2d");
  context.drawImage(root.querySelector("video"), 0, 0, 320, 192);
  let frame = 0;
  for (let bit = 0; bit < 10; bit += 1) {
    if (context.getImageData(32 * bit + 16, 40, 1, 1).data[0] > 128) frame += 2 ** bit;
  }
  return frame;
})"""


@pytest.fixture(params=["desktop", pytest.param("phone", marks=pytest.mark.slow)])
def viewed(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, height = SIZES[request.param]
    context = browser.new_context(viewport={"width": width, "height": height})
    yield context.new_page()
    context.close()


def opened(page: Page, site: LiveSite, person: Person, recordings: tuple[Recording, Recording]) -> None:
    sign_in(page, site, person)
    one, other = recordings
    page.goto(f"{site.url()}/recordings/{one.id}/")
    page.get_by_role("link", name="Play it beside others").click()
    page.get_by_label(other.label).check()
    page.get_by_role("button", name="Play them side by side").click()
    page.get_by_label("Writing my statement").check()
    page.get_by_role("button", name="Open the recordings").click()
    until(page, "'isReady' in (document.querySelector('[data-beside]')?.dataset ?? {})")


def test_two_cameras_are_aligned_by_their_sound_accepted_and_watched_in_step_to_the_frame(
    live_site: LiveSite, viewed: Page, officer: Person, pair: tuple[Recording, Recording]
) -> None:
    page, (one, other) = viewed, pair
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    alignment_ask(who=who_is(officer), one=one, other=other)
    jobs_run()
    opened(page, live_site, officer, pair)
    expect(page.get_by_text("It is not used until somebody accepts it.")).to_be_visible()
    shot(page, "beside-proposed")
    is_clean(page)
    fits(page)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("was accepted")).to_be_visible()
    until(page, "'isReady' in (document.querySelector('[data-beside]')?.dataset ?? {})")
    until(page, f"JSON.stringify(({ON_SHOW})()) === '[0,null]'")
    page.evaluate("document.querySelector('[data-beside]').beside.go(6)")
    until(page, f"JSON.stringify(({ON_SHOW})()) === '[150,150]'")
    for expected in (151, 152):
        page.keyboard.press(".")
        until(page, f"JSON.stringify(({ON_SHOW})()) === '[{expected},{expected}]'")
    page.keyboard.press("k")
    until(page, "document.querySelector('[data-beside]').beside.clock > 8")
    panes = "document.querySelector('[data-beside]').beside.panes"
    apart = page.evaluate(f"{panes}[0].clock - {panes}[1].clock")
    assert abs(apart) < 0.15
    page.keyboard.press("k")
    until(page, f"(() => {{ const [a, b] = ({ON_SHOW})(); return a > 190 && a === b; }})()")
    shot(page, "beside-playing")
    page.evaluate("document.querySelector('[data-beside]').beside.go(12)")
    until(page, f"JSON.stringify(({ON_SHOW})()) === '[null,300]'")
    is_clean(page)
    fits(page)
    assert Alignment.objects.get().state == State.ACCEPTED
    assert complaints == []
    page.goto(f"{live_site.url()}/")
    until(page, "document.readyState === 'complete'")
    assert all(session.watched for session in PlaybackSession.objects.all())


@pytest.mark.slow
def test_an_offset_is_tried_by_hand_and_kept_with_what_it_rests_on(
    live_site: LiveSite, page: Page, officer: Person, pair: tuple[Recording, Recording]
) -> None:
    one, other = pair
    opened(page, live_site, officer, pair)
    page.get_by_text("Set it by hand").click()
    page.get_by_label("Begins after the first recording").fill("4.42")
    page.get_by_role("button", name="+0.1 s").click()
    page.evaluate("document.querySelector('[data-beside]').beside.go(6)")
    until(page, f"JSON.stringify(({ON_SHOW})()) === '[150,150]'")
    page.get_by_role("button", name="Keep this offset").click()
    expect(page.get_by_text("Say what the offset rests on.").first).to_be_visible()
    page.get_by_label("What it rests on").fill("The door closes in both")
    page.get_by_role("button", name="Keep this offset").click()
    expect(page.get_by_text("is kept")).to_be_visible()
    expect(page.get_by_text("4.520 s after the first")).to_be_visible()
    held = standing_of(one, other)
    assert (held.offset_ms, held.source) == (LATER_FRAMES * 40, Source.HAND)


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("REVIEW_SHOTS")
    if folder:
        page.wait_for_timeout(500)
        page.screenshot(path=Path(folder) / f"{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
