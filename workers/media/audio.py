"""The sound of the output: cut to the sample, muted or bleeped, encoded anew as AAC.

Packets are never copied: AAC frames overlap, so a copied one at a seam would carry sound from outside the segments.
Mutes act on samples before encoding, so nothing of what was said reaches the encoder; the widening is for the ear's
and the hand's error.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import takewhile
from math import ceil, floor
from pathlib import Path
from typing import TypeAlias

import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from workers.media.errors import MediaError
from workers.media.recipe_model import Audio, AudioRange, Recipe, SoundEffect
from workers.media.source import Packets, open_source, read_only
from workers.media.timeline import Placed, Shift, Timeline

Samples: TypeAlias = npt.NDArray[np.float32]

AAC_RATES = frozenset({96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350})
USUAL_RATE = 48_000
CHUNK_SAMPLES = 16_384
"""Handled at a time: each chunk costs about the same, however long it is. Some third of a second."""
RUN_IN_S = Fraction(1, 4)
JITTER_S = Fraction(1, 100)
BLEEP_LEVEL = 0.2


class OtherSound(MediaError):
    """The recording has no sound where the recipe looks for it, or it counts time in another way."""

    code = "other_sound"


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch of the output's samples and what becomes of it."""

    samples: range
    effect: SoundEffect


@dataclass(frozen=True)
class Sound:
    """All sound of the output as (channels, n) float32 chunks at `rate`; sources without sound give silence."""

    recipe: Recipe
    line: Timeline
    paths: Sequence[Path]
    shifts: Sequence[Shift]
    rate: int
    channels: int

    @cached_property
    def hidden(self) -> list[Hidden]:
        """Every mute and bleep in output samples, widened; bleeps come first, so that a mute over them wins."""
        found = [row for audio in self.recipe.audio for row in self._hidden(audio)]
        return sorted(found, key=lambda row: row.effect == "mute")

    @property
    def hidden_samples(self) -> int:
        """How many of the output's samples are muted or bleeped."""
        ranges = sorted((row.samples.start, row.samples.stop) for row in self.hidden)
        total, reached = 0, 0
        for start, stop in ranges:
            total += max(stop - max(start, reached), 0)
            reached = max(reached, stop)
        return total

    def chunks(self) -> Generator[tuple[int, Samples], None, None]:
        """(first output sample, samples) without gap or overlap from 0 to the end."""
        for segment in self.line.segments:
            wanted = self.line.samples(segment, self.rate)
            for at, samples in _exactly(self._decoded(segment, wanted), wanted, self.channels):
                yield at, self._hide(at, samples)

    def _hide(self, at: int, samples: Samples) -> Samples:
        for row in self.hidden:
            first, stop = max(row.samples.start - at, 0), min(row.samples.stop - at, samples.shape[1])
            if first >= stop:
                continue
            if row.effect == "mute":
                samples[:, first:stop] = 0.0
            else:
                samples[:, first:stop] = self._tone(at + first, at + stop)
        return samples

    def _tone(self, first: int, stop: int) -> Samples:
        turns = np.arange(first, stop, dtype=np.int64) * self.recipe.params.bleep_hz % self.rate / self.rate
        return (BLEEP_LEVEL * np.sin(2 * np.pi * turns)).astype(np.float32)

    def _hidden(self, row: AudioRange) -> Iterator[Hidden]:
        """A row in every segment that it touches; over the joint of two files its widening goes on in the next."""
        audio = self.recipe.sources[row.source].audio
        if audio is None:
            return
        base, shift = Fraction(*audio.time_base), self.shifts[row.source].audio
        widen = Fraction(self.recipe.params.mute_widen_ms, 1000)
        start, end = (row.start - shift) * base - widen, (row.end - shift) * base + widen
        for segment in self.line.segments:
            if segment.source != row.source:
                continue
            length = (segment.out_end - segment.out_start) * self.line.time_base
            low, high = start - segment.shown_start, end - segment.shown_start
            if low < length and high > 0:
                yield Hidden(self._samples(segment, *self._over_joints(segment, low, high, length)), row.effect)

    def _over_joints(
        self, segment: Placed, low: Fraction, high: Fraction, length: Fraction
    ) -> tuple[Fraction, Fraction]:
        """[low, high) in seconds from the segment's start, cut at its ends.

        It is not cut where the recording goes on in another file.
        """
        line = self.line.segments
        before = line[segment.number - 1].source if segment.number else None
        after = line[segment.number + 1].source if segment.number + 1 < len(line) else None
        low = low if before == segment.source - 1 else max(low, Fraction(0))
        high = high if after == segment.source + 1 else min(high, length)
        return low, high

    def _samples(self, segment: Placed, low: Fraction, high: Fraction) -> range:
        """Rounded outwards."""
        start = segment.out_start * self.line.time_base
        return range(max(floor((start + low) * self.rate), 0), ceil((start + high) * self.rate))

    def _decoded(self, segment: Placed, wanted: range) -> Iterator[tuple[int, Samples]]:
        """Decoded samples by the output sample that each block begins at; they reach beyond `wanted` on both sides."""
        audio = self.recipe.sources[segment.source].audio
        if audio is None:
            return
        zero = round(segment.shown_start * self.rate) - wanted.start
        shift = self.shifts[segment.source].audio
        heard = self._heard(segment.source, Fraction(*audio.time_base), zero)
        with open_source(self.paths[segment.source]) as container:
            stream = sound_stream(container, audio)
            read_only(container, stream)
            base = Fraction(*audio.time_base)
            _seek(container, stream, int((segment.shown_start - RUN_IN_S) / base) + shift)
            frames = placed(decoded(container, stream), base, shift, rate=self.rate, channels=self.channels)
            needed = takewhile(lambda frame: (frame.pts or 0) - zero < wanted.stop, frames)
            for first, block in _blocks(needed, self.channels):
                yield from _within(first - zero, block, heard)

    def _heard(self, source: int, base: Fraction, zero: int) -> range | None:
        """The output's samples that an edit list lets players sound; None where there is no such limit."""
        shift = self.shifts[source]
        if shift.heard is None:
            return None
        first, end = ((tick - shift.audio) * base * self.rate for tick in shift.heard)
        return range(floor(first) - zero, ceil(end) - zero)


