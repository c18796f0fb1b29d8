"""The player: keys and buttons, steps exact to the frame, segments, markers, what was watched."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import FRAMES, Complaints, Media, rendered, until
from tests.browser.harness import Answer, Site

pytestmark = pytest.mark.browser

# Reads the eight squares that every picture carries: the number of the frame that is really on the screen.
PICTURED = """() => {
  const video = document.querySelector("video");
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

SETTLED = """!document.querySelector("video").seeking
  && document.querySelector("continuity-player").seeker.wanted === null"""


@pytest.fixture
def player(page: Page, site: Site, media: Media, complaints: Complaints) -> Page:
    return opened(page, site, media)


def opened(page: Page, site: Site, media: Media) -> Page:
    site.pages["/"] = rendered("player.html")
    site.folders["/media/"] = media.folder
    site.responders["/watched"] = lambda _request: Answer(status=204)
    page.goto(site.address)
    until(page, "document.querySelector('continuity-player').index")
    until(page, "!document.querySelector('[data-controls]').hidden")
    return page


def shown(page: Page) -> int:
    """The frame the page says, once it says the frame that is pictured."""
    until(
        page,
        SETTLED,
    )
    for _ in range(200):  # a frame may be on its way to the screen: what is said and pictured agree soon, and stay so
        page.wait_for_timeout(60)
        said = int(page.locator("[data-frame]").inner_text().split()[1])
        if said == page.evaluate(PICTURED):
            break
    assert said == page.evaluate(PICTURED)
    return said


def segments(page: Page) -> list[dict[str, Any]]:
    return json.loads(page.locator("[name=segments]").input_value())


def test_comma_and_full_stop_go_one_frame_and_the_read_out_names_the_frame_on_the_screen(player: Page) -> None:
    for expected in (1, 2, 3):
        player.keyboard.press(".")
        assert shown(player) == expected
    player.keyboard.press(",")
    assert shown(player) == 2


def test_a_held_key_loses_no_step(player: Page) -> None:
    for _ in range(30):
        player.keyboard.press(".")
    assert shown(player) == 30
    for _ in range(12):
        player.keyboard.press(",")
    assert shown(player) == 18


def test_shift_comma_and_full_stop_go_one_second(player: Page) -> None:
    player.keyboard.press(">")
    assert shown(player) == 25
    player.keyboard.press(">")
    player.keyboard.press("<")
    assert shown(player) == 25


def test_steps_stop_at_both_ends(player: Page) -> None:
    player.keyboard.press(",")
    assert shown(player) == 0
    player.evaluate("document.querySelector('continuity-player').seekFrame(10000)")
    assert shown(player) == FRAMES - 1
    player.keyboard.press(".")
    assert shown(player) == FRAMES - 1


def test_steps_are_exact_where_the_frame_rate_varies(page: Page, site: Site, uneven_media: Media) -> None:
    opened(page, site, uneven_media)
    for expected in range(1, 8):
        page.keyboard.press(".")
        assert shown(page) == expected
    page.evaluate("document.querySelector('continuity-player').seekFrame(61)")
    assert shown(page) == 61


def test_space_and_k_play_and_pause(player: Page) -> None:
    player.keyboard.press(" ")
    until(player, "!document.querySelector('video').paused && document.querySelector('video').currentTime > 0.2")
    player.keyboard.press("k")
    until(player, "document.querySelector('video').paused")
    assert shown(player) >= 4


def test_j_and_l_shuttle(player: Page) -> None:
    player.keyboard.press("l")
    player.keyboard.press("l")
    assert player.evaluate("document.querySelector('video').playbackRate") == 2
    until(player, "document.querySelector('continuity-player').frame > 20")
    player.keyboard.press("k")
    before = shown(player)
    player.keyboard.press("j")
    until(player, f"document.querySelector('continuity-player').frame < {before - 3}")
    player.keyboard.press("k")
    assert shown(player) < before


def test_letter_keys_work_with_caps_lock(player: Page) -> None:
    player.evaluate("document.querySelector('continuity-player').seekFrame(10)")
    shown(player)
    player.keyboard.press("I")  # the letter that Caps Lock makes, without Shift
    assert player.evaluate("document.querySelector('continuity-player').range.in") == 10
    player.keyboard.press("L")
    until(player, "!document.querySelector('video').paused")


@pytest.mark.parametrize("held", ["Control", "Meta", "Alt"])
def test_keys_are_dead_with_ctrl_meta_and_alt(player: Page, held: str) -> None:
    player.evaluate(
        """held => document.body.dispatchEvent(new KeyboardEvent("keydown", {
      key: "i", bubbles: true, ctrlKey: held === "Control", metaKey: held === "Meta", altKey: held === "Alt" }))""",
        held,
    )
    assert player.evaluate("document.querySelector('continuity-player').range.in") is None


def test_keys_go_on_after_a_click_on_the_slider_and_the_slider_follows_the_picture(player: Page) -> None:
    slider = player.get_by_role("slider", name="Position in frames")
    slider.click()
    expect(slider).to_be_focused()
    middle = shown(player)
    player.keyboard.press(".")
    assert shown(player) == middle + 1
    assert slider.input_value() == str(middle + 1)
    player.keyboard.press("i")
    assert player.evaluate("document.querySelector('continuity-player').range.in") == middle + 1
    player.keyboard.press("k")
    until(player, f"document.querySelector('continuity-player').frame > {middle + 5}")
    player.keyboard.press("k")
    expect(slider).to_have_value(str(shown(player)))


def test_no_step_of_the_sliders_own_keys_is_lost(player: Page) -> None:
    player.get_by_role("slider", name="Position in frames").focus()
    for _ in range(15):
        player.keyboard.press("ArrowRight")
    assert shown(player) == 15


def test_the_picture_does_not_pull_the_slider_from_under_a_hand(player: Page) -> None:
    slider = player.get_by_role("slider", name="Position in frames")
    box = slider.bounding_box()
    assert box
    player.evaluate("document.querySelector('video').play()")
    player.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    player.mouse.down()
    player.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    held = slider.input_value()
    player.wait_for_timeout(400)
    assert slider.input_value() == held
    player.mouse.up()
    until(player, f"Number(document.querySelector('[data-position]').value) > {held}")


def test_in_out_and_x_make_a_segment_whose_end_is_not_included(player: Page, complaints: Complaints) -> None:
    player.evaluate("document.querySelector('continuity-player').seekFrame(10)")
    shown(player)
    player.keyboard.press("i")
    player.evaluate("document.querySelector('continuity-player').seekFrame(19)")
    shown(player)
    player.keyboard.press("o")
    player.keyboard.press("x")
    assert segments(player) == [{"start_frame": 10, "end_frame": 20}]
    expect(player.locator(".app-segments__row")).to_contain_text("00:00:00.400 to 00:00:00.800 frames 10 to 19")
    assert complaints.words == []


def test_segments_can_be_moved_and_removed_without_the_mouse_and_post_as_plain_html(player: Page, site: Site) -> None:
    site.responders["/clip"] = lambda _request: Answer(b"<p>done")
    player.evaluate("""() => {
      const { segmentList } = document.querySelector("continuity-player");
      segmentList.add(5, 9);
      segmentList.add(40, 49);
    }""")
    player.get_by_role("button", name="Move segment 2 up").focus()
    player.keyboard.press("Enter")
    assert [each["start_frame"] for each in segments(player)] == [40, 5]
    player.get_by_role("button", name="Remove segment 2").press("Enter")
    player.get_by_role("button", name="Make the clip").press("Enter")
    player.wait_for_url("**/clip")
    posted = next(each for each in site.posted if each.path == "/clip")
    assert json.loads(parse_qs(posted.body.decode())["segments"][0]) == [{"start_frame": 40, "end_frame": 50}]


def test_m_fills_the_marker_form_with_the_frame_and_its_time(player: Page) -> None:
    player.evaluate("document.querySelector('continuity-player').seekFrame(37)")
    shown(player)
    player.keyboard.press("m")
    assert player.locator("#marker [name=frame]").input_value() == "37"
    assert player.locator("#marker [name=at_s]").input_value() == "1.480000"
    expect(player.locator("#note")).to_be_focused()


def test_keys_are_dead_while_typing(player: Page) -> None:
    player.locator("#note").focus()
    player.keyboard.type("i am. on, it k")
    assert player.locator("#note").input_value() == "i am. on, it k"
    assert shown(player) == 0
    assert player.evaluate("document.querySelector('continuity-player').range.in") is None


def test_space_on_a_button_presses_the_button_only(player: Page) -> None:
    player.locator("[data-do=in]").focus()
    player.keyboard.press(" ")
    assert player.evaluate("document.querySelector('continuity-player').range.in") == 0
    assert player.evaluate("document.querySelector('video').paused")


def test_keys_are_shown_can_be_switched_off_and_that_is_remembered(player: Page) -> None:
    player.keyboard.press("?")
    dialog = player.get_by_role("dialog", name="Keys")
    expect(dialog).to_contain_text("One frame on")
    dialog.get_by_label("Use these keys in this browser").uncheck()
    dialog.get_by_role("button", name="Close").click()
    player.keyboard.press(".")
    assert shown(player) == 0
    player.reload()
    until(player, "!document.querySelector('[data-controls]').hidden")
    player.keyboard.press(".")
    assert shown(player) == 0
    player.keyboard.press("?")
    dialog.get_by_label("Use these keys in this browser").check()
    dialog.get_by_role("button", name="Close").click()
    player.keyboard.press(".")
    assert shown(player) == 1


def test_every_key_has_a_button_or_slider_that_does_the_same(player: Page) -> None:
    player.get_by_role("button", name="one frame on").click()
    assert shown(player) == 1
    player.get_by_role("button", name="+1 s").click()
    assert shown(player) == 26
    player.get_by_role("slider", name="Position in frames").focus()
    player.keyboard.press("ArrowRight")
    assert shown(player) == 27
    player.get_by_role("button", name="Frame 50", exact=True).click()
    assert shown(player) == 50
    player.get_by_role("button", name="At 3 s").click()
    assert shown(player) == 75


def test_a_press_on_the_lanes_goes_there(player: Page) -> None:
    lanes = player.locator("[data-lanes]")
    box = lanes.bounding_box()
    assert box
    lanes.click(position={"x": box["width"] / 2, "y": 20})
    assert shown(player) in {49, 50, 51}


def test_storyboard_and_waveform_are_drawn(player: Page) -> None:
    drawn = """name => {
      const canvas = document.querySelector(`[data-lane=${name}]`);
      if (!canvas.width) return false;
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value, at) => at % 4 === 3 && value > 0);
    }"""
    until(player, f"({drawn})('storyboard')")
    until(player, f"({drawn})('waveform')")


def test_what_was_played_is_reported_and_what_was_skipped_is_not(player: Page, site: Site) -> None:
    player.keyboard.press("k")
    until(player, "document.querySelector('video').currentTime > 0.8")
    player.keyboard.press("k")
    player.evaluate("document.querySelector('continuity-player').seekFrame(75)")
    shown(player)
    player.wait_for_timeout(200)
    posted = [each for each in site.posted if each.path == "/watched"]
    stretches = [stretch for each in posted for stretch in json.loads(each.body)["stretches"]]
    assert posted[0].headers["x-csrftoken"] == "the-token"
    assert sum(stretch["end_s"] - stretch["start_s"] for stretch in stretches) == pytest.approx(0.9, abs=0.35)
    assert max(stretch["end_s"] for stretch in stretches) < 2


def test_a_report_that_did_not_arrive_is_sent_again(player: Page, site: Site) -> None:
    site.responders["/watched"] = lambda _request: Answer(status=503)
    player.keyboard.press("k")
    until(player, "document.querySelector('video').currentTime > 0.5")
    player.keyboard.press("k")
    player.wait_for_timeout(300)
    site.responders["/watched"] = lambda _request: Answer(status=204)
    site.posted.clear()
    player.evaluate("document.querySelector('continuity-player').watched.send()")
    player.wait_for_timeout(300)
    stretches = json.loads(site.posted[-1].body)["stretches"]
    assert stretches[0]["start_s"] == pytest.approx(0, abs=0.05)


def test_without_script_the_video_keeps_its_own_controls(browser: Any, site: Site, media: Media) -> None:
    site.pages["/"] = rendered("player.html")
    site.folders["/media/"] = media.folder
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.address)
    expect(page.locator("video[controls]")).to_be_visible()
    expect(page.locator("[data-controls]")).to_be_hidden()
    context.close()


