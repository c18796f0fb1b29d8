"""The sound of an output file: encoded as AAC from samples, pulled along so that it never waits in memory for pictures.

Where it is copied instead, packet for packet, is in ``smart.sound``; both have the same face.
"""

from collections import deque
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
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

_AHEAD, _CHUNKS_A_PART = 4, 16
"""Parts of some third of a second wait in memory: handing each chunk over would cost as much as encoding it."""


class Track(Protocol):
    """What a writer of pictures needs of the sound beside them."""

    def until(self, time_s: Fraction | None) -> None:
        """Write sound up to this time of the output; all that is left for None."""

    def close(self) -> None:
        """Let go of what it reads from; nothing may be asked of it any more."""


class _Part(NamedTuple):
    """Encoded sound, and the time of the output up to which it reaches."""

    heard_s: Fraction
    packets: "list[Packet[AudioStream]]"


class EncodedTrack:
    """A `Sound` on its way into `out`, which is not yet written to.

    It is decoded and encoded in a thread of its own, a second or two ahead of what is asked for.
    """

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
        self._pool = ThreadPoolExecutor(1, "sound")
        self._coming = deque(self._pool.submit(next, self._parts, None) for _ in range(_AHEAD))

    def until(self, time_s: Fraction | None) -> None:
        """See Track."""
        while self._coming and (time_s is None or self._heard_s <= time_s):
            part = self._coming.popleft().result()
            if part is None:
                self._coming.clear()
                return
            for packet in part.packets:
                self._out.mux(packet)
            self._heard_s = part.heard_s
            self._coming.append(self._pool.submit(next, self._parts, None))

    def close(self) -> None:
        """See Track."""
        self._coming.clear()
        self._pool.shutdown(cancel_futures=True)
        self._parts.close()

    def _encoded(self) -> Generator[_Part, None, None]:
        rate, layout = self._sound.rate, layout_of(self._sound.channels)
        base = Fraction(1, rate)
        packets: list[Packet[AudioStream]] = []
        reached = 0
        for number, (first, samples) in enumerate(self._sound.chunks(), 1):
            frame = AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
            frame.sample_rate, frame.pts, frame.time_base = rate, first, base
            packets += self._stream.encode(frame)
            reached = first + samples.shape[1]
            if number % _CHUNKS_A_PART == 0:
                yield _Part(reached * base, packets)
                packets = []
        yield _Part(reached * base, packets + self._stream.encode(None))
