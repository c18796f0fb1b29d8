"""What is typed as lines, without script and without a mouse."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.editing.lines import LineWrong, boxes_read, covers_read, moment_read, stretches_read
from evidence.editing.stretches import Edge, Stretch

WITHIN = Fraction(999, 1_000_000)


def at(seconds: str) -> Edge:
    return Edge(seconds=Fraction(seconds) + WITHIN)


@pytest.mark.parametrize(
    ("line", "stretch"),
    [
        ("0:12.5 to 0:20", Stretch(at("12.5"), at("20"))),
        ("12.5-20", Stretch(at("12.5"), at("20"))),
        ("1:02:03.25 to 1:02:04", Stretch(at("3723.25"), at("3724"))),
        ("f300 to f499", Stretch(Edge(frame=300), Edge(frame=500))),
        ("Frame 7 - frame 7", Stretch(Edge(frame=7), Edge(frame=8))),
        ("f10 to 0:12", Stretch(Edge(frame=10), at("12"))),
    ],
)
def test_a_stretch_by_times_or_by_frames_both_included(line, stretch):
    assert stretches_read(line) == [stretch]


@pytest.mark.parametrize(
    "line", ["soon to later", "0:12", "0:12 to", "-5 to 3", "1:2:3:4 to 5", "f1.5 to f2", "0:1e3 to 4"]
)
def test_a_line_that_cannot_be_read_is_named_with_an_example(line):
    with pytest.raises(LineWrong, match=r"Line 2, .* cannot be read\. Write it like this: 0:12\.5 to 0:20"):
        stretches_read(f"f1 to f2\n{line}")


def test_empty_lines_do_not_count_and_order_is_kept():
    assert [row.start.frame for row in stretches_read("\n f9 to f9 \n\n f1 to f2\n")] == [9, 1]


def test_box_has_a_stretch_four_numbers_and_perhaps_an_effect():
    first, second = boxes_read("f1 to f9, 100, 80, 60, 40\nf1 to f9, 0,0,10,10, Pixelate")
    assert (first.box, first.effect) == ((100, 80, 60, 40), "solid")
    assert (second.box, second.effect) == ((0, 0, 10, 10), "pixelate")


@pytest.mark.parametrize(
    "line", ["f1 to f9, 1, 2, 3", "f1 to f9, 1, 2, 3, -4", "f1 to f9, 1, 2, 3, 4, blur", "1, 2, 3, 4"]
)
def test_box_that_cannot_be_read_is_refused(line):
    with pytest.raises(LineWrong, match="Line 1"):
        boxes_read(line)


def test_cover_is_solid_unless_it_says_otherwise():
    assert [effect for _, effect in covers_read("f1 to f2\nf3 to f4, pixelate")] == ["solid", "pixelate"]
    with pytest.raises(LineWrong):
        covers_read("f1 to f2, invisible")


def test_moment_is_a_frame_or_a_time():
    assert moment_read(" f312 ") == Edge(frame=312)
    assert moment_read("0:12.480") == at("12.48")
    with pytest.raises(LineWrong, match="f312, or a time such as"):
        moment_read("noon")


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text):
    for read in (stretches_read, covers_read, boxes_read, moment_read):
        try:
            read(text)
        except LineWrong as wrong:
            assert str(wrong)  # noqa: PT017 - anything but LineWrong fails
