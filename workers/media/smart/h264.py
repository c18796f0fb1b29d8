"""H.264 in an MP4: which units of a packet are the picture, and parameter sets of two encoders side by side.

A copied picture is its slices (NAL types 1 to 5), each behind four bytes of length. Parameter sets go into the file's
head; delimiters and SEI, where cameras put clocks, places and captions, go nowhere: a decoder needs neither, and no
working copy carries them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

SLICE_FIRST, SLICE_LAST = 1, 5
SPS, PPS = 7, 8
IDR = 5
LENGTH_BYTES = 4
MOST_SPS = 32
HIGH_PROFILES = frozenset({100, 110, 122, 144})
EIGHT_BIT_420 = bytes((0xFC | 1, 0xF8, 0xF8, 0))
"""The end of a High profile's avcC: chroma 4:2:0, 8 bits twice, no SPS extension (ISO/IEC 14496-15, 5.3.3.1)."""


class BadUnits(ValueError):
    """The bytes are not units of H.264 as their container frames them."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet's picture as it goes into a file, whether decoding can start at it, and sets that came with it."""

    picture: bytes
    is_refresh: bool
    sets: tuple[bytes, ...]


@dataclass(frozen=True)
class ParameterSets:
    """Sequence and picture parameter sets, in order, each once."""

    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    @classmethod
    def of(cls, units: Iterable[bytes]) -> "ParameterSets":
        """Those among the units. Raises BadUnits where two share an id and differ."""
        each = tuple(dict.fromkeys(bytes(unit) for unit in units if unit and unit[0] & 31 in {SPS, PPS}))
        found = cls(
            sps=tuple(unit for unit in each if unit[0] & 31 == SPS),
            pps=tuple(unit for unit in each if unit[0] & 31 == PPS),
        )
        if len({_id(unit) for unit in found.sps}) < len(found.sps):
            raise BadUnits("two sequence parameter sets share an id")
        if len({_id(unit) for unit in found.pps}) < len(found.pps):
            raise BadUnits("two picture parameter sets share an id")
        return found

    @classmethod
    def parse(cls, extradata: bytes, also: Iterable[bytes] = ()) -> "ParameterSets":
        """Those of a stream's head (avcC, or units between start codes) and `also`. Raises BadUnits."""
        given = _avcc_units(extradata) if extradata[:1] == b"\x01" else map(bytes, _between_start_codes(extradata))
        return cls.of([*given, *also])

    @cached_property
    def all(self) -> frozenset[bytes]:
        """All of them."""
        return frozenset((*self.sps, *self.pps))

    @property
    def hashes(self) -> tuple[str, ...]:
        """SHA-256 of each, lower-case hex: sequence sets first, in their order."""
        return tuple(sha256(unit).hexdigest() for unit in (*self.sps, *self.pps))

    def free_id(self) -> int | None:
        """The lowest id that neither kind uses: x264 gives both of its sets one id."""
        taken = {_id(unit) for unit in (*self.sps, *self.pps)}
        return next((each for each in range(1, MOST_SPS) if each not in taken), None)

    def plus(self, other: "ParameterSets") -> "ParameterSets":
        """Both, the own ones first. Raises BadUnits."""
        return ParameterSets.of((*self.sps, *other.sps, *self.pps, *other.pps))

    def avcc(self) -> bytes:
        """The head of an MP4's H.264 track; its profile and level are those of the first sequence parameter set."""
        if not self.sps or not self.pps or len(self.sps) >= MOST_SPS:
            raise BadUnits("a stream has 1 to 31 sequence parameter sets, and a picture parameter set")
        first = self.sps[0]
        head = bytes((1, *first[1:4], 0xFC | LENGTH_BYTES - 1, 0xE0 | len(self.sps)))
        body = b"".join(map(_sized, self.sps)) + bytes((len(self.pps),)) + b"".join(map(_sized, self.pps))
        return head + body + (EIGHT_BIT_420 if first[1] in HIGH_PROFILES else b"")


def coded(packet: memoryview, prefix: int | None) -> Coded:
    """Read a packet; `prefix`: bytes of its lengths, None where start codes part its units. Raises BadUnits."""
    slices: list[memoryview] = []
    sets: list[bytes] = []
    is_refresh = False
    for unit in _between_start_codes(packet) if prefix is None else _length_prefixed(packet, prefix):
        kind = unit[0] & 31
        if SLICE_FIRST <= kind <= SLICE_LAST:
            slices.append(unit)
            is_refresh = is_refresh or kind == IDR
        elif kind in {SPS, PPS}:
            sets.append(bytes(unit))
    if not slices:
        raise BadUnits("a packet without a picture")
    picture = b"".join(part for unit in slices for part in (len(unit).to_bytes(LENGTH_BYTES, "big"), unit))
    return Coded(picture=picture, is_refresh=is_refresh, sets=tuple(sets))


def _length_prefixed(packet: memoryview, prefix: int) -> Iterator[memoryview]:
    at = 0
    while at < len(packet):
        length = int.from_bytes(packet[at : at + prefix], "big")
        start, at = at + prefix, at + prefix + length
        if at > len(packet):
            raise BadUnits("a unit reaches beyond its packet")
        if length:
            yield packet[start:at]


def _between_start_codes(packet: memoryview | bytes) -> Iterator[memoryview]:
    """Zero bytes before a start code belong to it: a unit never ends in one (ITU-T H.264, B.1)."""
    content, view = bytes(packet), memoryview(packet)
    at = content.find(b"\x00\x00\x01")
    while at >= 0:
        start = at + 3
        at = content.find(b"\x00\x00\x01", start)
        end = at if at >= 0 else len(content)
        while end > start and not content[end - 1]:
            end -= 1
        if end > start:
            yield view[start:end]


def _avcc_units(extradata: bytes) -> Iterator[bytes]:
    at = 5
    for mask in (31, 255):
        if at >= len(extradata):
            raise BadUnits("the stream's head is cut short")
        count, at = extradata[at] & mask, at + 1
        for _ in range(count):
            length = int.from_bytes(extradata[at : at + 2], "big")
            start, at = at + 2, at + 2 + length
            if not length or at > len(extradata):
                raise BadUnits("the stream's head is cut short")
            yield extradata[start:at]


def _sized(unit: bytes) -> bytes:
    return len(unit).to_bytes(2, "big") + unit


def _id(unit: bytes) -> int:
    """The set's own id: the first Exp-Golomb number, after profile and level in a sequence parameter set."""
    start = 4 if unit[0] & 31 == SPS else 1
    bits = "".join(f"{byte:08b}" for byte in unit[start : start + 5])
    zeros = len(bits) - len(bits.lstrip("0"))
    number = bits[zeros : 2 * zeros + 1]
    if len(number) <= zeros:
        raise BadUnits("a parameter set without an id")
    return int(number, 2) - 1
