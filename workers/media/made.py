"""What a render says of each of its segments: how it was to be made, and what became of its frames."""

from dataclasses import dataclass

from workers.media.statement import Way
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
