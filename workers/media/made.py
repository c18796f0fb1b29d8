"""What a render says of each of its segments: how it was to be made, and what became of its frames."""

from dataclasses import dataclass

from workers.media.statement import StatedPart, Way
from workers.media.timeline import Placed


@dataclass(frozen=True, slots=True)
class Planned:
    """How one segment is made, and why, in words for the statement."""

    segment: Placed
    way: Way
    because: str


@dataclass
class Made:
    """What became of one segment's frames."""

    planned: Planned
    frames_in: int
    encoded: int = 0
    copied: int = 0
    covered: int = 0
    damaged: int = 0
    first_pts: int | None = None
    last_pts: int | None = None


MOST_PARTS = 5_000
"""In one statement: beyond it a copy is encoded throughout, or its statement tells segments only."""


def follows(part: StatedPart, source: int, frame: int) -> bool:
    """Whether a frame of a source is the one after the last of a part."""
    return part.source == source and part.source_first + part.frames == frame
