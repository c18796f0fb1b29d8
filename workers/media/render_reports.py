"""What renders and stills say when they are done. Light; read one back with `wire.from_obj`."""

from dataclasses import dataclass
from typing import Literal

from workers.media.reports import Finding, Ratio
from workers.media.statement import Statement


@dataclass(frozen=True, kw_only=True)
class RenderReport:
    """A rendered MP4. Width and height in pixels, duration in seconds, size in bytes; no picture: 0x0 and no frames."""

    v: Literal[1]
    width: int
    height: int
    frames: int
    duration_s: float
    size_bytes: int
    statement: Statement
    statement_sha256: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class StillReport:
    """A rendered PNG, upright, in square pixels.

    Which frame it is: number in the index, stored pts and time base, seconds as a player counts, and the whole
    milliseconds of those (cut, not rounded, as pages show times). Its size in pixels. `is_damaged`: the decoder mended
    it, or one that it may lean on.
    """

    v: Literal[1]
    frame: int
    pts: int
    time_base: Ratio
    shown_s: float
    shown_ms: int
    width: int
    height: int
    size_bytes: int
    is_redacted: bool
    is_damaged: bool
    statement: Statement | None
    statement_sha256: str | None


@dataclass(frozen=True, kw_only=True)
class SplitReport:
    """How a render is parted: frames to encode by part, in order; none where it is made in one piece.

    `way`: every frame is encoded (full), or what must change is (smart). `why_not`: why a full one, where smart was
    asked for.
    """

    v: Literal[1]
    way: Literal["full", "smart"]
    parts: tuple[int, ...]
    why_not: str


@dataclass(frozen=True, kw_only=True)
class PartReport:
    """One part that was made: how many frames it has, and the hash over their slices."""

    v: Literal[1]
    number: int
    of: int
    frames: int
    pictures_sha256: str
    size_bytes: int
