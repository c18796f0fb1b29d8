"""Where everything lies in the output: segments laid end to end, exactly, in one time base and in samples.

Pure. Source times are stored pts; the sound's place beside the picture comes from both streams' presentation offsets,
because an edit list may shift one of them (encoder priming) and pts are counted before edit lists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from workers.media.errors import MediaError
from workers.media.recipe_model import Recipe, Source

MAX_TICKS_PER_SECOND = 2**31 - 1


class TimeBasesDiffer(MediaError):
    """The sources count time so differently that no MP4 can hold both exactly."""

    code = "time_bases_differ"


@dataclass(frozen=True, slots=True)
class Shift:
    """Stored minus shown ticks of a source's picture and sound, each in its own time base.

    Players sound only what is stored in the half-open `heard`; None: all of it.
    """

    video: int = 0
    audio: int = 0
    heard: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A segment and where it goes.

    `out_start` and `out_end` are in ticks of the output's time base, `shown_start` in seconds as a player counts.
    """

    number: int
    source: int
    start: int
    end: int
    out_start: int
    out_end: int
    shown_start: Fraction


@dataclass(frozen=True)
class Timeline:
    """The segments in the order of the output."""

    time_base: Fraction
    segments: tuple[Placed, ...]

    @property
    def duration_s(self) -> Fraction:
        """Length of the output, exactly."""
        return self.segments[-1].out_end * self.time_base

    def out_pts(self, segment: Placed, pts: int, source_base: Fraction) -> int:
        """The output's pts of a source frame of that segment."""
        return segment.out_start + (pts - segment.start) * self.ticks(source_base)

    def ticks(self, source_base: Fraction) -> int:
        """Ticks of the output in one of a source: a whole number, for the output counts in what divides all."""
        return int(source_base / self.time_base)

    def samples(self, segment: Placed, rate: int) -> range:
        """The output's samples that a segment fills; neighbours meet without gap or overlap."""
        return range(round(segment.out_start * self.time_base * rate), round(segment.out_end * self.time_base * rate))


def segment_base(source: Source) -> Fraction:
    """Seconds a tick of segments in `source`: its picture's time base, its sound's where it has no picture."""
    stream = source.video or source.audio
    if stream is None:
        raise ValueError("a source without picture and sound has no time base")
    return Fraction(*stream.time_base)


def timeline(recipe: Recipe, shifts: Sequence[Shift]) -> Timeline:
    """Lay out a checked recipe; `shifts` are by source. Raises TimeBasesDiffer."""
    bases = [segment_base(source) for source in recipe.sources]
    common = common_base(bases[segment.source] for segment in recipe.segments)
    placed: list[Placed] = []
    at = 0
    for number, segment in enumerate(recipe.segments):
        source, base = recipe.sources[segment.source], bases[segment.source]
        shift = shifts[segment.source].video if source.video else shifts[segment.source].audio
        length = int((segment.end - segment.start) * base / common)
        shown = (segment.start - shift) * base
        placed.append(Placed(number, segment.source, segment.start, segment.end, at, at + length, shown))
        at += length
    return Timeline(time_base=common, segments=tuple(placed))


def common_base(bases: Iterable[Fraction]) -> Fraction:
    """The largest tick of which all, at least one, are whole multiples. Raises TimeBasesDiffer."""
    common, *others = bases
    for base in others:
        numerator = gcd(common.numerator * base.denominator, base.numerator * common.denominator)
        common = Fraction(numerator, common.denominator * base.denominator)
    if common.denominator > MAX_TICKS_PER_SECOND:
        raise TimeBasesDiffer(
            "These recordings count time too differently to be joined exactly. Make one working copy of each.",
            ticks_per_second=common.denominator,
        )
    return common
