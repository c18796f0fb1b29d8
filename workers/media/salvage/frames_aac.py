"""Tells AAC frames apart that lie side by side without a length: by decoding them.

A raw frame (ISO/IEC 14496-3, 4.4.2.1, raw_data_block) ends in the bits 111, but only reading all of it tells which.
A decoder that is given less than a whole frame fails; so the least that it takes is the frame.
"""

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.codec.context import CodecContext
from av.packet import Packet

from workers.media.salvage.profile_model import SoundProfile

MOST_BYTES_PER_CHANNEL = 768
"""6,144 bits a channel (ISO/IEC 14496-3, 4.5.3)."""
LEAST_BYTES = 2
ENDS = frozenset(byte for byte in range(1, 256) if f"{byte:08b}".rstrip("0")[-3:] in {"111", "11", "1"})
"""Last bytes of a frame: the bits 111 of its end and zeros behind, or what of them did not fit the byte before."""


class SoundReader:
    """Reads sound of one kind; `most`: bytes that a frame can have.

    One decoder is kept: what a failed try leaves in it does not move the ends of frames.
    """

    def __init__(self, profile: SoundProfile) -> None:
        context = CodecContext.create("aac", "r")
        assert isinstance(context, AudioCodecContext)  # noqa: S101 - libav's AAC decoder is one of sound
        context.extradata = bytes.fromhex(profile.config)
        self._context = context
        self.most = MOST_BYTES_PER_CHANNEL * max(profile.channels, 1)

    def first(self, content: bytes) -> int:
        """The size of the frame that begins here: the least number of bytes that decode; 0 where there is none."""
        most = min(self.most, len(content))
        likely = (size for size in range(LEAST_BYTES, most + 1) if content[size - 1] in ENDS)
        return next((size for size in likely if self._decodes(content[:size])), 0)

    def _decodes(self, content: bytes) -> bool:
        try:
            found = bool(self._context.decode(Packet(content)))
        except (av.error.FFmpegError, ValueError):
            found = False
        self._context.flush_buffers()
        return found
