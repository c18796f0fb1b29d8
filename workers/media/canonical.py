"""Canonical JSON bytes: the RFC 8785 subset that recipes and statements are hashed in.

The subset (ASCII keys, no floats, whole numbers within +/-(2^53 - 1), NFC strings without lone surrogates) is what
makes one call to the standard library give RFC 8785's bytes. A newcomer's mistake would be to hash bytes that were
parsed and written again by anything else: hash what this returns, and store exactly that.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence

MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 64


class CanonicalError(ValueError):
    """The value has no canonical form here; `pointer` (RFC 6901) says where."""

    def __init__(self, *, pointer: str, detail: str) -> None:
        super().__init__(f"{pointer or 'the whole value'}: {detail}")
        self.pointer = pointer
        self.detail = detail


def pointer_join(pointer: str, part: str | int) -> str:
    """RFC 6901: the pointer one step further down."""
    return f"{pointer}/{str(part).replace('~', '~0').replace('/', '~1')}"


def canonical_bytes(obj: object) -> bytes:
    """UTF-8 bytes of `obj` (dicts, lists, tuples, str, int, bool, None); raises CanonicalError for anything else."""
    _check(obj, "", 0)
    return json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def canonical_sha256(obj: object) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(obj)).hexdigest()


def _check(value: object, pointer: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalError(pointer=pointer, detail=f"nested deeper than {MAX_DEPTH} levels")
    match value:
        case None | bool():
            return
        case int():
            _check_integer(value, pointer)
        case str():
            _check_string(value, pointer)
        case Mapping():
            for key, item in value.items():
                _check_key(key, pointer)
                _check(item, pointer_join(pointer, key), depth + 1)
        case Sequence() if not isinstance(value, bytes | bytearray | memoryview):
            for position, item in enumerate(value):
                _check(item, pointer_join(pointer, position), depth + 1)
        case _:
            raise CanonicalError(pointer=pointer, detail=f"a {type(value).__name__} cannot be written")


def _check_integer(value: int, pointer: str) -> None:
    if abs(value) > MAX_INTEGER:
        raise CanonicalError(pointer=pointer, detail="the whole number is too large to be exact in every reader")


def _check_string(value: str, pointer: str) -> None:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError(pointer=pointer, detail="the text is not valid Unicode") from error
    if not unicodedata.is_normalized("NFC", value):
        raise CanonicalError(pointer=pointer, detail="the text is not in Unicode form NFC")


def _check_key(key: object, pointer: str) -> None:
    if not isinstance(key, str) or not key.isascii():
        raise CanonicalError(pointer=pointer, detail="a name here is not plain ASCII text")
