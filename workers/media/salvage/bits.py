"""The few fields of H.264 that tell pictures apart: parameter sets and the beginnings of slices (ITU-T H.264, 7.3).

Everything read here comes from hostile bytes: reading past the end, or a number out of bounds, raises BadBits.
"""

from dataclasses import dataclass

SPS, PPS, IDR = 7, 8, 5
HIGH = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
HEAD_BYTES = 48
"""Enough of a slice for all that is read of it."""
MOST_ZEROS = 31
MOST_BLOCKS = 1 << 20


class BadBits(ValueError):
    """These bytes are not what they were taken for."""


class Bits:
    """Reads bits of a unit behind its header byte, without emulation prevention bytes (7.4.1.1)."""

    def __init__(self, unit: bytes) -> None:
        content = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
        self._value, self._left = int.from_bytes(content, "big"), 8 * len(content)

    def u(self, count: int) -> int:
        """A whole number of `count` bits."""
        if count > self._left:
            raise BadBits("too short")
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def ue(self) -> int:
        """An Exp-Golomb number (9.1)."""
        zeros = 0
        while not self.u(1):
            zeros += 1
            if zeros > MOST_ZEROS:
                raise BadBits("a number out of bounds")
        return (1 << zeros) - 1 + self.u(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number (9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)


@dataclass(frozen=True, slots=True)
class Sequence:
    """What a sequence parameter set says that is needed here; `blocks`: macroblocks of a picture."""

    identifier: int
    separate_planes: bool
    frame_num_bits: int
    poc_type: int
    poc_bits: int
    blocks: int
    frames_only: bool


def sequence_of(unit: bytes) -> Sequence:
    """Read a sequence parameter set (7.3.2.1.1). Raises BadBits."""
    bits = Bits(unit)
    profile = bits.u(8)
    bits.u(16)
    identifier = _within(bits.ue(), 31)
    separate = _chroma(bits) if profile in HIGH else False
    frame_num_bits = _within(bits.ue(), 12) + 4
    poc_type = _within(bits.ue(), 2)
    poc_bits = 0
    if poc_type == 0:
        poc_bits = _within(bits.ue(), 12) + 4
    elif poc_type == 1:
        bits.u(1)
        bits.se(), bits.se()
        for _ in range(_within(bits.ue(), 255)):
            bits.se()
    _within(bits.ue(), 16)
    bits.u(1)
    width, height = bits.ue() + 1, bits.ue() + 1
    frames_only = bool(bits.u(1))
    blocks = _within(width * height * (1 if frames_only else 2), MOST_BLOCKS)
    return Sequence(identifier, separate, frame_num_bits, poc_type, poc_bits, blocks, frames_only)


def _chroma(bits: Bits) -> bool:
    """Past the part that only High profiles have; whether colours are coded as pictures of their own."""
    form = _within(bits.ue(), 3)
    separate = bool(bits.u(1)) if form == 3 else False
    _within(bits.ue(), 6), _within(bits.ue(), 6)
    bits.u(1)
    if bits.u(1):
        for number in range(8 if form != 3 else 12):
            if bits.u(1):
                _scaling(bits, 16 if number < 6 else 64)
    return separate


def _scaling(bits: Bits, size: int) -> None:
    """Past a scaling list (7.3.2.1.1.1)."""
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _within(number: int, most: int) -> int:
    if number > most:
        raise BadBits("a number out of bounds")
    return number


@dataclass(frozen=True, slots=True)
class PictureSet:
    """A picture parameter set: its id, and that of its sequence parameter set."""

    identifier: int
    sequence: int


def picture_set_of(unit: bytes) -> PictureSet:
    """Read a picture parameter set as far as needed (7.3.2.2). Raises BadBits."""
    bits = Bits(unit)
    return PictureSet(_within(bits.ue(), 255), _within(bits.ue(), 31))


@dataclass(frozen=True, slots=True)
class SliceHead:
    """The beginning of a slice. `field`: 1 top, 2 bottom, 0 a whole frame; `poc`: its low bits, None where not told."""

    first_block: int
    is_refresh: bool
    is_reference: bool
    picture_set: int
    frame_num: int
    field: int
    poc: int | None


class Sets:
    """The parameter sets in force, by id: those given, then those met in the stream."""

    def __init__(self) -> None:
        self.units: dict[tuple[int, int], bytes] = {}
        self._sequences: dict[int, Sequence] = {}
        self._pictures: dict[int, PictureSet] = {}

    def add(self, unit: bytes) -> tuple[int, int]:
        """Take one in place of any with its id; returns its kind and id. Raises BadBits."""
        if unit[0] & 31 == SPS:
            sequence = sequence_of(unit)
            key = (SPS, sequence.identifier)
            self._sequences[sequence.identifier] = sequence
        else:
            picture = picture_set_of(unit)
            key = (PPS, picture.identifier)
            self._pictures[picture.identifier] = picture
        self.units[key] = unit
        return key

    def head(self, unit: bytes) -> SliceHead:
        """Read the beginning of a slice (7.3.3). Raises BadBits, also where no set it names is known."""
        bits = Bits(unit[:HEAD_BYTES])
        first_block, kind, picture_set = bits.ue(), _within(bits.ue(), 9), bits.ue()
        sequence = self.sequence(picture_set)
        is_refresh = unit[0] & 31 == IDR
        if first_block >= sequence.blocks or (is_refresh and kind % 5 not in {2, 4}):
            raise BadBits("no slice of this stream")
        if sequence.separate_planes:
            bits.u(2)
        frame_num = bits.u(sequence.frame_num_bits)
        field = 0
        if not sequence.frames_only and bits.u(1):
            field = 1 + bits.u(1)
        if is_refresh:
            _within(bits.ue(), 65_535)
            if frame_num:
                raise BadBits("no slice of this stream")
        poc = bits.u(sequence.poc_bits) if sequence.poc_type == 0 else None
        return SliceHead(first_block, is_refresh, bool(unit[0] >> 5 & 3), picture_set, frame_num, field, poc)

    def sequence(self, picture_set: int) -> Sequence:
        """The sequence parameter set behind a picture parameter set. Raises BadBits."""
        found = self._pictures.get(picture_set)
        sequence = self._sequences.get(found.sequence) if found is not None else None
        if sequence is None:
            raise BadBits("a set that is not known")
        return sequence
