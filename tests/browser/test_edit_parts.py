"""The editor on a recording in several files: segments and boxes are chosen across its joint, and made as chosen."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from evidence.editing.models import Draft
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.recordings.models import FileRole, Kind, Recording
from tests import factories
from tests.browser.conftest import Complaints, until
from tests.browser.test_edit import desk_ready, looked_at, opened
from tests.browser.test_redact import drag
from tests.editing.material import PART, fetched, numbers, recorded_in_parts
from tests.jobs.running import jobs_run
from tests.recordings.test_hearing import written
from tests.servers.live import LiveSite
from tests.workers.media.render_sources import frames_of

pytestmark = pytest.mark.browser
# Whether the preview paints the middle of the box, on the part that is on show.
PREVIEWED = """(() => {
  const canvas = document.querySelector("[data-preview]");
  return canvas.getContext("2d").getImageData(canvas.width * 0.42, canvas.height * 0.75, 1, 1).data[3] === 255;
})()"""

# At which twelfths of its width something is painted on the speech lane.
SPOKEN = """(() => {
  const canvas = document.querySelector("canvas[data-lane=speech]");
  const shown = canvas.getContext("2d");
  const at = (twelfth) => canvas.width * (twelfth + 0.5) / 12;
  return [...Array(12).keys()].filter((each) => shown.getImageData(at(each), canvas.height / 2, 1, 1).data[3]).join();
})()"""


@pytest.fixture
def officer(transactional_db: None) -> Person:
    return factories.person(Role.OFFICER, surname="Jones", collar_number="4312")


@pytest.fixture
def split(officer: Person) -> Recording:
    return recorded_in_parts(officer=officer)


def go(page: Page, frame: int) -> None:
    page.evaluate(f"document.querySelector('continuity-player').seekFrame({frame})")
    until(page, f"document.querySelector('continuity-player').seeker.shown === {frame}")


@pytest.mark.slow
def test_words_of_a_further_part_are_gone_to_accepted_and_muted_in_the_drawing_on_all(
    live_site: LiveSite, page: Page, complaints: Complaints, officer: Person, split: Recording, tmp_path: Path
) -> None:
    written(split, tmp_path, content={"v": 1, "language": "en", "words": [[1040, 1100, 90, "Darren"]]}, part=2)
    opened(page, live_site, officer, split, "redaction")
    page.get_by_role("link", name="Proposals to mute").click()
    page.get_by_label("Propose a word or phrase wherever it is said").fill("darren")
    page.get_by_role("button", name="Propose", exact=True).click()
    until(page, "document.querySelector('continuity-player')?.seeker")
    page.get_by_role("button", name="Go there").click()
    until(page, f"document.querySelector('continuity-player').seeker.shown === {PART + 1}")
    looked_at(page, "parts-mutes")
    page.get_by_label("Mute", exact=True).check()
    page.get_by_role("button", name="Keep what I said").click()
    desk_ready(page)
    assert [row["start_frame"] for row in Draft.objects.get(part=0).content["mutes"]] == [PART + 1]
    assert complaints.words == []


def copy_of(split: Recording, kind: Kind) -> Recording:
    jobs_run()
    return Recording.objects.get(parent=split, kind=kind)


@pytest.mark.slow
def test_a_segment_chosen_across_the_joint_is_cut_as_it_was_chosen(
    live_site: LiveSite, page: Page, complaints: Complaints, officer: Person, split: Recording, tmp_path: Path
) -> None:
    opened(page, live_site, officer, split, "")
    until(page, "document.querySelector('continuity-player').index")
    go(page, PART - 5)
    page.keyboard.press("i")
    go(page, PART + 4)
    page.keyboard.press("o")
    page.keyboard.press("x")
    expect(page.locator(".app-segments__row")).to_contain_text(f"frames {PART - 5} to {PART + 4}")
    looked_at(page, "parts-clip")
    page.get_by_label("Why is this copy made?").fill("For interview")
    page.get_by_role("button", name="Make the clip").click()
    page.wait_for_url("**/jobs/**")
    clip = copy_of(split, Kind.CLIP)
    assert numbers(fetched(clip, tmp_path)) == list(range(PART - 5, PART + 5))
    assert complaints.words == []


def test_a_box_drawn_in_one_part_is_kept_and_covers_the_next_part_too(
    live_site: LiveSite, page: Page, complaints: Complaints, officer: Person, split: Recording, tmp_path: Path
) -> None:
    for part, speech in ((1, [200, 400]), (2, [800, 1000])):
        written(split, tmp_path, FileRole.VOICE, {"v": 1, "speech": [speech]}, part=part)
    opened(page, live_site, officer, split, "redaction")
    desk_ready(page)
    until(page, f"{SPOKEN} === '1,10'")  # each part's speech lies at its own place on the one time line
    page.get_by_text("2 stretches of speech").click()
    page.get_by_role("button", name="00:00:02.000").click()
    until(page, f"document.querySelector('continuity-player').seeker.shown === {PART + 20}")
    go(page, PART - 3)
    drag(page, (0.25, 0.6), (0.6, 0.9))
    go(page, PART + 2)
    expect(page.locator(".app-box")).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    until(page, PREVIEWED)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="End after this frame").click()
    looked_at(page, "parts-redaction")
    expect(page.locator("[data-draft-said]")).to_have_text("Your drawing is kept.")
    assert Draft.objects.get().part == 0
    page.get_by_label("Why is this copy made?").fill("Third party")
    page.get_by_role("button", name="Make the redacted copy").click()
    page.wait_for_url("**/jobs/**")
    shown = frames_of(fetched(copy_of(split, Kind.REDACTION), tmp_path))
    covered = [frame.number for frame in shown if int(np.ptp(frame.luma[130:160, 100:170].astype(int))) <= 8]
    assert covered == list(range(PART - 13, PART + 13))  # ten frames are held on either side, over the joint too
    assert complaints.words == []
