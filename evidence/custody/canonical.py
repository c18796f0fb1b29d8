"""Canonical bytes: the one form in which anything is hashed or signed.

A subset of RFC 8785: ASCII keys, no floats, integers below 2**53 in size, NFC strings, times as text. Within that
subset `orjson` with sorted keys gives RFC 8785's bytes. Never hash a re-serialised copy: keep the bytes.
"""

import unicodedata
from datetime import UTC, datetime

import orjson

from evidence.custody.errors import BodyInvalid

_LIMIT = 2**53


def canonical_bytes(value: object) -> bytes:
    """UTF-8 canonical JSON of dicts, lists, strings, ints, bools and None.

    Raises:
        BodyInvalid: the value holds a float, a number of 2**53 or more, a key that is not ASCII, or another type.
    """
    return orjson.dumps(_checked(value), option=orjson.OPT_SORT_KEYS)


def _checked(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= _LIMIT:
            raise BodyInvalid(f"{value} is too large for a canonical number; write it as text.")
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return [_checked(item) for item in value]
    if isinstance(value, dict):
        return {_key(key): _checked(item) for key, item in value.items()}
    raise BodyInvalid(f"{type(value).__name__} has no canonical form; use text, whole numbers, lists and objects.")


def _text(value: str) -> str:
    if value.isascii():
        return value
    text = unicodedata.normalize("NFC", value)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BodyInvalid("A text holds half a surrogate pair and cannot be written as UTF-8.") from None
    return text


def _key(key: object) -> str:
    if not isinstance(key, str) or not key.isascii():
        raise BodyInvalid(f"{key!r} is not an ASCII key.")
    return str(key)  # a StrEnum too: orjson takes plain keys only


def time_text(moment: datetime) -> str:
    """RFC 3339 in UTC with microseconds: `2026-11-22T19:04:31.000000Z`. Naive times are refused."""
    if moment.tzinfo is None:
        raise BodyInvalid("A time without a zone cannot go into the record.")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
