import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.media.geometry import Kept, Patch, Rect
from workers.media.mask import Planes, cover

WIDTH, HEIGHT = 96, 80
FILL = (16, 120, 140)
PLANES = (("y", 1), ("u", 2), ("v", 2))


def noise(seed: int) -> Planes:
    random = np.random.default_rng(seed)
    sizes = [(HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2), (HEIGHT // 2, WIDTH // 2)]
    return Planes(*(random.integers(0, 256, size, dtype=np.uint8) for size in sizes))


def copy_of(planes: Planes) -> Planes:
    return Planes(planes.y.copy(), planes.u.copy(), planes.v.copy())


def covered(planes: Planes, *patches: Patch) -> Planes:
    new = copy_of(planes)
    for patch in patches:
        cover(new, patch, fill=FILL)
    return new


@st.composite
def patches(draw):
    cell = draw(st.sampled_from([2, 4, 8, 16, 32]))
    left = draw(st.integers(0, (WIDTH - 1) // cell)) * cell
    top = draw(st.integers(0, (HEIGHT - 1) // cell)) * cell
    right = min(left + draw(st.integers(1, 5)) * cell, WIDTH)
    bottom = min(top + draw(st.integers(1, 5)) * cell, HEIGHT)
    ellipse = Rect(left, top, right, bottom) if draw(st.booleans()) else None
    return Patch(effect="pixelate", area=Rect(left, top, right, bottom), cell=cell, ellipse=ellipse)


def cells_of(patch: Patch, step: int):
    """Every whole or cut cell of the patch on one plane, as slices."""
    area, side = patch.area, patch.cell // step
    for top in range(area.top // step, area.bottom // step, side):
        for left in range(area.left // step, area.right // step, side):
            yield slice(top, min(top + side, area.bottom // step)), slice(left, min(left + side, area.right // step))


@given(patches(), st.integers(0, 1000))
def test_pixelation_is_each_blocks_rounded_mean_and_changes_nothing_outside(patch, seed):
    before = noise(seed)
    after = covered(before, Patch(effect="pixelate", area=patch.area, cell=patch.cell))
    for name, step in PLANES:
        expected = getattr(before, name).copy()
        for cell in cells_of(patch, step):
            expected[cell] = int(np.floor(getattr(before, name)[cell].mean(dtype=np.float64) + 0.5))
        assert np.array_equal(getattr(after, name), expected)


@given(patches(), st.integers(0, 1000))
def test_pictures_with_the_same_block_means_come_out_the_same(patch, seed):
    """Each block's pixels stand in reverse: another picture altogether, the same means."""
    one = noise(seed)
    other = copy_of(one)
    for name, step in PLANES:
        plane = getattr(other, name)
        for cell in cells_of(patch, step):
            plane[cell] = plane[cell][::-1, ::-1].copy()
    if patch.cell >= 8:
        assert not np.array_equal(one.y, other.y)
    whole = Patch(effect="pixelate", area=patch.area, cell=patch.cell)
    for name, _ in PLANES:
        assert np.array_equal(getattr(covered(one, whole), name), getattr(covered(other, whole), name))


@given(patches(), st.integers(0, 1000), st.integers(0, 1000))
def test_solid_depends_on_nothing_that_was_there(patch, seed, other_seed):
    solid = Patch(effect="solid", area=patch.area, cell=2)
    area = patch.area
    for seeded in (seed, other_seed):
        after = covered(noise(seeded), solid)
        for (name, step), value in zip(PLANES, FILL, strict=True):
            view = getattr(after, name)[area.top // step : area.bottom // step, area.left // step : area.right // step]
            assert (view == value).all()


@pytest.mark.parametrize("effect", ["solid", "pixelate"])
def test_the_first_pixels_in_and_beyond_the_border_are_wholly_covered_and_wholly_kept(effect):
    """Every pixel of the inner ring changes with the fill or the mean; every pixel of the outer ring is as it was."""
    before = noise(7)
    for plane in (before.y, before.u, before.v):
        plane[::2, ::2] = 255
        plane[1::2, ::2] = 0
    area = Rect(16, 16, 48, 64)
    after = covered(before, Patch(effect=effect, area=area, cell=16))
    for name, step in PLANES:
        old, new = getattr(before, name), getattr(after, name)
        rows, columns = slice(area.top // step, area.bottom // step), slice(area.left // step, area.right // step)
        outside = np.ones(old.shape, dtype=bool)
        outside[rows, columns] = False
        assert np.array_equal(old[outside], new[outside])
        side = 16 // step
        blocks = new[rows, columns].reshape((area.bottom - area.top) // 16, side, (area.right - area.left) // 16, side)
        assert (blocks == blocks[:, :1, :, :1]).all()


@given(patches())
def test_an_ellipse_is_covered_by_whole_cells_and_every_cell_that_it_touches(patch):
    around = patch.area
    before = noise(3)
    before.y[...] = 1
    after = covered(before, Patch(effect="solid", area=around, cell=patch.cell, ellipse=around))
    changed = after.y == FILL[0]
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    wide, high = around.right - around.left, around.bottom - around.top
    across = (columns + 0.5 - (around.left + around.right) / 2) / (wide / 2)
    down = (rows + 0.5 - (around.top + around.bottom) / 2) / (high / 2)
    assert changed[across**2 + down**2 < 1].all()
    for cell in cells_of(patch, 1):
        assert len(np.unique(changed[cell])) == 1
    if wide >= 8 * patch.cell and high >= 8 * patch.cell:
        assert not changed[around.top, around.left]


def test_inverse_covers_all_but_the_kept_boxes():
    before = noise(4)
    kept = (Kept(Rect(10, 10, 30, 40)), Kept(Rect(20, 20, 60, 50)))
    whole = Rect(0, 0, WIDTH, HEIGHT)
    after = covered(before, Patch(effect="solid", area=whole, cell=2, kept=kept))
    for (name, step), value in zip(PLANES, FILL, strict=True):
        stays = np.zeros((HEIGHT // step, WIDTH // step), dtype=bool)
        for each in kept:
            stays[
                each.area.top // step : each.area.bottom // step, each.area.left // step : each.area.right // step
            ] = True
        assert np.array_equal(getattr(after, name)[stays], getattr(before, name)[stays])
        assert (getattr(after, name)[~stays] == value).all()


def test_inverse_pixelation_averages_what_it_covers_and_nothing_of_what_it_keeps():
    one, other = noise(5), noise(5)
    kept = (Kept(Rect(10, 10, 30, 40)),)
    other.y[10:40, 10:30] = 255 - other.y[10:40, 10:30]
    patch = Patch(effect="pixelate", area=Rect(0, 0, WIDTH, HEIGHT), cell=32, kept=kept)
    stays = np.zeros((HEIGHT, WIDTH), dtype=bool)
    stays[10:40, 10:30] = True
    assert np.array_equal(covered(one, patch).y[~stays], covered(other, patch).y[~stays])
    assert len(np.unique(covered(one, patch).y[~stays])) <= 9


def test_an_inverse_ellipse_keeps_only_what_lies_wholly_in_it():
    before = noise(6)
    before.y[...] = 1
    around = Rect(16, 16, 80, 64)
    patch = Patch(effect="solid", area=Rect(0, 0, WIDTH, HEIGHT), cell=2, kept=(Kept(around, ellipse=around),))
    stays = covered(before, patch).y == 1
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    for corner in ((0, 0), (0, 1), (1, 0), (1, 1)):
        across, down = (columns + corner[0] - 48) / 32, (rows + corner[1] - 40) / 24
        assert ((across**2 + down**2)[stays] <= 1 + 1e-9).all()
    assert stays[40, 48]
    assert not stays[16, 16]
