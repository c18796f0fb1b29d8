"""Where somebody speaks: stretches of the sound that a voice activity detector takes for speech, for a lane to look at.

The model is Silero VAD (MIT), from the package of that name, of which one file is used, run by onnxruntime
(decision 0020). Times are as players count them. A lane is something to find your way by, not
evidence: it says neither who speaks nor what, and misses what is drowned.
"""

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workers.media import streams
from workers.media.audio import decoded, placed
from workers.media.detect.onnx_model import model_read, session
from workers.media.errors import MediaError
from workers.media.reports import VoiceReport
from workers.media.shifts import shift_of
from workers.media.source import open_source

Samples: TypeAlias = npt.NDArray[np.float32]

PACKAGE, FILE = "silero-vad", "silero_vad_16k_sequence.onnx"
MODULE, LICENCE = "silero_vad", "MIT"
RATE = 16_000
WINDOW, BEFORE = 512, 64
"""Samples a verdict is on, and how many before them the model wants to see."""
AT_ONCE = 256
"""Windows in one run of the model: eight seconds."""
BEGINS, GOES_ON = 0.5, 0.35
"""Probabilities from which speech begins, and down to which it goes on: the model's makers' own."""
SHORTEST_MS, PAUSE_MS, PAD_MS = 250, 400, 100
"""What is shorter is no speech; a pause up to this is part of it; and so much is added on both sides."""
WINDOW_MS = 1000 * WINDOW // RATE
LONGEST_GAP_S = 2
"""A hole in the sound up to which silence is put in its place; beyond it the detector begins anew behind the hole."""
MOST_STRETCHES = 10_000


class NoSound(MediaError):
    """The recording has no sound that can be decoded."""

    code = "no_sound"


class VoiceMissing(MediaError):
    """The detector's package is not installed."""

    code = "detector_missing"


def voice(source: Path, out: Path | None = None) -> VoiceReport:
    """Find speech in the first sound; writes ``{"v", "speech": [[start_ms, end_ms]]}`` to `out`.

    Raises NoSound, VoiceMissing, and the MediaError family of opening a file.
    """
    path = weights()
    content = model_read(path)
    listener = Listener(content)
    for first, samples in heard(source):
        listener.hear(first, samples)
    stretches = joined(listener.finish())
    report = VoiceReport(
        v=1, stretches=len(stretches), speech_ms=sum(end - start for start, end in stretches),
        heard_ms=listener.heard * 1000 // RATE, model="silero-vad", version=metadata.version(PACKAGE),
        sha256=hashlib.sha256(content).hexdigest(), licence=LICENCE,
    )  # fmt: skip
    if out is not None:
        out.write_text(json.dumps({"v": 1, "speech": stretches}, separators=(",", ":")), encoding="ascii")
    return report


def weights() -> Path:
    """Where the model's file is. Its package is not imported: that would want torch. Raises VoiceMissing."""
    found = importlib.util.find_spec(MODULE)
    places = found.submodule_search_locations if found is not None else None
    path = Path(places[0]) / "data" / FILE if places else None
    if path is None or not path.is_file():
        raise VoiceMissing("The voice detector is not installed here. Run `make setup`, or install silero-vad.")
    return path


def heard(source: Path) -> Iterator[tuple[int, Samples]]:
    """The first sound as mono at RATE: (first sample as players count, samples), ascending, never twice.

    Raises NoSound.
    """
    with open_source(source) as container:
        stream = streams.main_audio(container)
        if stream is None or stream.time_base is None:
            raise NoSound("This recording has no sound, so nobody can be heard in it.")
        shift = shift_of(container, source).audio or 0
        at = 0
        for frame in placed(decoded(container, stream), Fraction(stream.time_base), shift, rate=RATE, channels=1):
            first = frame.pts or 0
            block = frame.to_ndarray()[0].astype(np.float32, copy=False)
            fresh = block[max(at - first, 0) :]
            at = max(at, first)
            if fresh.size:
                yield at, fresh
                at += fresh.size


class Listener:
    """Gives a verdict on every window of the sound, in the order it comes."""

    def __init__(self, model: bytes) -> None:
        self._session = session(model)
        self._next = 0
        self._waiting: Samples = np.zeros(0, np.float32)
        self._begin(0)
        self._said: list[tuple[int, float]] = []
        self.heard = 0
        """How many samples there were."""

    def _begin(self, at: int) -> None:
        self._h = self._c = np.zeros((1, 1, 128), np.float32)
        self._before: Samples = np.zeros(BEFORE, np.float32)
        self._waiting = np.zeros(0, np.float32)
        self._first = self._next = at

    def hear(self, first: int, samples: Samples) -> None:
        """Take the next samples; a hole before them is silence, or an end and a beginning where it is long."""
        hole = first - self._next
        if hole > LONGEST_GAP_S * RATE:
            self._judge(is_last=True)
            self._begin(first)
        elif hole > 0:
            samples = np.concatenate([np.zeros(hole, np.float32), samples])
        self._waiting = np.concatenate([self._waiting, np.nan_to_num(samples)])
        self._next = first + samples.size - max(hole, 0) if hole <= LONGEST_GAP_S * RATE else first + samples.size
        self.heard += samples.size
        if self._waiting.size >= AT_ONCE * WINDOW:
            self._judge(is_last=False)

    def finish(self) -> list[tuple[int, float]]:
        """(start in ms, probability of speech) of every window."""
        self._judge(is_last=True)
        return self._said

    def _judge(self, *, is_last: bool) -> None:
        count = self._waiting.size // WINDOW
        if is_last and self._waiting.size % WINDOW:
            count += 1
            self._waiting = np.pad(self._waiting, (0, count * WINDOW - self._waiting.size))
        for begin in range(0, count, AT_ONCE):
            some = min(AT_ONCE, count - begin)
            line = np.concatenate([self._before, self._waiting[: some * WINDOW]])
            rows = np.lib.stride_tricks.sliding_window_view(line, BEFORE + WINDOW)[::WINDOW]
            given = {"input": np.ascontiguousarray(rows), "h": self._h, "c": self._c}
            odds, self._h, self._c = self._session.run(None, given)
            self._said += [((self._first + n * WINDOW) * 1000 // RATE, float(p)) for n, p in enumerate(odds)]
            self._before, self._waiting = line[-BEFORE:], self._waiting[some * WINDOW :]
            self._first += some * WINDOW


def joined(said: Sequence[tuple[int, float]]) -> list[list[int]]:
    """Verdicts as stretches [start_ms, end_ms), ascending and apart, padded; at most MOST_STRETCHES."""
    found: list[list[int]] = []
    for at, odds in said:
        is_going_on = bool(found) and at - found[-1][1] < WINDOW_MS
        if odds >= BEGINS or (is_going_on and odds >= GOES_ON):
            if found and at - found[-1][1] <= PAUSE_MS:
                found[-1][1] = at + WINDOW_MS
            else:
                found.append([at, at + WINDOW_MS])
    kept: list[list[int]] = []
    for start, end in found:
        if end - start < SHORTEST_MS:
            continue
        start, end = max(start - PAD_MS, 0), end + PAD_MS  # noqa: PLW2901 - padded
        if kept and (start <= kept[-1][1] or len(kept) == MOST_STRETCHES):
            kept[-1][1] = end
        else:
            kept.append([start, end])
    return kept
