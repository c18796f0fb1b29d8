"""Covers areas of a picture in place, on its Y, U and V planes; nothing is turned into RGB and back.

What pixelation leaves of an area are the means of whole blocks, nothing else: two pictures with the same block means
come out the same. Every area begins and ends on even pixels, so that a chroma sample never mixes what is covered with
what is not.
"""

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from workers.media.geometry import SMALLEST_BLOCK_PX, Kept, Patch, Rect

Cell = TypeVar("Cell", bound=np.generic)
Plane: TypeAlias = npt.NDArray[np.uint8]
Cells: TypeAlias = npt.NDArray[np.bool_]
Edges: TypeAlias = npt.NDArray[np.int64]
Distances: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Planes:
    """A 4:2:0 picture of even size: luma (height, width), chroma at half of both; writable views."""

    y: Plane
    u: Plane
    v: Plane


def cover(planes: Planes, patch: Patch, *, fill: tuple[int, int, int]) -> None:
    """Apply one patch; `fill` is (Y, U, V) for solid."""
    cells = _touched(patch)
    for plane, step, value in ((planes.y, 1, fill[0]), (planes.u, 2, fill[1]), (planes.v, 2, fill[2])):
        grid = _Grid.of(patch, step)
        view = plane[grid.top : grid.bottom, grid.left : grid.right]
        new = np.full_like(view, value) if patch.effect == "solid" else grid.spread(_means(view, grid, patch, step))
        covered = _covered(view, grid, cells, patch, step)
        if covered is None:
            view[...] = new
        else:
            np.copyto(view, new, where=covered)


@dataclass(frozen=True)
class _Grid:
    """A patch's area and cells on one plane."""

    left: int
    top: int
    right: int
    bottom: int
    cell: int

    @classmethod
    def of(cls, patch: Patch, step: int) -> "_Grid":
        area = patch.area
        return cls(area.left // step, area.top // step, area.right // step, area.bottom // step, patch.cell // step)

    @property
    def columns(self) -> Edges:
        """Where each column of cells begins, from the area's left."""
        return np.arange(0, self.right - self.left, self.cell)

    @property
    def rows(self) -> Edges:
        """Where each row of cells begins, from the area's top."""
        return np.arange(0, self.bottom - self.top, self.cell)

    def sums(self, values: npt.NDArray[Cell]) -> npt.NDArray[np.uint32]:
        """Sum of the values in each cell."""
        down = np.add.reduceat(values, self.rows, axis=0, dtype=np.uint32)
        return np.add.reduceat(down, self.columns, axis=1)

    @property
    def sizes(self) -> npt.NDArray[np.uint32]:
        """Pixels in each cell."""
        down, across = (self.bottom - self.top, self.rows), (self.right - self.left, self.columns)
        high, wide = (np.diff(np.append(starts, end)) for end, starts in (down, across))
        return np.multiply.outer(high, wide).astype(np.uint32)

    def spread(self, cells: npt.NDArray[Cell]) -> npt.NDArray[Cell]:
        """Each cell's value at each of its pixels."""
        down = np.repeat(cells, self.cell, axis=0)[: self.bottom - self.top]
        return np.repeat(down, self.cell, axis=1)[:, : self.right - self.left]


def _means(view: Plane, grid: _Grid, patch: Patch, step: int) -> Plane:
    """Rounded mean of each cell over the pixels that are covered; 0 where a cell has none."""
    if patch.kept:
        weights = _kept_weights(view, grid, patch, step)
        counts = np.maximum(grid.sums(weights), 1)
        totals = grid.sums(view.astype(np.uint32) * weights)
    else:
        totals, counts = grid.sums(view), grid.sizes
    means: Plane = ((totals + counts // 2) // counts).astype(np.uint8)
    return means


def _kept_weights(view: Plane, grid: _Grid, patch: Patch, step: int) -> npt.NDArray[np.uint32]:
    """1 where a pixel is covered, 0 where it is kept."""
    weights = np.ones(view.shape, dtype=np.uint32)
    for kept in patch.kept:
        part = weights[_slices(kept.area, grid, step)]
        part[_inside(kept, step)] = 0
    return weights


def _inside(kept: Kept, step: int) -> Cells:
    """Which pixels of a kept area stay: all, or the 2x2 cells that lie wholly in the ellipse."""
    area, cell = kept.area, SMALLEST_BLOCK_PX
    columns, rows = np.arange(area.left, area.right, cell), np.arange(area.top, area.bottom, cell)
    inside = np.ones((len(rows), len(columns)), dtype=np.bool_)
    if kept.ellipse is not None:
        around = kept.ellipse
        across = _farthest(columns, cell, around.left + around.right)
        inside = _reach(around, across, _farthest(rows, cell, around.top + around.bottom)) <= 1
    each = cell // step
    return np.repeat(np.repeat(inside, each, axis=0), each, axis=1)


def _slices(rect: Rect, grid: _Grid, step: int) -> tuple[slice, slice]:
    rows = slice(rect.top // step - grid.top, rect.bottom // step - grid.top)
    return rows, slice(rect.left // step - grid.left, rect.right // step - grid.left)


def _covered(view: Plane, grid: _Grid, cells: Cells | None, patch: Patch, step: int) -> Cells | None:
    """Which pixels of the area change; None for all."""
    if cells is not None:
        return grid.spread(cells)
    if patch.kept:
        return _kept_weights(view, grid, patch, step).astype(np.bool_)
    return None


def _touched(patch: Patch) -> Cells | None:
    """Which cells the ellipse touches: the cell's point nearest the centre lies within it."""
    if patch.ellipse is None:
        return None
    grid, around = _Grid.of(patch, 1), patch.ellipse
    across = _nearest(grid.columns + grid.left, grid.cell, around.left + around.right)
    down = _nearest(grid.rows + grid.top, grid.cell, around.top + around.bottom)
    touched: Cells = _reach(around, across, down) < 1
    return touched


def _reach(around: Rect, across: Distances, down: Distances) -> npt.NDArray[np.float64]:
    """1 on the ellipse inscribed in `around`, less within; distances from its centre in half pixels."""
    wide, high = around.right - around.left, around.bottom - around.top
    reach: npt.NDArray[np.float64] = (across[None, :] / wide) ** 2 + (down[:, None] / high) ** 2
    return reach


def _nearest(starts: Edges, cell: int, centre_twice: int) -> Distances:
    """Half pixels from the centre to the nearest point of each cell [start, start + cell], along one axis."""
    low, high = 2 * starts - centre_twice, 2 * (starts + cell) - centre_twice
    return np.maximum(np.maximum(low, -high), 0)


def _farthest(starts: Edges, cell: int, centre_twice: int) -> Distances:
    """Half pixels from the centre to the farthest point of each cell, along one axis."""
    low, high = 2 * starts - centre_twice, 2 * (starts + cell) - centre_twice
    return np.maximum(np.abs(low), np.abs(high))
