"""The menu's pages: what stands where, what is drawn, and what a DVD can show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageChops

from workers.disc.menu import Choice, menu_pages, overlays_drawn, page_drawn, page_of_title

ANY_TEXT = st.text(max_size=300)


def choices_of(count):
    return [Choice(f"Exhibit AB/{n}", ("Recorded 1 May 2024",)) for n in range(1, count + 1)]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (5, 1), (6, 2), (10, 2), (99, 20)])
def test_every_title_has_one_button_on_the_page_that_it_returns_to(count, pages):
    made = menu_pages(choices_of(count))
    assert len(made) == pages
    titles = [(button.title, page.number) for page in made for button in page.buttons if button.title]
    assert titles == [(title, page_of_title(title)) for title in range(1, count + 1)]


def test_pages_lead_to_each_other_and_no_further():
    first, second, third = menu_pages(choices_of(11))
    assert [button.page for button in first.buttons if button.page] == [2]
    assert [button.page for button in second.buttons if button.page] == [1, 3]
    assert [button.page for button in third.buttons if button.page] == [2]


def test_buttons_lie_apart_on_even_lines_within_what_every_screen_shows():
    for page in menu_pages(choices_of(12)):
        boxes = [button.box_px for button in page.buttons]
        assert all(side % 2 == 0 for box in boxes for side in box)
        assert all(36 <= box[0] < box[2] <= 684 and 29 <= box[1] < box[3] <= 547 for box in boxes)
        for number, (left, top, right, bottom) in enumerate(boxes):
            for other in boxes[number + 1 :]:
                assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_overlay_has_two_colours_and_no_smoothing():
    (page,) = menu_pages(choices_of(3))
    for overlay in overlays_drawn(page):
        assert (overlay.mode, overlay.size) == ("RGBA", (720, 576))
        assert len(overlay.getcolors()) == 2


def test_page_shows_each_heading_and_the_marking():
    (page,) = menu_pages(choices_of(2))
    drawn = page_drawn(page, "R v Smith")
    assert drawn.size == (720, 576)
    (other,) = menu_pages([Choice("Exhibit AB/1", ("Recorded 1 May 2024",)), Choice("", ())])
    changed = ImageChops.difference(drawn, page_drawn(other, "R v Smith")).getbbox()
    left, top, right, bottom = page.buttons[1].box_px
    assert left <= changed[0] < changed[2] <= right
    assert top <= changed[1] < changed[3] <= bottom
    warning = drawn.crop((60, 40, 330, 90))
    assert max(blue for _, (_, _, blue) in warning.getcolors(maxcolors=100_000)) > 60


@given(ANY_TEXT, st.lists(ANY_TEXT, max_size=4), ANY_TEXT)
def test_any_text_stays_inside_its_row(heading, lines, menu_heading):
    (page,) = menu_pages([Choice(heading, tuple(lines))])
    drawn = page_drawn(page, menu_heading)
    ground = drawn.getpixel((0, 0))
    right_edge = drawn.crop((664, 0, 720, 576))
    assert right_edge.getcolors() == [(56 * 576, ground)]
