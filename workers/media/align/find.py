"""Finds by how much one recording began after another, from what both microphones heard, and says how sure it is.

Two steps. The outlines of both (how much louder each band gets, hundredth by hundredth) are correlated over all offsets
allowed, each offset judged against what all the others give. Then a dozen stretches in which much
happens are compared sample by sample with GCC-PHAT (Knapp and Carter, 1976: correlation of phases alone, which survives
another microphone's colour) around the offset found; those that agree make the offset, and how many agree is the
confidence. Where it is not to be told, nothing is told: silence, a sound that repeats, nothing in common.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workers.media.align.report import AlignReport, Refusal
from workers.media.align.sound import (
    OUTLINE_RATE,
    RATE,
    Heard,
    Outline,
    Samples,
    heard_of,
    outline_of,
    samples_of,
)

SHORTEST_OVERLAP_S = 5
SHORTEST_S = 6
LEAST_SCORE = 5.0
"""Of 210 pairs with nothing in common the best offset stood out by 5.8 at most; what passes here by chance is caught by
the stretches, none of which then hears anything. Two microphones in moderate noise give 16 and more."""
LEAST_LEAD = 1.25
"""The best offset must beat the next by this much: a siren or music fits its own repetition nearly as well."""
USUAL_SPREAD = 1.4826
"""Standard deviations in a median of absolute values."""
NEIGHBOUR_S = 0.3
QUIET = 0.02
STRETCHES = 12
STRETCH_S = 4
AROUND_S = 0.12
AGREE_S = 0.04
"""Sound takes that long for 13 metres: what two cameras hear of things between them differs by as much."""
LEAST_PROMINENCE = 5.5
"""How far the one lag must stand out of the others: unrelated stretches gave 4.4 at most, related ones 7 to 30."""
LEAST_AGREEING = 3
LEAST_SHARE = 0.4

SENTENCES: dict[Refusal, str] = {
    "no_sound": "One of the recordings has no sound, so they cannot be matched by it.",
    "too_short": f"One of the recordings has less than {SHORTEST_S} seconds of sound: too short to be sure by.",
    "silence": "One of the recordings is silent, or nearly so: there is nothing to match by.",
    "no_match": (
        "Nothing that both microphones heard was found. They may not have recorded at the same time, or were too far "
        "apart, or the search was too narrow."
    ),
    "repeating": (
        "Several offsets fit nearly as well as one another, as happens with music, alarms and engines. Which is right "
        "cannot be told by the sound."
    ),
    "stretches_disagree": (
        "The outlines of the sound match, but looked at closely the stretches do not agree on one offset. It is not "
        "safe to go by."
    ),
}


@dataclass(frozen=True, slots=True)
class _Peak:
    """Offset in hundredths of a second; scores in standard deviations of all offsets."""

    lag: int
    score: float
    second: float


def align(
    one: Sequence[Path], other: Sequence[Path], *, about_s: Fraction | None = None, within_s: Fraction | None = None
) -> AlignReport:
    """By how much the `other` recording begins after `one`; each is the files of one recording, in order.

    `about_s`: the offset that the clocks say, `within_s`: how far from it to look; all offsets where either is None.
    Raises the MediaError family for what cannot be read.
    """
    heard = heard_of(one), heard_of(other)
    if not all(heard):
        return _refused("no_sound")
    outlines = outline_of(heard[0], stage="listening to the first"), outline_of(heard[1], stage="to the second")
    if min(row.shape[1] for row in outlines) < SHORTEST_S * OUTLINE_RATE:
        return _refused("too_short")
    if min(float(row.mean()) for row in outlines) < QUIET:
        return _refused("silence")
    lags = _lags(outlines, about_s, within_s)
    searched = (lags[0] / OUTLINE_RATE, lags[-1] / OUTLINE_RATE) if len(lags) else (0.0, 0.0)
    peak = _coarse(*outlines, lags) if len(lags) else None
    if peak is None or peak.score < LEAST_SCORE:
        return _refused("no_match", searched, peak)
    if peak.score < LEAST_LEAD * peak.second:
        return _refused("repeating", searched, peak)
    return _close(heard, outlines, peak, searched)


def _lags(outlines: tuple[Outline, Outline], about_s: Fraction | None, within_s: Fraction | None) -> range:
    """Offsets that leave enough overlap, in hundredths: `other` begins so many after `one`."""
    shortest = SHORTEST_OVERLAP_S * OUTLINE_RATE
    low, high = shortest - outlines[1].shape[1], outlines[0].shape[1] - shortest
    if about_s is not None and within_s is not None:
        low = max(low, int((about_s - within_s) * OUTLINE_RATE))
        high = min(high, int((about_s + within_s) * OUTLINE_RATE))
    return range(low, high + 1)


def _coarse(one: Outline, other: Outline, lags: range) -> _Peak:
    """The best offset, and the best that is not beside it."""
    every = _scores(one, other, _lags((one, other), None, None))
    first = lags[0] - _lags((one, other), None, None)[0]
    scores = (every / (USUAL_SPREAD * float(np.median(np.abs(every))) + 1e-9))[first : first + len(lags)]
    best = int(scores.argmax())
    near = int(NEIGHBOUR_S * OUTLINE_RATE)
    beside = np.concatenate([scores[: max(best - near, 0)], scores[best + near + 1 :]])
    return _Peak(lags[best], float(scores[best]), float(beside.max()) if beside.size else 0.0)


def _scores(one: Outline, other: Outline, lags: range) -> npt.NDArray[np.float64]:
    """For each offset the correlation of what overlaps, weighed by how long that is."""
    size = 1 << (one.shape[1] + other.shape[1]).bit_length()
    product = np.zeros(size // 2 + 1, dtype=np.complex128)
    for first, second in zip(_flat(one), _flat(other), strict=True):
        product += np.fft.rfft(first, size) * np.conj(np.fft.rfft(second, size))
    correlation = np.fft.irfft(product, size)
    at = np.arange(lags.start, lags.stop)
    energy = [np.concatenate([[0.0], np.cumsum(np.square(_flat(each)).sum(axis=0))]) for each in (one, other)]
    low, high = np.maximum(at, 0), np.minimum(at + other.shape[1], one.shape[1])
    shared = (energy[0][high] - energy[0][low]) * (energy[1][high - at] - energy[1][low - at])
    length = (high - low) * one.shape[0]
    found: npt.NDArray[np.float64] = correlation[at % size] / np.sqrt(np.maximum(shared, 1e-9)) * np.sqrt(length)
    return found


def _flat(outline: Outline) -> npt.NDArray[np.float64]:
    """Without what lasts, and no single bang outweighing all else."""
    capped = np.minimum(outline, 4.0).astype(np.float64)
    flat: npt.NDArray[np.float64] = capped - capped.mean(axis=1, keepdims=True)
    return flat


def _close(
    heard: tuple[list[Heard], list[Heard]], outlines: tuple[Outline, Outline], peak: _Peak,
    searched: tuple[float, float],
) -> AlignReport:  # fmt: skip
    """The offset by the stretches that agree."""
    length = min(peak.lag + outlines[1].shape[1], outlines[0].shape[1]) - max(peak.lag, 0)
    starts = _lively(outlines, peak.lag)
    told = [lag for start in starts if (lag := _stretch_lag(heard, start, peak.lag)) is not None]
    if len(told) < LEAST_AGREEING:
        return _refused("no_match", searched, peak, stretches=len(starts), agreeing=0)
    found = np.array(told) / RATE
    agreeing = np.abs(found - float(np.median(found))) <= AGREE_S
    count = int(agreeing.sum())
    if count < max(LEAST_AGREEING, LEAST_SHARE * len(starts)):
        return _refused("stretches_disagree", searched, peak, stretches=len(starts), agreeing=count)
    offset_s = float(np.median(found[agreeing]))
    spread_ms = round(1000 * float(np.ptp(found[agreeing])))
    lead = min(1.0, (peak.score / max(peak.second, 1e-9) - 1) / (2 * (LEAST_LEAD - 1)) + 0.5)
    confidence = round(100 * count / (len(starts) + 1) * lead)
    return AlignReport(
        v=1, offset_ms=round(1000 * offset_s), confidence_pct=confidence, refusal=None,
        sentence=(
            f"{count} of {len(starts)} stretches of what both microphones heard agree on this offset to within "
            f"{max(spread_ms, 1)} ms."
        ),
        score=round(peak.score, 1), second_score=round(peak.second, 1), stretches=len(starts), agreeing=count,
        spread_ms=spread_ms, overlap_s=round(length / OUTLINE_RATE, 1), searched_s=searched,
    )  # fmt: skip


def _lively(outlines: tuple[Outline, Outline], lag: int) -> list[int]:
    """Where in the first recording (hundredths) the stretches begin in which most happens for both; apart, in order."""
    low = max(lag, 0)
    high = min(lag + outlines[1].shape[1], outlines[0].shape[1])
    both = outlines[0][:, low:high].sum(axis=0) * outlines[1][:, low - lag : high - lag].sum(axis=0)
    width = min(STRETCH_S * OUTLINE_RATE, (high - low) // LEAST_AGREEING)
    slots = range(0, high - low - width + 1, width)
    liveliest = sorted(slots, key=lambda slot: float(both[slot : slot + width].sum()), reverse=True)[:STRETCHES]
    return [low + slot for slot in sorted(liveliest)]


def _stretch_lag(heard: tuple[list[Heard], list[Heard]], start: int, lag: int) -> int | None:
    """The offset, in samples, that this stretch alone says, near the one found by the outlines; None: it says none."""
    around, hop = int(AROUND_S * RATE), RATE // OUTLINE_RATE
    count = STRETCH_S * RATE
    one = samples_of(heard[0], start * hop, count)
    other = samples_of(heard[1], (start - lag) * hop - around, count + 2 * around)
    found = _phase_lag(one, other, around)
    return None if found is None else lag * hop + found


def _phase_lag(one: Samples, other: Samples, around: int) -> int | None:
    """By how many samples what is in `one` comes earlier in `other` than at sample `around`: GCC-PHAT."""
    size = 1 << (one.size + other.size).bit_length()
    cross = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    whitened = cross / np.maximum(np.abs(cross), 1e-12)
    frequencies = np.fft.rfftfreq(size, 1 / RATE)
    whitened[(frequencies < 150) | (frequencies > 3_400)] = 0
    correlation = np.abs(np.fft.irfft(whitened, size)[: 2 * around + 1])
    best = int(correlation.argmax())
    prominence = float(correlation[best]) / max(float(np.sqrt(np.mean(np.square(correlation)))), 1e-12)
    return around - best if prominence >= LEAST_PROMINENCE else None


def _refused(
    why: Refusal, searched: tuple[float, float] = (0.0, 0.0), peak: _Peak | None = None, *, stretches: int = 0,
    agreeing: int = 0,
) -> AlignReport:  # fmt: skip
    return AlignReport(
        v=1, offset_ms=None, confidence_pct=0, refusal=why, sentence=SENTENCES[why],
        score=round(peak.score, 1) if peak else 0.0, second_score=round(peak.second, 1) if peak else 0.0,
        stretches=stretches, agreeing=agreeing, spread_ms=0, overlap_s=0.0, searched_s=searched,
    )  # fmt: skip
