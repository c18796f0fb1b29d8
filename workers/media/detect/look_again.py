"""Looks at a finished copy once more and lists what can still be seen: a person signs that list.

With the recipe it was made by, what the detector sees *under* a cover (it may take a pixelated face for a face) is told
apart from what is bare. The copy alone is looked at; of the Master only the frame index is needed.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from workers.media.detect.analyse import detect
from workers.media.detect.detectors import Guarded
from workers.media.detect.report import MOST_PLACES, THUMBNAIL_BYTES, FoundTrack, LookAgainReport, Place, Places
from workers.media.detect.watching import picture_of
from workers.media.errors import BadRequest
from workers.media.frames import SourceFrames
from workers.media.geometry import Patch, Rect, SourceCover, box_at, covers_of
from workers.media.recipe import Box, Recipe
from workers.media.reports import Finding
from workers.media.timeline import Shift, Timeline, timeline
from workers.media.wire import to_obj

COVERED_SHARE = 0.8
"""A find of which so much lies under covers is taken for the cover itself."""
THUMBNAIL_PX = 96
MARGIN = 0.5


@dataclass(frozen=True)
class Covers:
    """What a recipe covers, asked by the time of the copy. `times`: the pts of each source's frames, in its order."""

    recipe: Recipe
    times: Sequence[Sequence[int]]

    def __post_init__(self) -> None:
        if len(self.times) != len(self.recipe.sources):
            raise BadRequest(
                f"The recipe has {len(self.recipe.sources)} sources; {len(self.times)} indexes were given."
            )

    @cached_property
    def _line(self) -> Timeline:
        return timeline(self.recipe, [Shift()] * len(self.recipe.sources))

    @cached_property
    def _sources(self) -> list[SourceCover | None]:
        return covers_of(self.recipe, self.times)

    def is_covered(self, box: Rect, shown_s: Fraction) -> bool:
        """Whether most of the box lies under covers at this time of the copy, in seconds as a player counts."""
        tick = round(shown_s / self._line.time_base)
        for segment in self._line.segments:
            video = self.recipe.sources[segment.source].video
            if segment.out_start <= tick < segment.out_end and video is not None:
                pts = segment.start + round(
                    (tick - segment.out_start) * self._line.time_base / Fraction(*video.time_base)
                )
                cover = self._sources[segment.source]
                patches = cover.patches(pts) if cover is not None else ()
                return covered_share(box, patches, (video.width, video.height)) >= COVERED_SHARE
        return False


def covered_share(box: Rect, patches: Sequence[Patch], size: tuple[int, int]) -> float:
    """The share of the box's pixels, as far as they lie in the picture, that any of the patches covers."""
    inside = box.clipped(*size)
    if inside.is_empty:
        return 1.0
    hidden = np.zeros((inside.bottom - inside.top, inside.right - inside.left), dtype=bool)
    for patch in patches:
        layer = np.zeros_like(hidden)
        layer[_within(patch.area, inside)] = True
        for kept in patch.kept:
            layer[_within(kept.area, inside)] = False
        hidden |= layer
    return float(hidden.mean())


def _within(area: Rect, frame: Rect) -> tuple[slice, slice]:
    rows = slice(max(area.top - frame.top, 0), max(area.bottom - frame.top, 0))
    return rows, slice(max(area.left - frame.left, 0), max(area.right - frame.left, 0))


def look_again(
    frames: SourceFrames, out: Path, detectors: Sequence[Guarded], *, covers: Covers | None = None
) -> LookAgainReport:
    """Write the list of places where something can still be seen to `out`. Raises as `detect`."""
    found = detect(frames, detectors)
    rows = [row for track in found.tracks for row in _bare(track, frames, covers)]
    rows.sort(key=lambda row: (row.is_doubtful, -row.score))
    findings = list(found.findings)
    if len(rows) > MOST_PLACES:
        sentence = f"{len(rows)} places were found; the {MOST_PLACES} surest are listed. The copy is not covered well."
        findings.append(Finding(code="many_places", sentence=sentence))
    places = tuple(sorted(rows[:MOST_PLACES], key=lambda row: (row.is_doubtful, row.start)))
    under = len(found.tracks) - len({row.track for row in rows})
    listed = Places(
        v=1,
        video=found.video,
        frames=found.frames,
        detectors=found.detectors,
        places=places,
        covered=under,
        findings=tuple(findings),
    )
    out.write_text(json.dumps(to_obj(listed), separators=(",", ":")), encoding="ascii")
    return LookAgainReport(
        v=1,
        frames=found.frames,
        places=len(places),
        places_doubtful=sum(place.is_doubtful for place in places),
        covered=under,
        detectors=found.detectors,
        findings=tuple(findings),
    )


def _bare(track: FoundTrack, frames: SourceFrames, covers: Covers | None) -> Iterator[Place]:
    """The stretches of a track in which it is not under a cover."""
    index = frames.index
    for run in track.runs:
        boxes = [Box(*box) for box in run.boxes]
        states = [(pts, box_at(boxes, pts)) for pts in index.pts if run.start <= pts < run.end]
        for is_bare, part in groupby(states, key=lambda row: _is_bare(row[1], row[0], frames, covers)):
            stretch = list(part)
            if not is_bare:
                continue
            pts, box = _best(stretch, track)
            first, last = index.frame_of_pts(stretch[0][0]), index.frame_of_pts(stretch[-1][0])
            end = index.end_of(last)
            yield Place(
                track=track.id,
                kind=track.kind,
                found_by=track.found_by,
                score=track.score,
                is_doubtful=track.is_doubtful,
                start=stretch[0][0],
                end=end,
                start_s=float(index.seconds_of(first)),
                end_s=float((end - index.presentation_offset) * index.time_base),
                frames=(first, last + 1),
                box_frame=index.frame_of_pts(pts),
                box=(pts, box.left, box.top, box.right - box.left, box.bottom - box.top),
                thumbnail_jpeg=_thumbnail(frames, pts, box),
            )


def _is_bare(box: Rect, pts: int, frames: SourceFrames, covers: Covers | None) -> bool:
    return covers is None or not covers.is_covered(box, frames.index.seconds_of(frames.index.frame_of_pts(pts)))


def _best(stretch: Sequence[tuple[int, Rect]], track: FoundTrack) -> tuple[int, Rect]:
    """Where the whole track is seen best, if that lies in the stretch; else the middle of the stretch."""
    return next((row for row in stretch if row[0] == track.thumbnail[0]), stretch[len(stretch) // 2])


def _thumbnail(frames: SourceFrames, pts: int, box: Rect) -> str:
    """A small JPEG of the box and what is around it, as base64; empty where the frame cannot be decoded."""
    frame = next(frames.between(pts, pts + 1), None)
    video = frames.video
    if frame is None:
        return ""
    picture = picture_of(frame, video.rotation, (video.width, video.height))
    across, down = int((box.right - box.left) * MARGIN), int((box.bottom - box.top) * MARGIN)
    area = Rect(box.left - across, box.top - down, box.right + across, box.bottom + down).clipped(*picture.shape[1::-1])
    cropped = picture[area.top : area.bottom, area.left : area.right, ::-1]
    scale = min(THUMBNAIL_PX / max(cropped.shape[:2]), 1.0)
    small = cv2.resize(np.ascontiguousarray(cropped), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    for quality in (80, 60, 40, 20):
        _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, quality])
        if encoded.size <= THUMBNAIL_BYTES:
            break
    return base64.b64encode(encoded.tobytes()).decode()
