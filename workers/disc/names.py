"""Names that a disc can carry everywhere: file names, volume identifiers and the short label of a disc.

Pure. What people typed never reaches a disc as a name: it is translated here, and kept whole inside the documents.
A newcomer would forget that Windows shows the Joliet view, whose volume identifier holds only 16 characters.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

NAME_LIMIT: Final = 64
"""Longest file name, in characters: Joliet's own limit."""

VOLUME_ID_LIMIT: Final = 16
"""Longest volume identifier that both the ISO 9660 view (32) and the Joliet view (16 UTF-16 units) hold whole."""

_SUFFIX_LIMIT: Final = 12
_RESERVED: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CLOCK$"} | {f"{port}{digit}" for port in ("COM", "LPT") for digit in "0123456789"}
)
_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


def is_safe_name(name: str) -> bool:
    """Whether `name` is one path component that every reader of the disc accepts as it stands."""
    return bool(_SAFE.fullmatch(name)) and not name.endswith(".") and not _is_reserved(name)


def safe_name(text: str, taken: Collection[str] = ()) -> str:
    """One path component made from `text`: `[A-Za-z0-9._-]`, at most 64 characters, not a reserved Windows name.

    It differs from every name in `taken` whatever the case of letters, and the file's suffix survives shortening.
    The same text and the same taken names give the same name.
    """
    stem, suffix = _split(_plain(text))
    if not stem or _is_reserved(stem):
        stem = f"_{stem}" if stem else "item"
    taken_folded = {name.casefold() for name in taken}
    number = 1
    while True:
        tail = ("" if number == 1 else f"_{number}") + suffix
        name = stem[: NAME_LIMIT - len(tail)].rstrip(".") + tail
        if name.casefold() not in taken_folded:
            return name
        number += 1


def disc_label(reference: str, number: int, of: int) -> str:
    """The name people call a disc by: `URN_D2OF3`, upper case, at most 32 characters (ISO 9660's volume identifier).

    A reference that is too long loses its end, never the disc's number.
    """
    return _fitted(reference, number, of, limit=32)


def volume_id(reference: str, number: int, of: int) -> str:
    """The identifier written into the disc: `disc_label` in at most 16 characters, so that every view shows it whole.

    Room is won first from the separator, then from `OFm`, and only then from the reference's end.
    """
    return _fitted(reference, number, of, limit=VOLUME_ID_LIMIT)


def volume_id_check(text: str) -> None:
    """Raise ValueError unless `text` can be a volume identifier as it stands: `A-Z 0-9 _`, 1 to 16 characters."""
    if not re.fullmatch(r"[A-Z0-9_]{1,16}", text):
        message = f"{text!r} is no volume identifier: use what volume_id() returns"
        raise ValueError(message)


def _fitted(reference: str, number: int, of: int, *, limit: int) -> str:
    if not 1 <= number <= of:
        message = f"disc {number} of {of} does not exist"
        raise ValueError(message)
    base = re.sub(r"[^A-Z0-9]+", "_", _ascii(reference).upper()).strip("_") or "DISC"
    for tail in (f"_D{number}OF{of}", f"D{number}OF{of}"):
        if len(base) + len(tail) <= limit:
            return base + tail
    tail = f"_D{number}"
    return base[: limit - len(tail)].rstrip("_") + tail


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def _plain(text: str) -> str:
    # a path typed by someone is data: its last component carries no more meaning than the rest, so all of it stays
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", _ascii(text))
    return re.sub(r"\.{2,}", ".", plain).lstrip("._-").rstrip("._-")


def _split(plain: str) -> tuple[str, str]:
    stem, dot, suffix = plain.rpartition(".")
    if dot and stem and 0 < len(suffix) <= _SUFFIX_LIMIT:
        return stem.rstrip("._-"), f".{suffix}"
    return plain, ""


def _is_reserved(name: str) -> bool:
    return name.split(".", 1)[0].upper() in _RESERVED
