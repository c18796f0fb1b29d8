"""What is written on the face of a disc, as lines of text; how it gets there (pen, sticker, printer) is not our matter.

Pure. The kind of copy comes second, in capitals, because the worst mistake with a disc is to take a viewing copy for
the evidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

PROTECTIVE_MARKING: Final = "OFFICIAL-SENSITIVE"
_HASH_DIGITS: Final = 16


class CopyKind(StrEnum):
    """What kind of copy a disc holds."""

    WORKING = "WORKING COPY"
    REDACTED = "REDACTED COPY"
    VIEWING = "VIEWING COPY"


@dataclass(frozen=True)
class DiscLabel:
    """The facts on a disc's face. Times are UTC and shown as dates; `sha256` is the whole image's, 64 hex digits."""

    exhibit_refs: Sequence[str]
    urn: str
    copy_kind: CopyKind
    number: int
    of: int
    recorded_from: datetime
    recorded_to: datetime
    made_at: datetime
    officer_name: str
    collar_number: str
    sha256: str


def label_lines(label: DiscLabel) -> tuple[str, ...]:
    """The lines of the label, top to bottom. Control characters and line breaks in names become spaces."""
    return tuple(
        one_line(line)
        for line in (
            f"{', '.join(label.exhibit_refs)}   URN {label.urn}",
            f"{label.copy_kind}   Disc {label.number} of {label.of}",
            f"Recorded {_date_range(label.recorded_from, label.recorded_to)}",
            f"Made {_date(label.made_at)}",
            f"{label.officer_name} {label.collar_number}",
            PROTECTIVE_MARKING,
            f"SHA-256 {label.sha256[:_HASH_DIGITS]}",
        )
    )


def one_line(text: str) -> str:
    """`text` on one line: control and direction characters out, runs of white space to one space."""
    shown = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(shown.split())


def _date(at: datetime) -> str:
    return f"{at:%d %b %Y}"


def _date_range(first: datetime, last: datetime) -> str:
    return _date(first) if first.date() == last.date() else f"{_date(first)} to {_date(last)}"
