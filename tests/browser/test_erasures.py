"""Erasing a name in a real browser, at a desk and on a phone: proposed by one person, approved by another."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.services.notes import marker_add
from tests import factories
from tests.browser.walking import page_is_clean, signed_in
from tests.custody.sealing import record_seal
from tests.servers.live import LiveSite

pytestmark = pytest.mark.browser
SIZES = {"desk": (1440, 1000), "phone": (390, 844)}
SHOTS = os.environ.get("ERASURE_SCREENSHOTS", "")


def is_clean(page: Page, name: str) -> None:
    page_is_clean(page, Path(SHOTS) / f"{name}.png" if SHOTS else None)


@pytest.mark.parametrize("name", SIZES)
def test_a_name_is_proposed_and_erased(live_site: LiveSite, browser: Browser, tmp_path: Path, name: str) -> None:
    scene, size = factories.scene(tmp_path), SIZES[name]
    marker_add(who=who_is(scene.officer), recording=scene.recording, at_s=1)
    record_seal()
    one, other = factories.person(Role.EVIDENCE_MANAGER), factories.person(Role.EVIDENCE_MANAGER)
    page = signed_in(browser, live_site, one, size, "/audit/")
    page.get_by_role("link", name="Erasures by order").click()
    is_clean(page, f"list-{name}")
    page.get_by_role("button", name="Propose an erasure").click()
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    is_clean(page, f"wrong-{name}")
    page.get_by_label("The name of somebody of the force").check()
    page.get_by_label("Collar number or sign-in name").fill(scene.officer.collar_number)
    page.get_by_label("Number of the order or decision").fill("T20267001")
    page.get_by_label("Why?").fill("Ordered at the hearing")
    page.get_by_role("button", name="Propose", exact=True).click()
    expect(page.get_by_text("1 text proposed")).to_be_visible()
    expect(page.get_by_role("button", name="Approve and erase")).to_have_count(0)
    address = page.url
    page.context.close()
    page = signed_in(browser, live_site, other, size, address.removeprefix(live_site.url()))
    is_clean(page, f"proposal-{name}")
    page.get_by_role("button", name="Approve and erase").click()
    expect(page.get_by_text("1 text erased.")).to_be_visible()
    is_clean(page, f"done-{name}")
    page.goto(f"{live_site.url()}/recordings/{scene.recording.id}/custody")
    expect(page.get_by_text("erased under Court order T20267001").first).to_be_visible()
    page.context.close()
