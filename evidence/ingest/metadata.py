"""What a sender says about a file: the Upload-Metadata header, and the facts in it that we understand.

Pure: nothing is looked up here. A newcomer's trap: at the door only what can never be understood is refused (broken
syntax, a SHA-256 that is none); an unknown officer or an odd clock is taken in and flagged when the file is sealed.
"""

import base64
import binascii
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeVar

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from evidence.ingest.errors import UploadInvalid

_KEY = re.compile(r"[!-+\--~]+")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
FILENAME_MAX = 400
SIZE_FIGURES_MAX = 18
PART_FIGURES_MAX = 9
"""Figures are counted before they are read: Python refuses to read very long numbers, and no file has such a size."""
YEARS = range(1970, 2101)
"""Of a time that a camera can have meant. Far outside of it, times cannot even be shown in another zone."""
Fact = TypeVar("Fact")
log = logging.getLogger(__name__)


def metadata_read(header: str) -> dict[str, str]:
    """Upload-Metadata as text by key: `key base64,key base64`. Bytes that are no UTF-8 are marked, not refused.

    Raises:
        UploadInvalid: an empty or repeated key, or a value that is not base64.
    """
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise UploadInvalid("Upload-Metadata has a key that is empty, repeated or not ASCII. Correct the sender.")
        found[key] = _text(_decoded(value.strip(), key))
    return found


def _decoded(value: str, key: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UploadInvalid(f"Upload-Metadata: the value of '{key}' is not base64. Correct the sender.") from error


def _text(value: bytes) -> str:
    # PostgreSQL keeps no NUL in text
    return value.decode(errors="replace").replace("\0", "\ufffd")


def sha256_declared(metadata: Mapping[str, str], *, is_required: bool) -> str:
    """The SHA-256 of the whole file as announced, lower-case hex; empty where none was.

    Raises:
        UploadInvalid: it is none, or it is required and missing.
    """
    given = metadata.get("sha256", "").strip()
    if not given:
        if is_required:
            raise UploadInvalid("A dock must announce the SHA-256 of the whole file in Upload-Metadata: 'sha256', hex.")
        return ""
    if not _SHA256.fullmatch(given):
        raise UploadInvalid("'sha256' in Upload-Metadata must be 64 hexadecimal figures.")
    return given.lower()


def size_require(metadata: Mapping[str, str], length_bytes: int) -> None:
    """Refuse metadata whose `size` is not the length of the upload.

    Raises:
        UploadInvalid: it is another, or no number.
    """
    given = metadata.get("size", "").strip()
    if given and _number(given, SIZE_FIGURES_MAX) != length_bytes:
        raise UploadInvalid(f"'size' in Upload-Metadata says {given[:20]}, the upload has {length_bytes} bytes.")


def _number(text: str, figures_max: int) -> int | None:
    """What the figures say; None where they are none, or more than that many."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= figures_max else None


@dataclass(frozen=True, slots=True)
class Told:
    """What the sender told of a file, as far as it can be read. Times UTC-aware; empty where nothing was said.

    `doubts`: sentences on what was said and could not be read as meant.
    """

    filename: str
    camera: str
    officer: str
    incident: str
    recording: str
    part: int | None
    is_last: bool
    """Whether the sender says that no part of this capture comes after it."""
    recorded_at: datetime | None
    doubts: tuple[str, ...]


def told_by(metadata: Mapping[str, str]) -> Told:
    """Read the facts leniently; what cannot be read becomes a doubt, whatever it was that made it unreadable."""
    doubts: list[str] = []
    return Told(
        filename=base_name(metadata.get("filename", "")),
        camera=metadata.get("camera", "").strip()[:64],
        officer=metadata.get("officer", "").strip()[:64],
        incident=metadata.get("incident", "").strip()[:80],
        recording=metadata.get("recording", "").strip(),
        part=_read(_part, metadata, "part", doubts),
        is_last=_read(_last, metadata, "last", doubts) or False,
        recorded_at=_read(_moment, metadata, "recorded_at", doubts),
        doubts=tuple(doubts),
    )


def _read(
    reader: Callable[[str, list[str]], Fact | None], metadata: Mapping[str, str], key: str, doubts: list[str]
) -> Fact | None:
    """One fact, or None with a doubt: no word of a sender may keep what it sent from being sealed."""
    try:
        return reader(metadata.get(key, "").strip(), doubts)
    except Exception as error:  # noqa: BLE001 - said aloud as a doubt; raising would keep the bytes out for ever
        log.warning("'%s' of an upload could not be read: %s", key, type(error).__name__)
        doubts.append(f"What the sender wrote for '{key}' cannot be read.")
        return None


def base_name(filename: str) -> str:
    """The last part of a name with folders in it, of either kind of slash; kept as data, never used as a path."""
    return PureWindowsPath(PurePosixPath(filename).name).name[:FILENAME_MAX]


def _part(text: str, doubts: list[str]) -> int | None:
    if not text:
        return None
    part = _number(text, PART_FIGURES_MAX)
    if not part:
        doubts.append("The sender's part number cannot be read.")
    return part or None


def _last(text: str, doubts: list[str]) -> bool:
    if text.lower() not in {"", "true", "false"}:
        doubts.append("Whether it is the last part cannot be read: the sender's 'last' is neither true nor false.")
    return text.lower() == "true"


def _moment(text: str, doubts: list[str]) -> datetime | None:
    if not text:
        doubts.append("The sender did not say when it was recorded.")
        return None
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        doubts.append("The time of recording that was sent cannot be read.")
        return None
    is_naive = timezone.is_naive(found)
    moment = _possible(timezone.make_aware(found) if is_naive else found)
    if moment is None:
        doubts.append(f"The time of recording that was sent is not between {YEARS[0]} and {YEARS[-1]}.")
    elif is_naive:
        doubts.append("The time of recording was sent without a time zone and is taken as local time.")
    return moment


def _possible(moment: datetime) -> datetime | None:
    """The time in UTC; None beyond YEARS, and where its zone leads out of the calendar."""
    try:
        found = moment.astimezone(UTC)
    except OverflowError:
        return None
    return found if found.year in YEARS else None
