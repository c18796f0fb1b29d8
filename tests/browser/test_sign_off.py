"""The second person's walk: a place is read, decided, redacted where it must be, and the list is signed."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evidence.identity.roles import Role
from evidence.signoff.models import Place, SignOff
from tests import factories
from tests.browser.conftest import until
from tests.browser.walking import page_is_clean, signed_in
from tests.servers.live import LiveSite
from tests.signoff.material import left_covered, looked_at, place, redaction

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
SHOTS = os.environ.get("SIGN_OFF_SCREENSHOTS", "")


def is_clean(page: Page, name: str) -> None:
    page_is_clean(page, Path(SHOTS) / f"lookagain-{name}.png" if SHOTS else None)


def starts_again(page: Page) -> None:
    page.get_by_role("link", name="Start again from this redaction").click()
    is_clean(page, "start-again-desktop")
    page.get_by_role("button", name="Start again from this redaction").click()
    expect(page.get_by_text("The drawing of the redaction is here, as yours.")).to_be_visible()


def test_a_second_person_reads_the_list_sends_one_back_and_signs(
    live_site: LiveSite, browser: Browser, settings: object
) -> None:
    settings.LOOK_AGAIN = ("faces",)  # type: ignore[attr-defined]
    team = factories.unit()
    officer, sergeant = factories.person(team=team), factories.person(Role.SUPERVISOR, team, rank="Sgt")
    copy = left_covered(officer)
    address = f"/recordings/{copy.id}/look-again"
    page = signed_in(browser, live_site, officer, SIZES["phone"], address)
    expect(page.get_by_text("Not signed off").first).to_be_visible()
    expect(page.get_by_role("button", name="Sign off")).to_have_count(0)
    is_clean(page, "maker-phone")
    page.context.close()

    page = signed_in(browser, live_site, sergeant, SIZES["desktop"], "/")
    page.get_by_role("link", name="Review Redaction").click()
    picture = page.get_by_role("img", name="What is seen at place 1")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") > 20
    expect(page.get_by_text("one face in ten is missed")).to_be_visible()
    is_clean(page, "list-desktop")
    page.get_by_role("button", name="Save place 1").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("Must be redacted").check()
    page.get_by_role("button", name="Save place 1").click()
    expect(page.get_by_text("1 place must be redacted")).to_be_visible()
    starts_again(page)
    page.goto(f"{live_site.url()}{address}")
    edit = page.get_by_role("link", name="Redact it there")
    assert "/edit/redaction?part=1&frame=" in str(edit.get_attribute("href"))
    edit.click()
    page.get_by_label("Writing my statement").check()
    page.get_by_role("button", name="Open the recording").click()
    wanted = int(page.url.rpartition("=")[2])
    until(page, f"document.querySelector('continuity-player')?.seeker?.frame === {wanted}")
    expect(page.get_by_text("it is still here")).to_be_visible()
    expect(page.get_by_text("Face 1").first).to_be_visible()

    page.goto(f"{live_site.url()}{address}")
    page.get_by_text("Change it").click()
    page.get_by_label("Acceptable", exact=True).check()
    page.get_by_label("Why it is acceptable").fill("The officer's own face")
    page.get_by_role("button", name="Save place 1").click()
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.get_by_label("I have watched the whole of it").check()
    is_clean(page, "sign-desktop")
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Signed off").first).to_be_visible()
    assert SignOff.objects.get().signed_by == sergeant
    is_clean(page, "signed-desktop")
    page.set_viewport_size({"width": 390, "height": 844})
    is_clean(page, "signed-phone")
    page.get_by_role("link", name="Redaction report").click()
    page.get_by_label("Why do you need it?").select_option("disclosure")
    is_clean(page, "report-phone")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Make PDF").click()
    assert taken.value.suggested_filename.endswith(".pdf")
    page.context.close()


def test_places_are_ticked_and_decided_together_by_keyboard_and_on_a_phone(
    live_site: LiveSite, browser: Browser, settings: object, tmp_path: Path
) -> None:
    settings.LOOK_AGAIN = ("faces",)  # type: ignore[attr-defined]
    scene = factories.scene(tmp_path)
    copy = redaction(scene, tmp_path)
    looked_at(copy, scene.officer, place(1), place(2), place(3))
    page = signed_in(browser, live_site, scene.sergeant, SIZES["phone"], f"/recordings/{copy.id}/look-again")
    page.get_by_label("Select place 2 to decide together").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 of 3 places are ticked.")).to_be_attached()
    page.get_by_role("link", name="Select all 3 shown").press("Enter")
    expect(page.get_by_text("3 of 3 places are ticked.")).to_be_visible()
    page.get_by_label("Select place 3 to decide together").uncheck()
    form = page.locator("#together")
    form.get_by_label("Acceptable", exact=True).check()
    is_clean(page, "together-phone")
    page.get_by_role("button", name="Save for all that are ticked").click()
    page.get_by_role("link", name="Say in a few words").click()
    page.keyboard.type("Posters on the wall")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 places: acceptable.")).to_be_visible()
    assert [each.decision for each in Place.objects.order_by("number")] == ["acceptable", "acceptable", ""]
    page.set_viewport_size({"width": 1440, "height": 900})
    is_clean(page, "together-desktop")
    page.context.close()
