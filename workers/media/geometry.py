"""Where an effect lies on one frame: interpolation, padding, hold, rounding, the grid. Pure.

The page's preview follows the same rules. All arithmetic is exact (whole numbers), so that a preview in another
language can agree to the pixel. Rounding always goes towards more cover: outwards for what is covered, inwards for
what an inverse track keeps.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from workers.media.recipe_model import Box, PictureEffect, Recipe, Run, Shape, Track, Video

SMALLEST_BLOCK_PX = 2


@dataclass(frozen=True, slots=True)
class Rect:
    """Pixels [left, right) x [top, bottom) of the shown picture."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def is_empty(self) -> bool:
        """No pixel lies in it."""
        return self.right <= self.left or self.bottom <= self.top

    def clipped(self, width: int, height: int) -> "Rect":
        """What of it lies in a picture of this size."""
        return Rect(max(self.left, 0), max(self.top, 0), min(self.right, width), min(self.bottom, height))

    def snapped(self, step: int) -> "Rect":
        """Widened to whole cells of a grid of `step` pixels that starts at the picture's top left corner."""
        return Rect(
            self.left // step * step,
            self.top // step * step,
            -(-self.right // step) * step,
            -(-self.bottom // step) * step,
        )

    def shrunk(self, step: int) -> "Rect":
        """Narrowed to whole cells of the same grid."""
        return Rect(
            -(-self.left // step) * step,
            -(-self.top // step) * step,
            self.right // step * step,
            self.bottom // step * step,
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What an inverse track leaves as it is: a rectangle on even pixels; of an ellipse, only what lies wholly in it."""

    area: Rect
    ellipse: Rect | None = None


@dataclass(frozen=True, slots=True)
class Patch:
    """One thing to cover on one frame.

    `area` is made of whole cells of `cell` pixels, save at the picture's edge. `ellipse` is the rectangle that an
    ellipse is inscribed in: only the cells that it touches are covered. `kept` stays as it is (inverse).
    """

    effect: PictureEffect
    area: Rect
    cell: int
    ellipse: Rect | None = None
    kept: tuple[Kept, ...] = ()


def block_px(size: int, blocks: int) -> int:
    """Side of a pixelation block for something `size` pixels long; at most `blocks` of them touch it, wherever it lies.

    A power of two, so that the grids of all sizes nest: a thing that comes nearer never shows a second, shifted grid.
    """
    side = SMALLEST_BLOCK_PX
    while (size + side - 2) // side + 1 > blocks:
        side *= 2
    return side


def box_at(boxes: Sequence[Box], pts: int, *, pad_pct: int = 0, is_kept: bool = False) -> Rect:
    """The box at `pts`: linear between two, the first before them, the last after them.

    Grown by `pad_pct` percent of its width and height in all, half on each side; rounded outwards, or inwards
    where `is_kept`.
    """
    after = bisect_left(boxes, pts, key=lambda box: box.pts)
    if after == len(boxes) or boxes[after].pts == pts or after == 0:
        one = other = boxes[min(after, len(boxes) - 1)]
        weight, whole = 0, 1
    else:
        one, other = boxes[after - 1], boxes[after]
        weight, whole = pts - one.pts, other.pts - one.pts
    left, top = _between(one.x, other.x, weight, whole), _between(one.y, other.y, weight, whole)
    width, height = _between(one.w, other.w, weight, whole), _between(one.h, other.h, weight, whole)
    return _rounded(left, top, width, height, unit=whole, pad_pct=pad_pct, is_kept=is_kept)


def _between(one: int, other: int, weight: int, whole: int) -> int:
    """The value between two, times `whole`."""
    return one * (whole - weight) + other * weight


def _rounded(left: int, top: int, width: int, height: int, *, unit: int, pad_pct: int, is_kept: bool) -> Rect:
    """A rectangle in pixels from one in 1/`unit` pixels."""
    unit *= 200
    left, right = left * 200 - width * pad_pct, (left + width) * 200 + width * pad_pct
    top, bottom = top * 200 - height * pad_pct, (top + height) * 200 + height * pad_pct
    if is_kept:
        return Rect(-(-left // unit), -(-top // unit), right // unit, bottom // unit)
    return Rect(left // unit, top // unit, -(-right // unit), -(-bottom // unit))


def held(run: Run, times: Sequence[int], hold_frames: int) -> tuple[int, int]:
    """[start, end) of a run with `hold_frames` frames of the source added at both ends.

    `times` are the pts of all frames of the source, ascending, at least one.
    """
    first = bisect_left(times, run.start)
    end = bisect_left(times, run.end)
    before = times[max(first - hold_frames, 0)]
    after = times[end + hold_frames] if end + hold_frames < len(times) else times[-1] + 1
    return min(before, run.start), max(after, run.end)


def covers_of(recipe: Recipe, times: Sequence[Sequence[int] | None]) -> "list[SourceCover | None]":
    """One for each source, by the pts of its frames; None where it has no picture. Each knows its neighbours' frames.

    Sources follow one another as the files of a split recording do, so what is held at a file's edge goes on in the
    next.
    """
    known = [rows or () for rows in times]
    return [
        SourceCover(recipe, at, rows, before=known[at - 1] if at else (), after=(*known, ())[at + 1]) if rows else None
        for at, rows in enumerate(times)
    ]


@dataclass(frozen=True)
class SourceCover:
    """All effects on the picture of one source, asked frame by frame. `times` are the source's pts, ascending.

    `before` and `after` are those of the sources beside it, whose tracks are held into this one over the joint.
    """

    recipe: Recipe
    source: int
    times: Sequence[int]
    before: Sequence[int] = ()
    after: Sequence[int] = ()

    @cached_property
    def _video(self) -> Video:
        video = self.recipe.sources[self.source].video
        if video is None:
            raise ValueError("a source without picture has nothing to cover")
        return video

    @cached_property
    def _size(self) -> tuple[int, int]:
        """The size that is encoded: odd sides are made even by repeating the last column or row."""
        return self._video.width + self._video.width % 2, self._video.height + self._video.height % 2

    @cached_property
    def _whole(self) -> Rect:
        return Rect(0, 0, *self._size)

    @cached_property
    def _stretches(self) -> list[tuple[Track, list[tuple[int, int, Run]]]]:
        tracks = [row for row in self.recipe.tracks if row.effect != "none"]
        own = [(track, self._held_runs(track)) for track in tracks if track.source == self.source]
        beside = [(track, list(self._spilt(track))) for track in tracks if abs(track.source - self.source) == 1]
        return own + [(track, runs) for track, runs in beside if runs]

    def _spilt(self, track: Track) -> Iterator[tuple[int, int, Run]]:
        """What is held of a neighbour's track beyond its file's edge: its last or first box, standing still."""
        hold = 0 if track.inverse else self.recipe.params.hold_frames
        is_earlier = track.source < self.source
        theirs = self.before if is_earlier else self.after
        for run in track.runs if theirs and hold else ():
            if is_earlier:
                frames = bisect_left(theirs, run.end) + hold - len(theirs)
            else:
                frames = hold - bisect_left(theirs, run.start)
            held_here = self.times[:frames] if is_earlier else self.times[-frames:]
            if frames > 0 and held_here:
                edge = box_at(run.boxes, theirs[-1] if is_earlier else theirs[0])
                box = Box(held_here[0], edge.left, edge.top, edge.right - edge.left, edge.bottom - edge.top)
                yield held_here[0], held_here[-1] + 1, Run(start=held_here[0], end=held_here[-1] + 1, boxes=(box,))

    def _held_runs(self, track: Track) -> list[tuple[int, int, Run]]:
        """An inverse track is not held: that would keep more."""
        hold = 0 if track.inverse else self.recipe.params.hold_frames
        return [(*(held(run, self.times, hold) if hold else (run.start, run.end)), run) for run in track.runs]

    def stretches(self) -> list[tuple[int, int]]:
        """Every [start, end) in pts on which something may be covered; between them no frame is touched."""
        tracks = [(start, end) for track, runs in self._stretches if not track.inverse for start, end, _ in runs]
        ranges = [(row.start, row.end) for row in self.recipe.frames if row.source == self.source]
        has_inverse = any(track.inverse for track, _ in self._stretches)
        return [*tracks, *ranges, *([(self.times[0], self.times[-1] + 1)] if has_inverse else [])]

    def patches(self, pts: int) -> list[Patch]:
        """What to cover on the frame at `pts`, in the order to do it: the stronger effect comes last and wins."""
        tracks = [*self._inverse(pts), *self._drawn(pts)]
        tracks.sort(key=lambda patch: patch.effect == "solid")
        ranges = [row for row in self.recipe.frames if row.source == self.source and row.start <= pts < row.end]
        effects = sorted({row.effect for row in ranges})
        return tracks + [self._everything(effect) for effect in effects]

    def _everything(self, effect: PictureEffect, kept: tuple[Kept, ...] = ()) -> Patch:
        cell = self._cell(effect, self._whole)
        return Patch(effect=effect, area=self._whole, cell=cell, kept=kept)

    def _inverse(self, pts: int) -> Iterator[Patch]:
        rows = [(track, runs) for track, runs in self._stretches if track.inverse]
        if not rows:
            return
        kept = [
            self._kept(box_at(run.boxes, pts, is_kept=True), track.shape)
            for track, runs in rows
            for start, end, run in runs
            if start <= pts < end
        ]
        effect: PictureEffect = "pixelate" if rows[0][0].effect == "pixelate" else "solid"
        yield self._everything(effect, tuple(each for each in kept if not each.area.is_empty))

    def _kept(self, rect: Rect, shape: Shape) -> Kept:
        area = rect.clipped(*self._size).shrunk(SMALLEST_BLOCK_PX)
        return Kept(area=area, ellipse=rect if shape == "ellipse" else None)

    def _drawn(self, pts: int) -> Iterator[Patch]:
        for track, runs in self._stretches:
            if track.inverse:
                continue
            effect: PictureEffect = "pixelate" if track.effect == "pixelate" else "solid"
            for start, end, run in runs:
                if start <= pts < end:
                    rect = box_at(run.boxes, pts, pad_pct=self.recipe.params.pad_pct)
                    yield from self._patch(rect, effect, track.shape)

    def _patch(self, rect: Rect, effect: PictureEffect, shape: Shape) -> Iterator[Patch]:
        cell = self._cell(effect, rect)
        area = rect.snapped(cell).clipped(*self._size)
        if not area.is_empty:
            yield Patch(effect=effect, area=area, cell=cell, ellipse=rect if shape == "ellipse" else None)

    def _cell(self, effect: PictureEffect, rect: Rect) -> int:
        """Solid needs only chroma's alignment."""
        if effect == "solid":
            return SMALLEST_BLOCK_PX
        return block_px(max(rect.right - rect.left, rect.bottom - rect.top), self.recipe.params.blocks)
