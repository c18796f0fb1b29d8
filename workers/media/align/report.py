"""What is said of two recordings held beside each other: an offset with its confidence, or why none is given. Light."""

from dataclasses import dataclass
from typing import Literal

Refusal = Literal["no_sound", "too_short", "silence", "no_match", "repeating", "stretches_disagree"]


@dataclass(frozen=True, kw_only=True)
class AlignReport:
    """`offset_ms`: the other recording begins this much after the first one, in milliseconds; None where `refusal` says
    why none is given, and `sentence` says it to people.

    `confidence_pct`: how many of the stretches that were compared closely agree with the offset, as if one more had
    not (few say less than many), lowered where another offset fits nearly as well; 0 where there is none.
    `stretches`, `agreeing`: those counts. `spread_ms`: how far the agreeing ones lie apart: sound takes 3 ms a metre,
    so two cameras never agree better than their distance. `score`: how far the best offset stands out of all others, in
    standard deviations, and `second_score` the next best. `overlap_s`: how long both recorded at once. `searched_s`:
    the offsets that were tried, from, to.
    """

    v: Literal[1]
    offset_ms: int | None
    confidence_pct: int
    refusal: Refusal | None
    sentence: str
    score: float
    second_score: float
    stretches: int
    agreeing: int
    spread_ms: int
    overlap_s: float
    searched_s: tuple[float, float]
