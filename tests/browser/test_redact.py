"""The redaction desk: boxes by mouse, keyboard, button and number; key frames; ranges; and the draft it posts."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FRAMES, Complaints, Media, rendered, until
from tests.browser.harness import Answer, Site
from tests.browser.test_shuttle import can_be_hit

pytestmark = pytest.mark.browser

REASONS = [("privacy", "Privacy"), ("third_party", "Third party")]


def opened(page: Page, site: Site, media: Media, **values: Any) -> Page:
    site.pages["/"] = rendered("redact.html", **{"reasons": REASONS, **values})
    site.folders["/media/"] = media.folder
    page.goto(site.address)
    until(page, "'isReady' in document.querySelector('[data-redact]').dataset")
    return page


@pytest.fixture
def desk(page: Page, site: Site, media: Media, complaints: Complaints) -> Page:
    return opened(page, site, media)


def draft(page: Page) -> dict[str, Any]:
    return json.loads(page.locator("[name=draft]").input_value())


def go_to(page: Page, frame: int) -> None:
    page.evaluate(f"document.querySelector('continuity-player').seekFrame({frame})")
    until(page, f"document.querySelector('continuity-player').seeker.shown === {frame}")
    until(page, "!document.querySelector('video').seeking")


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drags over the picture; points are shares of its width and height."""
    page.locator("[data-boxes]").scroll_into_view_if_needed()
    box = page.locator("[data-boxes]").bounding_box()
    assert box
    page.mouse.move(box["x"] + start[0] * box["width"], box["y"] + start[1] * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"], steps=4)
    page.mouse.up()


def key(frame: int, x: int, y: int, w: int, h: int) -> dict[str, Any]:
    return {"frame": frame, "x": x, "y": y, "w": w, "h": h, "outside": False}


def test_a_box_drawn_with_the_mouse_is_in_pixels_of_the_shown_picture(desk: Page, complaints: Complaints) -> None:
    drag(desk, (0.25, 0.25), (0.5, 0.75))
    (track,) = draft(desk)["tracks"]
    assert {name: track[name] for name in ("id", "kind", "effect", "reason", "end")} == {
        "id": "t1", "kind": "face", "effect": "solid", "reason": "privacy", "end": None,
    }  # fmt: skip
    (drawn,) = track["keyframes"]
    assert [drawn["x"], drawn["y"], drawn["w"], drawn["h"]] == pytest.approx([160, 90, 160, 180], abs=2)
    assert complaints.words == []


def test_boxes_count_in_the_masters_pixels_when_a_smaller_picture_plays(page: Page, site: Site, media: Media) -> None:
    opened(page, site, media, width=1920, height=1080)
    drag(page, (0.25, 0.25), (0.5, 0.75))
    drawn = draft(page)["tracks"][0]["keyframes"][0]
    assert [drawn["x"], drawn["y"], drawn["w"], drawn["h"]] == pytest.approx([480, 270, 480, 540], abs=6)


def test_b_adds_a_box_and_arrows_move_and_resize_it(desk: Page) -> None:
    desk.keyboard.press("b")
    assert draft(desk)["tracks"][0]["keyframes"] == [key(0, 256, 144, 128, 72)]
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowUp")
    desk.keyboard.press("Alt+ArrowRight")
    desk.keyboard.press("Shift+ArrowDown")
    desk.keyboard.press("Alt+Shift+ArrowLeft")
    assert draft(desk)["tracks"][0]["keyframes"] == [key(0, 267, 134, 127, 82)]
    expect(desk.locator(".app-box")).to_be_focused()
    expect(desk.locator(".app-box")).to_have_attribute(
        "aria-label", "Face 1: x 267, y 134, width 127, height 82, key frame"
    )


def test_a_box_never_leaves_the_picture(desk: Page) -> None:
    desk.keyboard.press("b")
    for _ in range(60):
        desk.keyboard.press("ArrowLeft")
    assert draft(desk)["tracks"][0]["keyframes"][0]["x"] == 0
    desk.get_by_label("x", exact=True).fill("9999")
    desk.keyboard.press("Tab")
    assert draft(desk)["tracks"][0]["keyframes"][0]["x"] == 640 - 128


def test_a_box_moved_on_a_later_frame_makes_a_key_frame_and_between_them_it_is_interpolated(desk: Page) -> None:
    desk.keyboard.press("b")
    go_to(desk, 20)
    desk.locator(".app-box").focus()
    for _ in range(10):
        desk.keyboard.press("ArrowRight")
    assert draft(desk)["tracks"][0]["keyframes"] == [key(0, 256, 144, 128, 72), key(20, 356, 144, 128, 72)]
    go_to(desk, 10)
    expect(desk.locator(".app-box")).to_have_attribute(
        "aria-label", "Face 1: x 306, y 144, width 128, height 72, between key frames"
    )
    go_to(desk, 1)
    assert desk.get_by_label("x", exact=True).input_value() == "261"


def test_a_box_can_be_moved_and_resized_with_the_mouse(desk: Page) -> None:
    desk.keyboard.press("b")
    drag(desk, (0.5, 0.5), (0.6, 0.6))
    moved = draft(desk)["tracks"][0]["keyframes"][0]
    assert [moved["x"], moved["y"], moved["w"], moved["h"]] == pytest.approx([320, 180, 128, 72], abs=2)
    drag(desk, (448 / 640, 252 / 360), (0.8, 0.8))
    resized = draft(desk)["tracks"][0]["keyframes"][0]
    assert [resized["w"], resized["h"]] == pytest.approx([512 - 320, 288 - 180], abs=3)
    desk.keyboard.press("z")
    assert draft(desk)["tracks"][0]["keyframes"][0] == moved


def test_delete_ends_the_track_after_this_frame_and_the_page_says_which_have_no_end(desk: Page) -> None:
    desk.keyboard.press("b")
    expect(desk.locator("[data-desk-said]")).to_contain_text("Face 1")
    expect(desk.locator("[data-tracks]")).to_contain_text("no end yet")
    go_to(desk, 30)
    desk.keyboard.press("Delete")
    assert draft(desk)["tracks"][0]["end"] == 31
    expect(desk.locator(".app-box")).to_have_count(1)
    go_to(desk, 31)
    expect(desk.locator(".app-box")).to_have_count(0)
    expect(desk.locator("[data-tracks]")).to_contain_text("0:01.240")


def test_a_track_that_comes_back_gets_an_outside_key_frame(desk: Page) -> None:
    desk.keyboard.press("b")
    go_to(desk, 10)
    desk.keyboard.press("Delete")
    go_to(desk, 50)
    desk.get_by_role("button", name="Key frame here").click()
    desk.get_by_role("button", name="Cover to the end").click()
    track = draft(desk)["tracks"][0]
    assert track["keyframes"] == [key(0, 256, 144, 128, 72), {"frame": 11, "outside": True}, key(50, 256, 144, 128, 72)]
    assert track["end"] == FRAMES
    go_to(desk, 30)
    expect(desk.locator(".app-box")).to_have_count(0)


def test_brackets_go_to_key_frames_and_digits_choose_tracks(desk: Page) -> None:
    desk.keyboard.press("b")
    go_to(desk, 25)
    desk.locator(".app-box").press("ArrowDown")
    desk.keyboard.press("b")
    desk.keyboard.press("1")
    expect(desk.locator("[data-selected-name]")).to_have_text("Face 1")
    desk.keyboard.press("[")
    until(desk, "document.querySelector('continuity-player').seeker.shown === 0")
    desk.keyboard.press("]")
    until(desk, "document.querySelector('continuity-player').seeker.shown === 25")


def test_undo_and_redo_bring_every_step_back(desk: Page) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("ArrowRight")
    before = draft(desk)
    desk.keyboard.press("z")
    desk.keyboard.press("z")
    assert draft(desk)["tracks"] == []
    desk.keyboard.press("Shift+Z")
    desk.keyboard.press("Shift+Z")
    assert draft(desk) == before
    expect(desk.get_by_role("button", name="Redo")).to_be_disabled()


def test_effect_kind_and_reason_are_chosen_in_lists(desk: Page) -> None:
    desk.keyboard.press("b")
    desk.get_by_label("Effect", exact=True).select_option("pixelate")
    desk.get_by_label("What it is").select_option("plate")
    desk.get_by_label("Reason", exact=True).select_option("third_party")
    track = draft(desk)["tracks"][0]
    assert [track[name] for name in ("effect", "kind", "reason")] == ["pixelate", "plate", "third_party"]
    expect(desk.locator("[data-tracks]")).to_contain_text("Number plate 1")


def test_in_and_out_make_mutes_covered_stretches_and_segments(desk: Page) -> None:
    for name, start, end in (
        ("Mute the sound", 10, 19),
        ("Cover the whole picture", 20, 24),
        ("Keep only this segment", 0, 49),
    ):
        go_to(desk, start)
        desk.keyboard.press("i")
        go_to(desk, end)
        desk.keyboard.press("o")
        desk.get_by_role("button", name=name).click()
    made = draft(desk)
    assert made["mutes"] == [{"start_frame": 10, "end_frame": 20, "reason": "privacy"}]
    assert made["frames"] == [{"start_frame": 20, "end_frame": 25, "effect": "solid"}]
    assert made["segments"] == [{"start_frame": 0, "end_frame": 50}]
    desk.get_by_role("button", name="Remove 0:00.400 to 0:00.800").click()
    assert draft(desk)["mutes"] == []
    go_to(desk, 30)
    desk.keyboard.press("i")
    go_to(desk, 39)
    desk.keyboard.press("o")
    desk.get_by_label("What is heard instead").select_option("A tone (bleep)")
    desk.get_by_role("button", name="Mute the sound").click()
    assert draft(desk)["mutes"] == [{"start_frame": 30, "end_frame": 40, "reason": "privacy", "effect": "bleep"}]
    expect(desk.locator("[data-ranges=mutes]")).to_contain_text("a tone instead")


def test_a_range_without_in_and_out_says_what_to_do_first(desk: Page) -> None:
    desk.get_by_role("button", name="Mute the sound").click()
    expect(desk.locator("[data-desk-said]")).to_contain_text("Set In and Out")
    assert draft(desk)["mutes"] == []


def test_preview_covers_the_padded_box_and_nothing_far_from_it(desk: Page) -> None:
    desk.keyboard.press("b")
    desk.keyboard.press("r")
    opaque = "([x, y]) => document.querySelector('[data-preview]').getContext('2d').getImageData(x, y, 1, 1).data[3]"
    assert desk.evaluate(opaque, [320, 180]) == 255
    assert desk.evaluate(opaque, [256 - 15, 180]) == 255, "the margin is covered too"
    assert desk.evaluate(opaque, [256 - 25, 180]) == 0
    desk.get_by_role("button", name="Preview").click()
    assert desk.evaluate(opaque, [320, 180]) == 0


def test_a_saved_draft_is_taken_up_again_and_posts_as_plain_html(page: Page, site: Site, media: Media) -> None:
    track = {
        "id": "t7",
        "kind": "face",
        "effect": "solid",
        "reason": "privacy",
        "keyframes": [key(0, 10, 20, 30, 40)],
        "end": 9,
    }
    saved = {"v": 1, "tracks": [track], "mutes": [], "frames": [], "segments": []}
    site.responders["/redact"] = lambda _request: Answer(b"<p>done")
    opened(page, site, media, draft=json.dumps(saved))
    page.keyboard.press("b")
    page.get_by_role("button", name="Make the redacted copy").click()
    page.wait_for_url("**/redact")
    posted = json.loads(parse_qs(site.posted[-1].body.decode())["draft"][0])
    assert posted["tracks"][0] == track
    assert posted["tracks"][1]["id"] == "t8"


def test_enter_in_a_number_does_not_send_the_form(desk: Page, site: Site) -> None:
    desk.keyboard.press("b")
    desk.get_by_label("w", exact=True).fill("200")
    desk.keyboard.press("Enter")
    assert draft(desk)["tracks"][0]["keyframes"][0]["w"] == 200
    assert site.posted == []


def test_the_whole_desk_can_be_used_without_the_mouse(desk: Page) -> None:
    desk.get_by_role("button", name="Add box").press("Enter")
    desk.get_by_role("button", name="End after this frame").press("Enter")
    desk.get_by_role("button", name="Remove Face 1").press("Enter")
    assert draft(desk)["tracks"] == []


def test_the_layer_lies_exactly_over_the_picture_when_the_window_is_narrow_and_high(
    page: Page, site: Site, media: Media
) -> None:
    page.set_viewport_size({"width": 1200, "height": 420})
    opened(page, site, media)
    page.wait_for_timeout(100)
    measured = page.evaluate("""() => { const s = document.querySelector('[data-boxes]').getBoundingClientRect();
      return [s.width / s.height, s.height, document.querySelector('video').getBoundingClientRect().height]; }""")
    assert measured[0] == pytest.approx(640 / 360, rel=0.01)
    assert measured[1] == pytest.approx(measured[2], abs=1)


def running_back(page: Page) -> None:
    go_to(page, 90)
    page.keyboard.press("j")
    until(page, "document.querySelector('continuity-player').frame < 86")


def frame_on_show(page: Page) -> int:
    """The frame the desk stands on, once it has stood there for a while."""
    expect(page.locator("[data-rate]")).to_have_text("paused")
    until(page, "document.querySelector('continuity-player').seeker.wanted === null")
    page.wait_for_timeout(300)
    return page.evaluate("document.querySelector('continuity-player').seeker.shown")


@pytest.mark.parametrize("how", ["mouse", "key"])
def test_a_box_drawn_while_the_picture_runs_backwards_lands_on_the_frame_it_was_drawn_on(desk: Page, how: str) -> None:
    running_back(desk)
    if how == "mouse":
        drag(desk, (0.25, 0.25), (0.5, 0.75))
    else:
        desk.keyboard.press("b")
    (track,) = draft(desk)["tracks"]
    assert [each["frame"] for each in track["keyframes"]] == [frame_on_show(desk)]


@pytest.mark.parametrize(
    ("press", "name"),
    [("ArrowRight", ""), ("Delete", ""), ("Enter", "Key frame here"), ("Enter", "End after this frame")],
)
def test_what_changes_a_box_while_the_picture_runs_backwards_holds_it(desk: Page, press: str, name: str) -> None:
    desk.keyboard.press("b")
    running_back(desk)
    (desk.get_by_role("button", name=name) if name else desk.locator(".app-box")).focus()
    desk.keyboard.press(press)
    frame = frame_on_show(desk)
    (track,) = draft(desk)["tracks"]
    if "End" in name or press == "Delete":
        assert track["end"] == frame + 1
    else:
        assert track["keyframes"][-1]["frame"] == frame


def test_space_on_a_box_plays_and_pauses_and_does_not_scroll_the_page(desk: Page) -> None:
    drag(desk, (0.25, 0.25), (0.5, 0.75))
    expect(desk.locator(".app-box")).to_be_focused()
    before = desk.evaluate("window.scrollY")
    desk.keyboard.press(" ")
    until(desk, "document.querySelector('video').currentTime > 0.2")
    desk.keyboard.press(" ")
    until(desk, "document.querySelector('video').paused")
    assert desk.evaluate("window.scrollY") == before


def test_caps_lock_makes_neither_z_a_redo_nor_shift_z_an_undo(desk: Page) -> None:
    desk.keyboard.press("B")
    desk.keyboard.press("ArrowRight")
    moved = draft(desk)
    desk.keyboard.press("Z")  # Caps Lock's letter, without Shift
    assert draft(desk) != moved
    # with Caps Lock, Shift makes a small letter
    desk.evaluate("""() => document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key: "z", shiftKey: true, bubbles: true }))""")
    assert draft(desk) == moved


def test_another_reason_says_where_it_is_written(page: Page, site: Site, media: Media) -> None:
    reasons = [*REASONS, ("other", "Another reason")]
    opened(page, site, media, reasons=reasons, reason_note="Write it under 'Why is this copy made?'.")
    page.keyboard.press("b")
    for field in (page.get_by_label("Reason", exact=True), page.get_by_label("Reason for muting")):
        expect(field.locator("option").last).to_have_text("Another reason")
        expect(field).to_have_accessible_description("Write it under 'Why is this copy made?'.")


def test_what_is_kept_is_called_a_segment(desk: Page) -> None:
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keys")).to_contain_text("Keep only the segment from In to Out")
    titles = desk.evaluate("[...document.querySelectorAll('[title]')].map(each => each.title).join()")
    assert "stretch" not in (desk.locator("main").inner_text() + titles).lower()


def test_the_desks_shuttle_has_buttons_that_can_be_hit_on_a_phone(page: Page, site: Site, media: Media) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, site, media)
    can_be_hit(page)
    page.get_by_role("button", name="Faster").click()
    until(page, "document.querySelector('continuity-player').frame > 8")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator("[data-rate]")).to_have_text("-1 x")