def placed(
    frames: Iterator[AudioFrame], base: Fraction, shift: int, *, rate: int, channels: int
) -> Iterator[AudioFrame]:
    """Frames at `rate` and with `channels`; pts is the shown sample they begin at.

    Small steps between stamps are rounding of the container's and are smoothed; larger ones are real gaps and kept.
    """
    expected: int | None = None
    resampler: AudioResampler | None = None
    clock = _Clock.of(base, 0)
    for frame in frames:
        if frame.sample_rate != clock.rate:
            clock = _Clock.of(base, frame.sample_rate)
        if frame.pts is not None:
            stamp = clock.sample_of(frame.pts - shift)
            if expected is None or abs(stamp - expected) > clock.jitter:
                expected, resampler = stamp, None
        if expected is None:
            continue
        frame.pts, frame.time_base = expected, clock.sample
        expected += frame.samples
        resampler = resampler or AudioResampler(format="fltp", layout=layout_of(channels), rate=rate)
        yield from resampler.resample(frame)


@dataclass(frozen=True, slots=True)
class _Clock:
    """A decoder's samples in a stream's ticks, worked out once: exact fractions cost more than a frame's decoding."""

    rate: int
    per_tick: Fraction | int
    sample: Fraction
    jitter: int

    @classmethod
    def of(cls, base: Fraction, rate: int) -> "_Clock":
        per_tick = base * rate
        whole = per_tick.numerator if per_tick.denominator == 1 else per_tick
        return cls(rate, whole, Fraction(1, max(rate, 1)), floor(JITTER_S * rate))

    def sample_of(self, tick: int) -> int:
        return round(tick * self.per_tick)


