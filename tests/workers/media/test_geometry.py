from bisect import bisect_left
from fractions import Fraction
from math import ceil, floor

from hypothesis import given
from hypothesis import strategies as st

from workers.media.geometry import Rect, SourceCover, block_px, box_at, held
from workers.media.recipe import Box, FrameRange, Params, Recipe, Run, Segment, Source, Track, Video

USUAL = Params()
EDGES = st.integers(-2_000, 2_000)
SIDES = st.integers(1, 2_000)


@st.composite
def runs(draw):
    times = sorted(draw(st.sets(st.integers(-10_000, 10_000), min_size=1, max_size=6)))
    return [Box(pts, draw(EDGES), draw(EDGES), draw(SIDES), draw(SIDES)) for pts in times]


def inside(inner: Rect, outer: Rect) -> bool:
    return (
        outer.left <= inner.left
        and outer.top <= inner.top
        and inner.right <= outer.right
        and inner.bottom <= outer.bottom
    )


@given(runs(), st.integers(-11_000, 11_000))
def test_boxes_are_linear_between_keys_and_rounded_outwards(boxes, pts):
    after = bisect_left([box.pts for box in boxes], pts)
    one, other = boxes[max(after - 1, 0)], boxes[min(after, len(boxes) - 1)]
    if pts >= other.pts:
        one = other
    elif pts <= one.pts:
        other = one
    share = Fraction(pts - one.pts, other.pts - one.pts) if one is not other else Fraction(0)
    left = one.x + (other.x - one.x) * share
    right = left + one.w + (other.w - one.w) * share
    top = one.y + (other.y - one.y) * share
    bottom = top + one.h + (other.h - one.h) * share
    assert box_at(boxes, pts) == Rect(floor(left), floor(top), ceil(right), ceil(bottom))
    assert box_at(boxes, pts, is_kept=True) == Rect(ceil(left), ceil(top), floor(right), floor(bottom))


@given(runs())
def test_at_a_key_the_box_is_the_key(boxes):
    for box in boxes:
        assert box_at(boxes, box.pts) == Rect(box.x, box.y, box.x + box.w, box.y + box.h)


@given(runs(), st.integers(-11_000, 11_000), st.integers(0, 200), st.integers(0, 200))
def test_more_padding_never_covers_less(boxes, pts, some, more):
    low, high = sorted((some, more))
    assert inside(box_at(boxes, pts, pad_pct=low), box_at(boxes, pts, pad_pct=high))


def test_padding_grows_the_box_by_its_percentage_in_all():
    assert box_at([Box(0, 100, 100, 100, 200)], 0, pad_pct=30) == Rect(85, 70, 215, 330)


@given(st.integers(1, 20_000), st.integers(2, 8), st.integers(0, 4_096))
def test_no_more_than_the_allowed_blocks_touch_a_box_wherever_it_lies(size, blocks, at):
    side = block_px(size, blocks)
    assert (at + size - 1) // side - at // side + 1 <= blocks
    assert side & (side - 1) == 0
    assert side % 2 == 0


@given(st.integers(1, 20_000), st.integers(2, 8))
def test_blocks_are_no_coarser_than_they_must_be(size, blocks):
    side = block_px(size, blocks)
    if side > 2:
        smaller = side // 2
        assert max((at + size - 1) // smaller - at // smaller + 1 for at in range(smaller)) > blocks


@given(st.lists(st.integers(1, 500), min_size=1, max_size=40), st.data())
def test_a_run_is_held_by_whole_frames_on_both_sides(steps, data):
    times = [sum(steps[:number]) for number in range(len(steps))]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(times), st.integers(0, times[-1] + 5))))
    hold = data.draw(st.integers(0, 12))
    run = Run(start=start, end=max(end, start + 1), boxes=(Box(start, 0, 0, 1, 1),))
    low, high = held(run, times, hold)
    plain = [number for number, pts in enumerate(times) if run.start <= pts < run.end]
    found = [number for number, pts in enumerate(times) if low <= pts < high]
    if plain:
        assert found == list(range(max(plain[0] - hold, 0), min(plain[-1] + hold, len(times) - 1) + 1))


def cover(
    *tracks: Track, frames: tuple[FrameRange, ...] = (), params: Params = USUAL, size: tuple[int, int] = (640, 480)
) -> SourceCover:
    source = Source("f", "s", "master", Video(0, (1, 100), *size), None)
    recipe = Recipe(sources=(source,), segments=(Segment(0, 0, 100),), tracks=tracks, frames=frames, params=params)
    return SourceCover(recipe=recipe, source=0, times=range(0, 100, 2))


def track(effect: str, *, inverse: bool = False, shape: str = "box", box: tuple[int, ...] = (101, 51, 60, 40)) -> Track:
    run = Run(start=40, end=60, boxes=(Box(40, *box),))
    return Track(f"{effect}{inverse}", "face", "hand", shape, effect, inverse, "r", 0, (run,))


def test_a_run_is_held_ten_frames_and_then_ends():
    seen = [pts for pts in range(0, 100, 2) if cover(track("solid")).patches(pts)]
    assert seen == list(range(20, 80, 2))


def test_effect_none_covers_nothing():
    assert cover(track("none")).patches(50) == []


def test_solid_is_widened_to_even_pixels_and_pixelation_to_whole_blocks():
    plain = Params(pad_pct=0, hold_frames=0)
    (solid,) = cover(track("solid"), params=plain).patches(50)
    assert solid.area == Rect(100, 50, 162, 92)
    (coarse,) = cover(track("pixelate"), params=plain).patches(50)
    assert (coarse.cell, coarse.area) == (16, Rect(96, 48, 176, 96))


@given(st.tuples(EDGES, EDGES, SIDES, SIDES), st.sampled_from(["solid", "pixelate"]), st.integers(0, 200))
def test_what_is_covered_holds_the_padded_box_and_stays_in_the_picture(box, effect, pad_pct):
    patches = cover(track(effect, box=box), params=Params(pad_pct=pad_pct)).patches(50)
    padded = box_at([Box(40, *box)], 50, pad_pct=pad_pct).clipped(640, 480)
    if padded.is_empty:
        return
    assert inside(padded, patches[0].area)
    assert inside(patches[0].area, Rect(0, 0, 640, 480))
    assert all(edge % 2 == 0 for edge in (patches[0].area.left, patches[0].area.top))


def test_an_inverse_track_keeps_its_box_rounded_inwards_and_is_neither_padded_nor_held():
    found = {pts: cover(track("solid", inverse=True)).patches(pts) for pts in (38, 40, 58, 60)}
    assert found[38][0].kept == found[60][0].kept == ()
    assert found[40][0].kept[0].area == found[58][0].kept[0].area == Rect(102, 52, 160, 90)
    assert all(patches[0].area == Rect(0, 0, 640, 480) for patches in found.values())


def test_whole_frame_ranges_come_after_tracks_and_solid_after_pixelation():
    frames = (FrameRange(0, 50, 52, "solid"), FrameRange(0, 50, 51, "pixelate"))
    found = cover(track("solid"), track("pixelate"), frames=frames).patches(50)
    assert [patch.effect for patch in found] == ["pixelate", "solid", "pixelate", "solid"]
    assert found[-1].area == Rect(0, 0, 640, 480)
    assert len(cover(frames=frames).patches(52)) == 0


def test_an_odd_picture_is_covered_to_its_repeated_edge():
    (patch,) = cover(frames=(FrameRange(0, 0, 9, "solid"),), size=(321, 241)).patches(0)
    assert patch.area == Rect(0, 0, 322, 242)
