"""The format of an encrypted object: a header, then frames of 256 KiB, each sealed by itself with AES-256-GCM.

    header, 32 bytes   8 magic `CTYVAULT` | 1 version (1) | 3 zero | 4 frame size, big-endian | 16 uuid of the object
    frame i            256 KiB of plaintext (the last: what is left, 0 to 256 KiB) encrypted | 16 tag
                       nonce, 12 bytes: 11 number i, big-endian | 1 flag, 1 for the last frame and else 0
                       additional data: the header

This is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015). Number and flag show frames that were cut off, moved,
repeated or left out, the header those of another object. A newcomer's trap: counting nonces are safe only because a key
seals one object once; whoever seals anything else with it gives the plaintext of both away.
"""

import struct
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from evidence.vault.errors import ObjectDamaged

KEY_BYTES: Final = 32
FRAME_BYTES: Final = 256 * 1024
"""Small enough for a player's seeking, large enough that tags and calls cost next to nothing."""
TAG_BYTES: Final = 16
_SEALED_BYTES: Final = FRAME_BYTES + TAG_BYTES
_HEADER: Final = struct.Struct(">8sB3xI16s")
_MAGIC, _VERSION = b"CTYVAULT", 1
HEADER_BYTES: Final = _HEADER.size
Ask = Callable[[int, int], Iterator[bytes]]
"""The encrypted bytes from one place to before another, in pieces of any size."""


def frames_count(size_bytes: int) -> int:
    """How many frames so much plaintext has; one, of nothing, where there is none."""
    return max(1, -(-size_bytes // FRAME_BYTES))


def sealed_size(size_bytes: int) -> int:
    """How many bytes so much plaintext becomes."""
    return HEADER_BYTES + size_bytes + TAG_BYTES * frames_count(size_bytes)


class FrameCipher:
    """Seals one object, once, and opens it: all of it or a range. `key`: 32 random bytes of this object alone."""

    def __init__(self, *, key: bytes, object_id: UUID) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"A key has {KEY_BYTES} bytes, not {len(key)}.")
        self._aes = AESGCM(key)
        self._object_id = object_id
        self._header = _HEADER.pack(_MAGIC, _VERSION, FRAME_BYTES, object_id.bytes)

    def seal(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Header and frames of all that the pieces hold; a frame at a time is in memory."""
        yield self._header
        number, waiting = 0, bytearray()
        for piece in pieces:
            waiting += piece
            while len(waiting) > FRAME_BYTES:  # whether a full one is the last shows with the next byte
                with memoryview(waiting)[:FRAME_BYTES] as frame:
                    yield self._aes.encrypt(_nonce(number, is_last=False), frame, self._header)
                del waiting[:FRAME_BYTES]
                number += 1
        yield self._aes.encrypt(_nonce(number, is_last=True), bytes(waiting), self._header)

    def read(self, ask: Ask, *, size_bytes: int, start: int, end: int) -> Iterator[bytes]:
        """The plaintext start..end-1 of an object of `size_bytes`, in pieces; only the frames it touches are read.

        Raises:
            ObjectDamaged: this is not what was sealed; here if the header tells, else at the frame that does.
            Whatever `ask` raises.
        """
        pieces = self._opened(ask, size_bytes, start, end)
        next(pieces)  # asks now: what is missing is an error before anything is sent
        return pieces

    def _opened(self, ask: Ask, size_bytes: int, start: int, end: int) -> Iterator[bytes]:
        last = frames_count(size_bytes) - 1
        numbers = range(start // FRAME_BYTES, min(last, (end - 1) // FRAME_BYTES) + 1)
        if start == end:  # of an empty object its only frame is looked at, of others none
            numbers = range(1 if size_bytes == 0 else 0)
        first = numbers.start if numbers else 0
        if first:
            self._header_require(b"".join(ask(0, HEADER_BYTES)))
        begin = HEADER_BYTES + first * _SEALED_BYTES if first else 0
        stop = min(HEADER_BYTES + (first + len(numbers)) * _SEALED_BYTES, sealed_size(size_bytes))
        raw = ask(begin, stop)
        with closing(_Taken(raw)) as taken:
            if not first:
                self._header_require(taken.take(HEADER_BYTES))
            yield b""
            for number in numbers:
                place = number * FRAME_BYTES
                plain = self._frame(taken, number, min(FRAME_BYTES, size_bytes - place), is_last=number == last)
                if plain:
                    yield plain[max(0, start - place) : end - place]

    def _frame(self, taken: "_Taken", number: int, length: int, *, is_last: bool) -> bytes:
        sealed = taken.take(length + TAG_BYTES)
        try:
            return self._aes.decrypt(_nonce(number, is_last=is_last), sealed, self._header)
        except InvalidTag:
            raise self._damaged(f"frame {number} does not open") from None

    def _header_require(self, found: bytes | memoryview) -> None:
        if bytes(found) != self._header:
            raise self._damaged("it does not begin as it was written")

    def _damaged(self, because: str) -> ObjectDamaged:
        return ObjectDamaged(
            f"Object {self._object_id} in the vault is not what was sealed: {because}. Tell the evidence manager."
        )


class _Taken:
    """Pieces of any size, taken in pieces of a wanted size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")

    def take(self, count: int) -> bytes | memoryview:
        """The next `count` bytes; fewer where there are no more."""
        if count <= len(self._rest):
            return self._cut(count)
        parts = [self._rest]
        count -= len(self._rest)
        self._rest = memoryview(b"")
        for piece in self._pieces:
            self._rest = memoryview(piece)
            parts.append(self._cut(min(count, len(piece))))
            count -= len(parts[-1])
            if not count:
                break
        return b"".join(parts)

    def close(self) -> None:
        """Let go of whatever gives the pieces."""
        if hasattr(self._pieces, "close"):
            self._pieces.close()

    def _cut(self, count: int) -> memoryview:
        cut, self._rest = self._rest[:count], self._rest[count:]
        return cut


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