def _blocks(frames: Iterable[AudioFrame], channels: int) -> Iterator[tuple[int, Samples]]:
    """Planar float frames, those that follow one another without gap put together: (first sample, samples)."""
    parts: list[list[Samples]] = [[] for _ in range(channels)]
    first = end = 0
    for frame in frames:
        at, count = frame.pts or 0, frame.samples
        if parts[0] and (at != end or end - first >= CHUNK_SAMPLES):
            yield first, np.stack([np.concatenate(part) for part in parts])
            for part in parts:
                part.clear()
        if not parts[0]:
            first = at
        for part, plane in zip(parts, frame.planes, strict=True):
            part.append(np.frombuffer(memoryview(plane), np.float32, count))
        end = at + count
    if parts[0]:
        yield first, np.stack([np.concatenate(part) for part in parts])


def sound_of(recipe: Recipe, line: Timeline, paths: Sequence[Path], shifts: Sequence[Shift]) -> Sound | None:
    """The output's sound; None where the recipe drops it or no segment has any. Raises OtherSound."""
    used = sorted({segment.source for segment in recipe.segments})
    heard = [(paths[at], audio) for at in used if (audio := recipe.sources[at].audio) is not None]
    if recipe.output.audio == "drop" or not heard:
        return None
    rate = heard[0][1].rate
    return Sound(
        recipe=recipe,
        line=line,
        paths=paths,
        shifts=shifts,
        rate=rate if rate in AAC_RATES else USUAL_RATE,
        channels=max(min(_channels(path, audio), 2) for path, audio in heard),
    )


def sound_stream(container: InputContainer, audio: Audio) -> AudioStream:
    """The stream that the recipe names. Raises OtherSound where it is not as the recipe says."""
    chosen = next((row for row in container.streams.audio if row.index == audio.stream), None)
    base = chosen.time_base if chosen is not None else None
    if chosen is None or base is None or (base.numerator, base.denominator) != audio.time_base:
        raise OtherSound(
            "The recording's sound is not what the recipe says. Make the recipe again.", stream=audio.stream
        )
    return chosen


def layout_of(channels: int) -> str:
    """The name of the output's channel layout."""
    return "mono" if channels == 1 else "stereo"


def _channels(path: Path, audio: Audio) -> int:
    with open_source(path) as container:
        return sound_stream(container, audio).codec_context.channels


def _seek(container: InputContainer, stream: AudioStream, wanted: int) -> None:
    """To `wanted` or before it; to the very start where the container cannot: AVI knows no time before its first."""
    first = stream.start_time or 0
    for at in (max(wanted, first), first):
        try:
            container.seek(at, stream=stream, backward=True)
        except av.error.FFmpegError:
            continue  # a container without a table of its sound is read from where it stands: its start
        return


def decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    """What can be decoded; a damaged packet leaves a gap, which is silence."""
    for packet in Packets(container, stream):
        try:
            found = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (frame for frame in found if isinstance(frame, AudioFrame))


def _within(first: int, block: Samples, heard: range | None) -> Iterator[tuple[int, Samples]]:
    """What of a block is heard: sound that an edit list hides is in the file, but nobody can have listened to it."""
    if heard is None:
        yield first, block
        return
    start = max(first, heard.start)
    kept = block[:, start - first : max(heard.stop - first, 0)]
    if kept.shape[1]:
        yield start, kept


def _exactly(blocks: Iterator[tuple[int, Samples]], wanted: range, channels: int) -> Iterator[tuple[int, Samples]]:
    """The blocks cut to `wanted`, what is missing as silence, what comes twice once."""
    at = wanted.start
    for first, block in blocks:
        yield from _silence(at, min(first, wanted.stop), channels)
        at = max(at, min(first, wanted.stop))
        fresh = block[:, max(at - first, 0) : max(wanted.stop - first, 0)]
        if fresh.shape[1]:
            yield at, fresh
            at += fresh.shape[1]
    yield from _silence(at, wanted.stop, channels)


def _silence(first: int, stop: int, channels: int) -> Iterator[tuple[int, Samples]]:
    for at in range(first, stop, CHUNK_SAMPLES):
        yield at, np.zeros((channels, min(CHUNK_SAMPLES, stop - at)), dtype=np.float32)