def test_without_a_frame_index_the_video_still_plays_and_the_page_says_why_stepping_is_off(
    page: Page, site: Site, media: Media
) -> None:
    site.pages["/"] = rendered("player.html").replace("/media/index.json", "/nowhere.json")
    site.folders["/media/"] = media.folder
    page.goto(site.address)
    expect(page.locator("[data-said]")).to_contain_text("Frame numbers are not available")
    assert page.evaluate("document.querySelector('video').controls")


def test_what_was_played_is_reported_even_without_a_frame_index(page: Page, site: Site, media: Media) -> None:
    site.pages["/"] = rendered("player.html").replace('data-index-url="/media/index.json"', "")
    site.folders["/media/"] = media.folder
    site.responders["/watched"] = lambda _request: Answer(status=204)
    page.goto(site.address)
    until(page, "document.querySelector('continuity-player').watched")
    page.evaluate("document.querySelector('video').play()")
    until(page, "document.querySelector('video').currentTime > 0.4")
    page.evaluate("document.querySelector('video').pause()")
    page.wait_for_timeout(300)
    assert json.loads(site.posted[-1].body)["stretches"][0]["end_s"] > 0.3


def test_the_focus_stays_on_a_segment_that_is_moved_and_goes_to_the_next_one_when_it_is_removed(player: Page) -> None:
    player.evaluate("""() => {
      const { segmentList } = document.querySelector("continuity-player");
      for (const at of [5, 25, 45]) segmentList.add(at, at + 4);
    }""")
    player.get_by_role("button", name="Move segment 3 up").press("Enter")
    expect(player.get_by_role("button", name="Move segment 2 up")).to_be_focused()
    player.get_by_role("button", name="Remove segment 2").press("Enter")
    expect(player.get_by_role("button", name="00:00:01.000 to")).to_be_focused()
    for _ in range(2):
        player.get_by_role("button", name="Remove segment 1").press("Enter")
    expect(player.locator("#segments ol")).to_be_focused()


def test_what_i_o_and_x_choose_is_called_a_segment_everywhere(player: Page) -> None:
    player.keyboard.press("?")
    said = player.locator("main").inner_text()
    titles = player.evaluate("[...document.querySelectorAll('[title]')].map(each => each.title).join()")
    assert "In: the segment starts here" in said
    assert "stretch" not in (said + titles).lower()
