"""The sound of an output file: encoded as AAC from samples, pulled along so that it never waits in memory for pictures.

Where it is copied instead, packet for packet, is in ``smart.sound``; both have the same face.
"""

from fractions import Fraction
from typing import Protocol

from av.audio.frame import AudioFrame
from av.container import OutputContainer

from workers.media.audio import Sound, layout_of

SOUND_BITS_S = 96_000
"""For each channel; speech is transparent well below."""
AAC_CODER = "fast"
"""At the same rate half the processor time of libav's usual one, and nearer to what was recorded: 42 dB against 31."""


class Track(Protocol):
    """What a writer of pictures needs of the sound beside them."""

    def until(self, time_s: Fraction | None) -> None:
        """Write sound up to this time of the output; all that is left for None."""


class EncodedTrack:
    """A `Sound` on its way into `out`, which is not yet written to."""

    def __init__(self, out: OutputContainer, sound: Sound) -> None:
        self._out, self._sound = out, sound
        self._stream = out.add_stream("aac", rate=sound.rate, options={"aac_coder": AAC_CODER})
        self._stream.codec_context.layout = layout_of(sound.channels)
        self._stream.codec_context.bit_rate = SOUND_BITS_S * sound.channels
        self._chunks = sound.chunks()
        self._heard_s = Fraction(0)
        self._is_over = False

    def until(self, time_s: Fraction | None) -> None:
        """See Track."""
        rate = self._sound.rate
        while not self._is_over and (time_s is None or self._heard_s <= time_s):
            chunk = next(self._chunks, None)
            if chunk is None:
                self._is_over = True
                self._out.mux(self._stream.encode(None))
                return
            first, samples = chunk
            frame = AudioFrame.from_ndarray(samples, format="fltp", layout=layout_of(self._sound.channels))
            frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
            self._out.mux(self._stream.encode(frame))
            self._heard_s = Fraction(first + samples.shape[1], rate)
