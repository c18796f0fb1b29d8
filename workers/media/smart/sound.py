"""Sound that nothing was done to, packet for packet: only where no more than an encoder's priming would be hidden.

Otherwise the sound is encoded from samples, as it always is at a cut: AAC frames overlap, so a copied one at a seam
would carry sound from outside the segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.packet import Packet

from workers.media.audio import sound_stream
from workers.media.inputs import Input
from workers.media.recipe_model import Audio, Recipe
from workers.media.source import Packets, open_source
from workers.media.timeline import Timeline


class Digest(Protocol):
    """What hashlib gives."""

    def update(self, data: memoryview, /) -> None:
        """Take more bytes."""

    def hexdigest(self) -> str:
        """Lower-case hex."""


MOST_PRIMING = 2112
"""Samples: the longest start-up of an AAC encoder in use (Apple's); libav's is 1024."""


@dataclass
class CopiedSound:
    """The packets of one source's sound, `shift` ticks of its own clock earlier; `hash` once they were all written."""

    path: Path
    audio: Audio
    shift: int
    packets: int = 0
    _digest: Digest = field(default_factory=sha256, init=False)

    @property
    def sha256(self) -> str:
        """Over the payloads of all packets, in order."""
        return self._digest.hexdigest()

    def note(self, payload: memoryview) -> None:
        """Count one packet that was written."""
        self.packets += 1
        self._digest.update(payload)


def copied_sound(recipe: Recipe, inputs: tuple[Input, ...], line: Timeline) -> CopiedSound | None:
    """The sound to copy; None where it must be encoded."""
    row, segment = inputs[0], line.segments[0]
    audio, index, coding = row.source.audio, row.index, row.coding
    if audio is None or index is None or coding is None or coding.sound is None or recipe.output.audio != "keep":
        return None
    is_whole = len(line.segments) == 1 and (segment.start, segment.end) == (index.pts_of(0), index.end_pts)
    base = Fraction(*audio.time_base)
    if not is_whole or recipe.audio or base != Fraction(1, audio.rate):
        return None
    first, end = coding.sound
    heard_from, heard_to = row.shift.heard or (first, end)
    shift = round(segment.shown_start / base) + row.shift.audio
    hidden = max(heard_from - first, shift - first)
    if not 0 <= hidden <= MOST_PRIMING or (hidden and heard_from != max(shift, first)) or end > heard_to:
        return None
    found = CopiedSound(path=row.path, audio=audio, shift=shift)
    with open_source(row.path) as container:
        return found if _is_plain_aac(sound_stream(container, audio)) else None


def _is_plain_aac(stream: AudioStream) -> bool:
    context = stream.codec_context
    return (
        context.codec.canonical_name == "aac"
        and context.profile == "LC"
        and context.channels <= 2
        and bool(context.extradata)
    )


class CopiedTrack:
    """A `CopiedSound` on its way into `out`; see sound_track.Track. `source` is the sound's own file, opened."""

    def __init__(self, out: OutputContainer, source: InputContainer, sound: CopiedSound) -> None:
        self._out, self._sound = out, sound
        stream = sound_stream(source, sound.audio)
        self._stream = out.add_stream_from_template(stream)
        self._base = Fraction(*sound.audio.time_base)
        self._packets: Iterator[Packet[AudioStream]] = iter(Packets(source, stream))  # type: ignore[arg-type]
        self._waiting: Packet[AudioStream] | None = next(self._packets, None)

    def until(self, time_s: Fraction | None) -> None:
        """See Track."""
        limit = None if time_s is None else int(time_s / self._base)
        while (packet := self._waiting) is not None:
            at = (packet.pts or 0) - self._sound.shift
            if limit is not None and at > limit:
                return
            self._sound.note(memoryview(packet))
            packet.pts = packet.dts = at
            packet.stream = self._stream
            self._out.mux(packet)
            self._waiting = next(self._packets, None)

    def prepare(self) -> bool:
        """See Track: there is nothing to do but to write."""
        return False

    def close(self) -> None:
        """See Track; the source is closed by whoever opened it."""
