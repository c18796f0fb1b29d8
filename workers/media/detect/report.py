"""What detection says, as light frozen types: the file `T.json`, and the summary on standard output.

Version 1 of the file: `{"v": 1, "video": {...}, "range": [start, end], "detectors": [...], "tracks": [...], ...}`, each
part as the types below, tuples as lists. Times are stored pts of the recording, ranges half-open, pixels whole numbers
of the shown picture: as a recipe counts. Read one back with `tracks_read`.
"""

from dataclasses import dataclass
from typing import Literal

from workers.media.recipe_model import TrackKind
from workers.media.reports import Finding, Ratio

VERSION: Literal[1] = 1
MOST_PLACES = 200
"""A list that is longer than that is no list for people; of more, the surest are on it."""
THUMBNAIL_BYTES = 3000


@dataclass(frozen=True, kw_only=True)
class VideoFacts:
    """The picture that was looked at: stream, time base, shown size, rotation, sample aspect (as in a recipe)."""

    stream: int
    time_base: Ratio
    width: int
    height: int
    rotation: int
    sar: Ratio


@dataclass(frozen=True, kw_only=True)
class DetectorFacts:
    """Which detector was used. `refused`: boxes that could not be and were dropped."""

    name: str
    version: str
    sha256: str
    licence: str
    kind: TrackKind
    refused: int

    @property
    def found_by(self) -> str:
        """NAME:VERSION:SHA256."""
        return f"{self.name}:{self.version}:{self.sha256}"


@dataclass(frozen=True, kw_only=True)
class FoundRun:
    """A stretch [start, end) of a track: boxes [pts, x, y, w, h], linear between them.

    `bridged`: the parts of it where nothing was seen and the box is filled in from both sides.
    """

    start: int
    end: int
    boxes: tuple[tuple[int, int, int, int, int], ...]
    bridged: tuple[tuple[int, int], ...]


@dataclass(frozen=True, kw_only=True)
class FoundTrack:
    """One thing, as far as it could be followed.

    `score` from 0 to 1: how sure it is that it is one. `is_doubtful`: too short or too unsure to be covered unasked; a
    person decides. `looks` on which it was seen. `thumbnail`: the pts at which it is seen best, and its box there.
    """

    id: str
    kind: TrackKind
    found_by: str
    score: float
    is_doubtful: bool
    looks: int
    thumbnail: tuple[int, int, int, int, int]
    runs: tuple[FoundRun, ...]


@dataclass(frozen=True, kw_only=True)
class Tracks:
    """What was found in [start, end) of a recording.

    `looks`: pictures that were looked at; `looks_spared`: those that nothing had moved in, so that what was found
    before still held. `left_out`: faint finds on one or two looks, which are noise far more often than not.
    """

    v: Literal[1]
    video: VideoFacts
    range: tuple[int, int]
    frames: int
    looks: int
    looks_spared: int
    detectors: tuple[DetectorFacts, ...]
    tracks: tuple[FoundTrack, ...]
    left_out: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Lost:
    """A stretch [start, end) in which a followed thing was not seen; whether it was taken up again behind it."""

    start: int
    end: int
    is_found_again: bool


@dataclass(frozen=True, kw_only=True)
class FollowReport:
    """A drawn box [pts, x, y, w, h] followed through [start, end): where it was seen, and where it was lost."""

    v: Literal[1]
    key: tuple[int, int, int, int, int]
    range: tuple[int, int]
    frames: int
    runs: tuple[FoundRun, ...]
    lost: tuple[Lost, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class DetectReport:
    """The summary: counts of what is in the file. `cpu_s`: processor seconds that it took."""

    v: Literal[1]
    range: tuple[int, int]
    frames: int
    looks: int
    looks_spared: int
    detectors: tuple[DetectorFacts, ...]
    tracks: int
    tracks_doubtful: int
    left_out: int
    size_bytes: int
    cpu_s: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class LinksReport:
    """Which tracks of neighbouring stretches are of one thing: [stretch, track in it, track in the next], from 0."""

    v: Literal[1]
    links: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Something that can still be seen in a copy: in [start, end) of the copy's pts, and as seconds a player counts.

    `frames` are the same stretch in numbers of the copy's frames, counted from 0, the end not included. `box` is
    [pts, x, y, w, h] where it is seen best, on the frame `box_frame`; `thumbnail_jpeg` that place as a small JPEG in
    base64. Places of one `track` are of the same thing.
    """

    track: str
    kind: TrackKind
    found_by: str
    score: float
    is_doubtful: bool
    start: int
    end: int
    start_s: float
    end_s: float
    frames: tuple[int, int]
    box: tuple[int, int, int, int, int]
    box_frame: int
    thumbnail_jpeg: str


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a second look at a copy found: the sure ones first, each kind in order of time.

    `covered`: finds that lie under covers throughout.
    """

    v: Literal[1]
    video: VideoFacts
    frames: int
    detectors: tuple[DetectorFacts, ...]
    places: tuple[Place, ...]
    covered: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class LookAgainReport:
    """The summary: counts of what is in the list."""

    v: Literal[1]
    frames: int
    places: int
    places_doubtful: int
    covered: int
    detectors: tuple[DetectorFacts, ...]
    findings: tuple[Finding, ...]
