"""Finding faces in a real browser, with a real server and worker: look, decide, correct, follow, make the copy."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evidence.editing.models import Draft
from evidence.identity.models import Person
from evidence.identity.roles import Role
from evidence.recordings.models import Kind, Recording
from tests import factories
from tests.browser.test_edit import desk_ready, heard, looked_at, luma, opened
from tests.browser.test_redact import draft, go_to
from tests.editing.material import fetched
from tests.editing.people_material import FRAMES, clip, filmed
from tests.servers.live import LiveSite
from workers.exec.process import Running

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.fixture
def officer(transactional_db: None) -> Person:
    return factories.person(Role.OFFICER, surname="Jones", collar_number="4312")


@pytest.fixture
def people(officer: Person) -> Recording:
    return filmed(officer)


def decided(page: Page) -> list[tuple[str, str]]:
    return [(row["effect"], row["found_by"].partition(":")[0]) for row in draft(page)["tracks"]]


def test_faces_are_found_decided_on_by_keyboard_corrected_followed_and_covered_in_the_copy(
    live_site: LiveSite, live_worker: Running, wide: Page, officer: Person, people: Recording, tmp_path: Path
) -> None:
    page, complaints = wide, heard(wide)
    opened(page, live_site, officer, people, "redaction")
    desk_ready(page)
    expect(page.get_by_text("The best detector misses one face in ten.")).to_be_visible()
    page.get_by_role("button", name="Look for them").click()
    expect(page.locator("[data-found-said]")).to_have_text("All of it was looked at.", timeout=60_000)
    expect(page.locator("[data-found-list] li")).to_have_count(2)
    expect(page.locator(".app-found")).not_to_have_count(0)
    looked_at(page, "found")

    # the keyboard decides: the first find is covered, the second left visible, on record
    page.locator("h1").click()
    page.keyboard.press("f")
    expect(page.locator(".app-found--chosen")).to_have_count(1)
    page.keyboard.press("c")
    page.keyboard.press("v")
    assert decided(page) == [("solid", "centerface"), ("none", "centerface")]
    expect(page.locator("[data-found-list] li")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator("[data-found-list] li")).to_have_count(1)
    page.keyboard.press("Shift+Z")

    # a correction is a key frame that overrides the samples near it, and nothing farther away
    page.keyboard.press("1")
    go_to(page, 25)
    before = draft(page)["tracks"][0]
    page.locator(".app-box").first.press("Alt+ArrowDown")
    track = draft(page)["tracks"][0]
    assert [key["frame"] for key in track["keyframes"]] == [25]
    assert track["found"] == before["found"]
    far = [row for row in before["samples"] if abs(row[0] - 25) > 13]
    assert [row for row in track["samples"] if abs(row[0] - 25) > 13] == far
    assert (track["samples"][0][0], track["end"]) == (before["samples"][0][0], FRAMES), "it covers as long as before"
    page.keyboard.press("t")
    expect(page.locator("[data-desk-said]")).to_contain_text("was followed", timeout=60_000)
    followed = draft(page)["tracks"][0]
    assert followed["keyframes"] == track["keyframes"]
    assert len(followed["samples"]) > 1
    looked_at(page, "followed")

    expect(page.locator("[data-draft-said]")).to_have_text("Your drawing is kept.")
    page.get_by_label("Why is this copy made?").fill("Third party in view")
    page.get_by_role("button", name="Make the redacted copy").click()
    page.wait_for_url(re.compile(r"/jobs/"))
    page.get_by_role("link", name="Open what it made").click(timeout=60_000)
    copy = Recording.objects.get(parent=people, kind=Kind.REDACTION)
    covered, left = copy.recipe["tracks"]
    assert covered["found_by"] == left["found_by"]
    assert re.fullmatch(r"centerface:[^:]+:[0-9a-f]{64}", covered["found_by"])
    path = fetched(copy, tmp_path)
    for frame, is_hidden in ((5, True), (40, True)):
        (walker,) = [row for row in clip()[1][frame] if row.person == 0]
        assert (luma(path, frame, tuple(round(side) for side in walker.box)) <= 8) is is_hidden
    (other,) = [row for row in clip()[1][5] if row.person == 1]
    assert luma(path, 5, tuple(round(side) for side in other.box)) > 60, "who was left visible is"
    assert complaints.words == []


@pytest.mark.slow
def test_without_script_all_that_was_found_is_covered_at_once(
    live_site: LiveSite, live_worker: Running, browser: Browser, officer: Person, people: Recording
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    opened(page, live_site, officer, people, "redaction")
    page.get_by_role("button", name="Look for them").click()
    said = page.get_by_text("All of it was looked at.")
    for _ in range(60):
        if said.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    page.get_by_role("button", name="Cover all that was found").click()
    expect(page.get_by_text("All that was found is in your drawing now.")).to_be_visible()
    context.close()
    assert [row["effect"] for row in Draft.objects.get().content["tracks"]] == ["solid", "solid"]
