"""The sound of a recording as alignment hears it: one channel at 8 kHz, by stretches, and an outline of all of it.

The outline is how much louder each of a few bands gets from one hundredth of a second to the next: doors, words and
sirens begin at the same moment for every microphone, however far away, muffled or noisy it is. Memory is a few
kilobytes a second of the outline, whatever the length. A recording in several files is one, on its reel's time line.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av.error
import numpy as np
import numpy.typing as npt
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from workers.media import streams
from workers.media.index import index_read
from workers.media.progress import Progress
from workers.media.reel import Reel
from workers.media.shifts import shift_of
from workers.media.source import Packets, open_source

RATE = 8_000
HOP = 80
"""Samples: the outline counts hundredths of a second."""
WINDOW = 256
OUTLINE_RATE = RATE // HOP
BANDS_HZ = (120, 300, 600, 1_000, 1_600, 2_400, 3_400)
BLOCK_S = 20
SMALLEST = 1e-5
"""Energy under which nothing is heard: a quiet room is about a hundred times louder."""
RUN_IN_S = Fraction(1, 2)
GAP = RATE // 20
"""Samples between where a frame is told to begin and where the one before ended: more is sound that was lost."""

Samples = npt.NDArray[np.float32]
Outline = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """One file's sound: `start_s` is where the file begins on its recording's time line, `ahead_s` what the sound's own
    seconds are told with more to be those of the picture's player."""

    path: Path
    start_s: Fraction
    shift: int
    base: Fraction
    stream: int

    def blocks(self, begin_s: Fraction | None = None) -> Iterator[tuple[int, Samples]]:
        """(sample of the recording at 8 kHz, samples) in order, from `begin_s` (seconds of the recording) on."""
        with open_source(self.path) as container:
            stream = next(row for row in container.streams.audio if row.index == self.stream)
            if begin_s is not None:
                _seek(container, stream, int((begin_s - self.start_s - RUN_IN_S) / self.base) + self.shift)
            resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
            at: int | None = None
            for frame in _decoded(container, stream):
                told = self._told(frame)
                if at is None or (told is not None and abs(told - at) > GAP):
                    if told is None:
                        continue
                    at, resampler = told, AudioResampler(format="flt", layout="mono", rate=RATE)
                for made in resampler.resample(frame):
                    samples = made.to_ndarray().reshape(-1).astype(np.float32, copy=False)
                    yield at, samples
                    at += samples.size

    def _told(self, frame: AudioFrame) -> int | None:
        """The recording's sample that a frame begins at, as the container says."""
        return None if frame.pts is None else round((self.start_s + (frame.pts - self.shift) * self.base) * RATE)


def heard_of(paths: Sequence[Path]) -> list[Heard]:
    """The sound of a recording's files, in order, on its one time line; files without sound are left out."""
    starts = _starts(paths)
    return [found for path, start in zip(paths, starts, strict=True) if (found := _heard(path, start)) is not None]


def _starts(paths: Sequence[Path]) -> list[Fraction]:
    """What to add to each file's shown seconds, as `evidence` does for a part: its pictures follow those before."""
    if len(paths) == 1:
        return [Fraction(0)]
    indexes = [index_read(path).index for path in paths]
    reel = Reel(indexes)
    return [start - index.seconds_of(0) for start, index in zip(reel.starts_s, indexes, strict=False)]


def _heard(path: Path, start_s: Fraction) -> Heard | None:
    with open_source(path) as container:
        stream = streams.main_audio(container)
        if stream is None or not stream.time_base:
            return None
        return Heard(path, start_s, shift_of(container, path).audio or 0, stream.time_base, stream.index)


def _seek(container: InputContainer, stream: AudioStream, wanted: int) -> None:
    first = stream.start_time or 0
    for at in (max(wanted, first), first):
        try:
            container.seek(at, stream=stream, backward=True)
        except av.error.FFmpegError:
            continue  # read from where it stands: its start
        return


def _decoded(container: InputContainer, stream: AudioStream) -> Iterator[AudioFrame]:
    for packet in Packets(container, stream):
        try:
            found = packet.decode()
        except av.error.FFmpegError:
            continue
        yield from (frame for frame in found if isinstance(frame, AudioFrame))


def outline_of(heard: Sequence[Heard], *, stage: str) -> Outline:
    """(bands, hundredths of a second) from second 0 of the recording: how much louder each band gets, 0 where nothing
    is heard. Gaps are silence."""
    progress = Progress(stage=stage, total=0)
    pieces: list[tuple[int, Outline]] = []
    for file in heard:
        pieces += list(_outline_pieces(file, progress))
    length = max((at + piece.shape[1] for at, piece in pieces), default=0)
    whole = np.zeros((len(BANDS_HZ) - 1, length), dtype=np.float32)
    for at, piece in pieces:
        first = max(at, 0)
        whole[:, first : at + piece.shape[1]] = piece[:, first - at :]
    return whole


def _outline_pieces(file: Heard, progress: Progress) -> Iterator[tuple[int, Outline]]:
    """Block by block, each beginning on a hop; a block begins with the last window of the one before."""
    waiting: list[Samples] = []
    begin, count = 0, 0
    for at, samples in file.blocks():
        if waiting and at != begin + count:  # sound that the camera lost
            yield from _rest(waiting, begin, count)
            waiting = []
        if not waiting:
            begin, count = at, 0
        waiting.append(samples)
        count += samples.size
        if count >= BLOCK_S * RATE:
            joined = np.concatenate(waiting)
            yield begin // HOP, _rises(joined)
            used = (joined.size - WINDOW) // HOP * HOP
            waiting, begin, count = [joined[used:]], begin + used, joined.size - used
            progress.step(begin // RATE)
    yield from _rest(waiting, begin, count)


def _rest(waiting: list[Samples], begin: int, count: int) -> Iterator[tuple[int, Outline]]:
    if count >= 2 * WINDOW:
        yield begin // HOP, _rises(np.concatenate(waiting))


def _rises(samples: Samples) -> Outline:
    """Half-wave rectified differences of the logarithms of band energies."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP] * np.hanning(WINDOW).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    edges = [round(hertz * WINDOW / RATE) for hertz in BANDS_HZ]
    bands = np.stack([power[:, low:high].mean(axis=1) for low, high in pairwise(edges)])
    level = np.log(bands + SMALLEST)
    return np.maximum(np.diff(level, axis=1, prepend=level[:, :1]), 0).astype(np.float32)


def samples_of(heard: Sequence[Heard], first: int, count: int) -> Samples:
    """`count` samples of the recording from sample `first` on; silence where it has none."""
    wanted = np.zeros(count, dtype=np.float32)
    for file in heard:
        for at, samples in file.blocks(Fraction(first, RATE)):
            if at >= first + count:
                break
            low, high = max(at, first), min(at + samples.size, first + count)
            if low < high:
                wanted[low - first : high - first] = samples[low - at : high - at]
    return wanted
