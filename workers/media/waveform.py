"""Loudness over time, for the strip under the player: one peak a bucket, over all channels of the first sound track.

Long recordings are sampled, so that the cost hardly grows with their length: of each bucket only the first packets are
decoded, and the report says so. A strip is something to find your way by, not evidence.
"""

import json
from fractions import Fraction
from pathlib import Path
from typing import cast

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from workers.media.loudness import Loudness
from workers.media.reports import WaveformReport
from workers.media.source import AnyPacket
from workers.media.wire import to_obj

MAX_BUCKETS = 1000
SHORTEST_BUCKET_S = Fraction(1, 10)
DECODED_PACKETS = 4000
FEWEST_IN_A_RUN = 3
TOP = 255
FULL_SCALE = {"u8": 128.0, "s16": 32_768.0, "s32": 2_147_483_648.0, "flt": 1.0, "dbl": 1.0}

Levels = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


class Waveform:
    """Collects peaks from the packets of one sound stream as they pass."""

    def __init__(self, stream: AudioStream, *, duration: Fraction, offset: int) -> None:
        self._stream = stream
        self._offset = offset
        self._bucket = max(SHORTEST_BUCKET_S, duration / MAX_BUCKETS)
        self._buckets_per_tick = float((stream.time_base or Fraction(1)) / self._bucket)
        self._peaks = np.zeros(min(int(duration / self._bucket) + 1, MAX_BUCKETS + 1))
        expected = float(duration) * (stream.codec_context.sample_rate or 1) / (stream.codec_context.frame_size or 1024)
        self._run = max(FEWEST_IN_A_RUN, DECODED_PACKETS // len(self._peaks)) if expected > DECODED_PACKETS else None
        self._in_bucket = (-1, 0)
        self._seen = 0
        self._decoded = 0
        self._after_gap = False
        self._loudness = Loudness()

    def add(self, packet: AnyPacket) -> None:
        """Take one packet of the stream; unreadable sound is left silent in the strip."""
        self._seen += 1
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or not self._is_wanted(self._bucket_of(at)):
            self._after_gap = True
            return
        try:
            frames = cast(list[AudioFrame], packet.decode())
        except av.error.FFmpegError:
            return
        self._decoded += 1
        for frame in frames[self._after_gap :]:
            self._measure(frame)
            self._loudness.add(frame)
        self._after_gap = False

    def _bucket_of(self, at: int) -> int:
        return int((at - self._offset) * self._buckets_per_tick)

    def _is_wanted(self, bucket: int) -> bool:
        last, taken = self._in_bucket
        taken = taken + 1 if bucket == last else 1
        self._in_bucket = (bucket, taken)
        return self._run is None or taken <= self._run

    def _measure(self, frame: AudioFrame) -> None:
        """Fold a frame into its buckets: one as a rule, several for the long frames of uncompressed sound."""
        if frame.pts is None or frame.samples == 0 or frame.format.packed.name not in FULL_SCALE:
            return
        loudness = _loudness(frame)
        start = (frame.pts - self._offset) * self._buckets_per_tick
        per_sample = 1 / (frame.sample_rate * float(self._bucket))
        first, last = int(start), int(start + per_sample * (loudness.size - 1))
        for bucket in range(max(first, 0), min(last, len(self._peaks) - 1) + 1):
            begin = max(0, int((bucket - start) / per_sample))
            end = max(begin + 1, int((bucket + 1 - start) / per_sample))
            peak = np.fmax.reduce(loudness[begin:end], initial=0.0)
            self._peaks[bucket] = max(self._peaks[bucket], peak)

    def write(self, path: Path) -> WaveformReport:
        """Write ``{"v", "bucket_s": [n, d], "sampled", "peaks", "loudness"}``.

        Peak i (0 to 255) is at i * n / d shown seconds; ``loudness`` as LoudnessReport, or null.
        """
        loudness = self._loudness.report(sampled=self._run is not None)
        peaks = np.clip(np.rint(self._peaks * TOP), 0, TOP).astype(int).tolist()
        bucket = [self._bucket.numerator, self._bucket.denominator]
        content: dict[str, object] = {"v": 1, "bucket_s": bucket, "sampled": self._run is not None, "peaks": peaks}
        content["loudness"] = to_obj(loudness) if loudness is not None else None
        path.write_text(json.dumps(content, separators=(",", ":")), encoding="ascii")
        return WaveformReport(
            buckets=len(peaks),
            bucket_s=float(self._bucket),
            sampled=self._run is not None,
            share=self._decoded / self._seen if self._seen else 0.0,
            loudness=loudness,
        )


def _loudness(frame: AudioFrame) -> Levels:
    """Largest absolute amplitude over the channels, 0 to 1, a value a sample (NaN where a stream holds it)."""
    samples = frame.to_ndarray()
    if not frame.format.is_planar:
        samples = samples.reshape(-1, frame.layout.nb_channels).T
    scale = FULL_SCALE[frame.format.packed.name]
    middle = scale if frame.format.packed.name == "u8" else 0.0
    loudness: Levels = np.abs(samples.astype(np.float32) - middle).max(axis=0) / scale
    return loudness
