"""A timestamp's certificates in the order that DER wants. Many makers send them in another, which rfc3161-client (1.0)
refuses to read; the order is not signed, so it can be put right. What is kept is what came.
"""

from collections.abc import Iterator

_CERTIFICATES = 0xA0
_PATH = (1, 1, 0)
"""From the answer to its signed data: the token, its content, and what is in that."""


def ordered(raw: bytes) -> bytes:
    """The same answer, its certificates sorted; unchanged where it is none, for others to refuse."""
    try:
        at, end = _inside(raw, 0)
        for number in _PATH:
            at, end = list(_elements(raw, at, end))[number]
            at, end = _inside(raw, at)
        sets = [(start, stop) for start, stop in _elements(raw, at, end) if raw[start] == _CERTIFICATES]
        if not sets:
            return raw
        at, end = _inside(raw, sets[0][0])
        sorted_ = sorted(raw[start:stop] for start, stop in _elements(raw, at, end))
        return raw[:at] + b"".join(sorted_) + raw[end:]
    except (IndexError, ValueError):
        return raw


def _elements(raw: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each element between two places begins and ends."""
    while at < end:
        _, stop = _inside(raw, at)
        if stop > end:
            raise ValueError("An element is longer than what it is in.")
        yield at, stop
        at = stop


def _inside(raw: bytes, at: int) -> tuple[int, int]:
    """Where the content of the element at a place begins and ends."""
    length, start = raw[at + 1], at + 2
    if length & 0x80:
        count = length & 0x7F
        length, start = int.from_bytes(raw[start : start + count], "big"), start + count
    if start + length > len(raw):
        raise ValueError("An element is longer than the whole.")
    return start, start + length
