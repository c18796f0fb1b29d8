"""The sound of an output file: encoded as AAC from samples, pulled along so that it never waits in memory for pictures.

Where it is copied instead, packet for packet, is in ``smart.sound``; both have the same face.

It is decoded and encoded in the thread of whoever writes. In one of its own it took twice the processor time beside
copied pictures: both come back from libav thousands of times a second, and one of the two always waits for the other.
"""

from collections import deque
from collections.abc import Generator
from fractions import Fraction
from typing import NamedTuple, Protocol

from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from workers.media.audio import Sound, layout_of

SOUND_BITS_S = 96_000
"""For each channel; speech is transparent well below."""
AAC_CODER = "fast"
"""At the same rate half the processor time of libav's usual one, and nearer to what was recorded: 42 dB against 31."""

_MOST_READY = 256
"""Parts of some third of a second, encoded, that may wait to be written: a megabyte or two."""


class Track(Protocol):
    """What a writer of pictures needs of the sound beside them."""

    def until(self, time_s: Fraction | None) -> None:
        """Write sound up to this time of the output; all that is left for None."""

    def prepare(self) -> bool:
        """Get a little more of it ready, for who has nothing else to do; False where there is nothing to get ready."""

    def close(self) -> None:
        """Let go of what it reads from; nothing may be asked of it any more."""


class _Part(NamedTuple):
    """Encoded sound, and the time of the output up to which it reaches."""

    heard_s: Fraction
    packets: "list[Packet[AudioStream]]"


class EncodedTrack:
    """A `Sound` on its way into `out`, which is not yet written to."""

    def __init__(self, out: OutputContainer, sound: Sound) -> None:
        self._out, self._sound = out, sound
        self._stream = out.add_stream("aac", rate=sound.rate, options={"aac_coder": AAC_CODER})
        context = self._stream.codec_context
        context.layout = layout_of(sound.channels)
        context.bit_rate = SOUND_BITS_S * sound.channels
        # here, and not with the first samples: the header of `out` is written from it, maybe before they are there
        context.open()
        self._heard_s = Fraction(0)
        self._parts = self._encoded()
        self._ready: deque[_Part] = deque()

    def until(self, time_s: Fraction | None) -> None:
        """See Track."""
        while time_s is None or self._heard_s <= time_s:
            part = self._ready.popleft() if self._ready else next(self._parts, None)
            if part is None:
                return
            for packet in part.packets:
                self._out.mux(packet)
            self._heard_s = part.heard_s

    def prepare(self) -> bool:
        """See Track."""
        part = next(self._parts, None) if len(self._ready) < _MOST_READY else None
        if part is not None:
            self._ready.append(part)
        return part is not None

    def close(self) -> None:
        """See Track."""
        self._parts.close()

    def _encoded(self) -> Generator[_Part, None, None]:
        rate, layout = self._sound.rate, layout_of(self._sound.channels)
        base = Fraction(1, rate)
        reached = 0
        for first, samples in self._sound.chunks():
            frame = AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, first, base
            reached = first + samples.shape[1]
            yield _Part(reached * base, self._stream.encode(frame))
        yield _Part(reached * base, self._stream.encode(None))
