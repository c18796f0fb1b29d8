"""Just enough of the H.264 and HEVC byte stream to know where decoding can start afresh.

A container's 'key frame' flag is not enough: H.264 recovery points and HEVC CRA pictures carry it too, and pictures
after them may lean on pictures before. Only instantaneous refreshes (IDR) are safe to cut at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

H264_SLICE = frozenset({1, 5})
H264_IDR = 5
H264_PARAMETERS = frozenset({7, 8})
HEVC_VCL_END = 32
HEVC_IDR = frozenset({19, 20})
HEVC_PARAMETERS = frozenset({32, 33, 34})
MAX_UNITS = 64


@dataclass(frozen=True, kw_only=True)
class KeyPicture:
    """What the units before and of a key picture say; ``parameters`` are its in-band parameter sets."""

    is_refresh: bool
    parameters: frozenset[bytes]


def length_size(extradata: bytes | None, codec: str) -> int | None:
    """Bytes of a unit's length prefix (avcC, hvcC); None where units are parted by start codes (Annex B)."""
    if not extradata or extradata[0] != 1:
        return None
    at = 4 if codec == "h264" else 21
    return (extradata[at] & 3) + 1 if len(extradata) > at else None


def read_key(packet: memoryview, *, codec: str, prefix: int | None) -> KeyPicture:
    """Read up to the first slice of a key picture of codec ``h264`` or ``hevc``."""
    parameters = set()
    for unit in _units(packet, prefix):
        kind = unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63
        if kind in (H264_PARAMETERS if codec == "h264" else HEVC_PARAMETERS):
            parameters.add(bytes(unit))
        elif codec == "h264" and kind in H264_SLICE:
            return KeyPicture(is_refresh=kind == H264_IDR, parameters=frozenset(parameters))
        elif codec == "hevc" and kind < HEVC_VCL_END:
            return KeyPicture(is_refresh=kind in HEVC_IDR, parameters=frozenset(parameters))
    return KeyPicture(is_refresh=False, parameters=frozenset(parameters))


def _units(packet: memoryview, prefix: int | None) -> Iterator[memoryview]:
    units = _start_coded(packet) if prefix is None else _length_prefixed(packet, prefix)
    for number, unit in enumerate(units):
        if number >= MAX_UNITS:
            return
        if unit:
            yield unit


def _length_prefixed(packet: memoryview, prefix: int) -> Iterator[memoryview]:
    at = 0
    while at + prefix < len(packet):
        length = int.from_bytes(packet[at : at + prefix], "big")
        at += prefix
        yield packet[at : at + length]
        at += length


def _start_coded(packet: memoryview) -> Iterator[memoryview]:
    content = bytes(packet)
    at = content.find(b"\x00\x00\x01")
    while at >= 0:
        start = at + 3
        at = content.find(b"\x00\x00\x01", start)
        end = at if at >= 0 else len(content)
        while end > start and not content[end - 1]:
            end -= 1  # zeros before a start code belong to it: a unit never ends in one (ITU-T H.264, B.1)
        yield packet[start:end]
