"""Sound of a recording beyond its pictures: cameras begin and end the two at different times.

A copy is made of pictures, each with the sound of its time, so what sounds before the first or after the last of all is
in none. That is said here, to the millisecond: whoever keeps 'the whole recording' must know what is not in the copy.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from workers.media.inputs import Input
from workers.media.rendering import Rendering
from workers.media.reports import Finding
from workers.media.smart.joining import Joining

TOLD_FROM_MS = 100
"""Sound is stored in blocks of up to 128 ms of silence-padded samples at the low rates of cameras: less is no news."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Milliseconds of sound, cut to whole ones."""

    before_ms: int
    after_ms: int

    def findings(self) -> Iterator[Finding]:
        """A sentence where it is enough to be heard as more than a click."""
        told = (
            (self.before_ms, "before the first picture"),
            (self.after_ms, "after the last picture"),
        )
        said = [f"{ms / 1000:.2f} seconds {where}" for ms, where in told if ms >= TOLD_FROM_MS]
        if said:
            sentence = (
                f"The recording has sound beyond its pictures: {' and '.join(said)}. This copy lasts as long as its "
                "pictures, so that sound is not in it; it can be heard in the recording."
            )
            yield Finding(code="sound_left_out", sentence=sentence)


def sound_left_out(work: Rendering | Joining) -> LeftOut:
    """What the render's segments leave out at the recording's own ends, each end of a source once."""
    before: dict[int, Fraction] = {}
    after: dict[int, Fraction] = {}
    for segment in work.line.segments if work.sound is not None and work.copied_sound is None else ():
        row = work.inputs[segment.source]
        heard_s = _heard_s(row)
        if row.index is None or heard_s is None:
            continue
        if segment.start <= row.index.pts_of(0):
            before[segment.source] = segment.shown_start - heard_s[0]
        if segment.end >= row.index.end_pts:
            after[segment.source] = heard_s[1] - (row.index.end_pts - row.shift.video) * row.index.time_base
    return LeftOut(_ms(before.values()), _ms(after.values()))


def _heard_s(row: Input) -> tuple[Fraction, Fraction] | None:
    """Shown seconds at which its sound begins and ends; None where it has none, or none that is counted."""
    audio, index = row.source.audio, row.index
    if audio is None or index is None or index.audio_range is None or index.audio_time_base is None:
        return None
    first, end = ((tick - row.shift.audio) * index.audio_time_base for tick in index.audio_range)
    return first, end


def _ms(found: Iterable[Fraction]) -> int:
    return int(sum((max(seconds, Fraction(0)) for seconds in found), Fraction(0)) * 1000)
