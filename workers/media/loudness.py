"""Measures loudness after EBU R 128: integrated over the whole, and its range (EBU Tech 3342), by libav's `ebur128`.

It takes the sound that is decoded for the strip under the player anyway; of long recordings that is a sample, evenly
spread, and the report says so.
"""

import av.error
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.context import FilterContext

from workers.media.reports import LoudnessReport

INTEGRATED, RANGE = "lavfi.r128.I", "lavfi.r128.LRA"
SILENCE_LUFS = -70.0
"""The absolute gate of ITU-R BS.1770: what is quieter does not count, and the filter reports this where nothing did."""


class Loudness:
    """Takes frames of one sound in order."""

    def __init__(self) -> None:
        self._graph: tuple[Graph, FilterContext, FilterContext] | None = None
        self._form: tuple[str, int, str] | None = None
        self._is_over = False
        self._told: dict[str, str] = {}

    def add(self, frame: AudioFrame) -> None:
        """Measure one frame; sound that changes its form midway is measured up to there."""
        form = frame.format.name, frame.sample_rate, frame.layout.name
        if self._is_over or (self._form is not None and form != self._form):
            self._is_over = True
            return
        try:
            if self._graph is None:
                self._form, self._graph = form, _graph(frame)
            _, source, sink = self._graph
            source.push(frame)
            while True:
                self._told = dict(sink.pull().metadata)
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        except (av.error.FFmpegError, ValueError):
            self._is_over = True

    def report(self, *, sampled: bool) -> LoudnessReport | None:
        """What was measured; None of silence, and where no sound could be measured."""
        try:
            integrated, spread = float(self._told[INTEGRATED]), float(self._told[RANGE])
        except (KeyError, ValueError):
            return None
        if not integrated > SILENCE_LUFS:
            return None
        return LoudnessReport(integrated_lufs=round(integrated, 1), range_lu=round(spread, 1), sampled=sampled)


def _graph(frame: AudioFrame) -> tuple[Graph, FilterContext, FilterContext]:
    """The graph with its two ends, which are nothing without it (PyAV 18 frees it while they are held)."""
    graph = Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate, format=frame.format.name, layout=frame.layout.name, time_base=frame.time_base
    )
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph, source, sink
