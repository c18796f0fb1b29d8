"""What a recipe of version 1 or 2 is made of: frozen types, and nothing that reads files or knows pixels.

Light on purpose (standard library only), because the Django side imports it. The one thing to know: every time here
is a whole number in the source's own time base as stored in the container before edit lists, ranges are half-open,
and every pixel is a whole number in the picture as it is shown (after rotation, before the sample aspect ratio is
applied).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workers.media.errors import MediaError

Role = Literal["master", "copy"]
TrackKind = Literal["face", "person", "plate", "screen", "document", "other"]
Shape = Literal["box", "ellipse"]
TrackEffect = Literal["none", "solid", "pixelate"]
PictureEffect = Literal["solid", "pixelate"]
SoundEffect = Literal["mute", "bleep"]
OutputKind = Literal["video", "still", "audio"]
AudioChoice = Literal["keep", "drop"]
TimeShown = Literal["none", "recording", "clock"]

RECIPE_VERSION = 1
OVERLAY_VERSION = 2
"""Of recipes with an overlay; all others are written as version 1, in the bytes they always had (decision 0018)."""
MAX_LINE = 120
MAX_BLOCKS = 8
MAX_TOLD = 10


@dataclass(frozen=True, slots=True)
class Video:
    """A source's picture: stream index, time base (n, d), shown width and height, clockwise rotation, SAR (n, d)."""

    stream: int
    time_base: tuple[int, int]
    width: int
    height: int
    rotation: int = 0
    sar: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Audio:
    """A source's sound: stream index, time base (n, d), samples a second."""

    stream: int
    time_base: tuple[int, int]
    rate: int


@dataclass(frozen=True, slots=True)
class Source:
    """One file the output is made from: its id (UUID), SHA-256 (hex), and which of its streams are used."""

    file: str
    sha256: str
    role: Role
    video: Video | None
    audio: Audio | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch [start, end) of one source, in its video time base (its audio's where it has no picture)."""

    source: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle at one instant: pts, left, top, width, height."""

    pts: int
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Run:
    """A track's stretch [start, end): linear between boxes, the first box before it, the last one after it."""

    start: int
    end: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One thing in the picture, followed through time: where it is (runs) and what happens to it (effect)."""

    id: str
    kind: TrackKind
    found_by: str
    shape: Shape
    effect: TrackEffect
    inverse: bool
    reason: str
    source: int
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class FrameRange:
    """The whole picture is covered for [start, end) of a source, in its video time base."""

    source: int
    start: int
    end: int
    effect: PictureEffect


@dataclass(frozen=True, slots=True)
class AudioRange:
    """The sound is taken out for [start, end) of a source, in its audio time base."""

    source: int
    start: int
    end: int
    effect: SoundEffect
    reason: str


@dataclass(frozen=True, slots=True)
class Params:
    """How far effects reach.

    Percent that a box grows by, frames held at both ends of a run, blocks across a padded box, the fill as (Y, U, V),
    milliseconds added to both ends of a mute, the bleep in hertz.
    """

    pad_pct: int = 30
    hold_frames: int = 10
    blocks: int = MAX_BLOCKS
    fill: tuple[int, int, int] = (16, 128, 128)
    mute_widen_ms: int = 100
    bleep_hz: int = 1000


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is written on every picture, last of all: a caption, the name of who the copy is for, and the time.

    `starts`: one a source where a time is written, else none: milliseconds at which it begins, since the recording
    began (`recording`) or since 1970 in UTC (`clock`).
    """

    caption: str | None = None
    viewer: str | None = None
    time: TimeShown = "none"
    starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Output:
    """What comes out; `compatible` asks for a file encoded anew throughout, the form every player is known to take."""

    kind: OutputKind = "video"
    compatible: bool = True
    audio: AudioChoice = "keep"


@dataclass(frozen=True, slots=True)
class Recipe:
    """A working copy, said in full: the same recipe on the same files gives the same output."""

    sources: tuple[Source, ...]
    segments: tuple[Segment, ...]
    tracks: tuple[Track, ...] = ()
    frames: tuple[FrameRange, ...] = ()
    audio: tuple[AudioRange, ...] = ()
    params: Params = Params()
    overlay: Overlay | None = None
    output: Output = Output()


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a recipe: where (RFC 6901 pointer), a stable code, and a sentence for people."""

    pointer: str
    code: str
    detail: str


class RecipeError(MediaError):
    """A recipe that cannot be rendered. `problems` holds every one that was found, in the order of the recipe."""

    code = "recipe_invalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        told = [problem.detail for problem in self.problems[:MAX_TOLD]]
        if len(self.problems) > MAX_TOLD:
            told.append(f"There are {len(self.problems) - MAX_TOLD} more problems.")
        super().__init__(" ".join(told), count=len(self.problems))

    def to_obj(self) -> dict[str, object]:
        """The wire form, with all problems under `data.problems`."""
        rows = [{"pointer": row.pointer, "code": row.code, "detail": row.detail} for row in self.problems]
        return {"code": self.code, "message": self.message, "data": {"count": len(rows), "problems": rows}}
