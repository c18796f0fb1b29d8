"""Small pictures of what tracks cover, in the table of the redaction desk."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, until
from tests.browser.test_redact import desk, drag, go_to  # noqa: F401 - a fixture

pytestmark = pytest.mark.browser

LIKENESS = """(frame) => {
    const thumb = document.querySelector(".app-tracks__thumb");
    const { x, y, w, h } = thumb.box;
    const side = Math.max(w, h) * 1.3;
    const own = Object.assign(document.createElement("canvas"), { width: thumb.width, height: thumb.height });
    const video = document.querySelector("video");
    const place = [x + w / 2 - side / 2, y + h / 2 - side / 2, side, side, 0, 0, own.width, own.height];
    own.getContext("2d").drawImage(video, ...place);
    const pixels = (each) => each.getContext("2d").getImageData(0, 0, own.width, own.height).data;
    const [one, other] = [thumb, own].map(pixels);
    return one.reduce((sum, value, at) => sum + Math.abs(value - other[at]), 0) / one.length;
}"""


def test_each_track_has_a_picture_from_the_frame_where_its_box_is_largest(
    desk: Page,  # noqa: F811
    complaints: Complaints,
) -> None:
    go_to(desk, 3)
    drag(desk, (0.0, 0.0), (0.5, 0.1))
    thumb = desk.locator(".app-tracks__thumb")
    expect(thumb).to_have_attribute("data-drawn", re.compile("^3,"))
    assert desk.evaluate(LIKENESS) < 1
    go_to(desk, 40)
    assert desk.evaluate(LIKENESS) > 5, "the squares that tell the frame are not in it"
    desk.locator(".app-box").focus()
    desk.keyboard.press("Shift+ArrowDown")
    expect(thumb).to_have_attribute("data-drawn", re.compile("^40,"))
    assert desk.evaluate(LIKENESS) < 1
    assert desk.evaluate("document.querySelector('continuity-player').frame") == 40, "the picture on show moved"
    assert complaints.words == []


def test_a_picture_that_does_not_come_is_tried_again_when_its_row_changes(
    desk: Page,  # noqa: F811
) -> None:
    thumb = desk.locator(".app-tracks__thumb")
    desk.route("**/video.mp4", lambda route: route.abort())
    desk.keyboard.press("b")
    until(desk, "document.querySelector('.app-tracks__thumb')")
    desk.wait_for_timeout(500)
    expect(thumb).not_to_have_attribute("data-drawn", re.compile("."))
    desk.unroute("**/video.mp4")
    desk.keyboard.press("Shift+ArrowDown")
    expect(thumb).to_have_attribute("data-drawn", re.compile("^0,"))
