"""The answers of 'Check a file': what a known file is, and how it is said to people.

Who is told how much of it is not decided here but in `checking`: what somebody may not be told is absent.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class FileKind(StrEnum):
    """What a known file is; of a working copy, as `recordings.models.Kind`."""

    ORIGINAL = "original"
    CLIP = "clip"
    REDACTION = "redaction"
    STILL = "still"
    TRANSCODE = "transcode"
    SALVAGE = "salvage"
    VIEWING = "viewing-copy"
    DISC = "disc-image"
    FILE = "file"
    """All that a recipient is told of what was not shared with them."""


class Trouble(StrEnum):
    """Why the stored copy is not what it should be."""

    DAMAGED = "damaged"
    DISPOSED = "disposed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a file in hand: SHA-256 in lower-case hex, and its length where that was told."""

    sha256: str
    size_bytes: int | None = None


class Counted(StrEnum):
    """Which events the number is of: whoever later sees the whole record must not take the difference for a gap."""

    ALL = "all"
    OTHERS_LOOKS_LEFT_OUT = "others-looks-left-out"
    LIFE = "life"


@dataclass(frozen=True, slots=True)
class RecordTold:
    """Events that the asker may have counted, and how many of them are under a signed checkpoint."""

    events: int
    sealed: int
    counted: Counted


@dataclass(frozen=True, slots=True)
class Item:
    """Something the asker may know of; `href` on the force site."""

    id: UUID
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a file was made of. `item`: where the asker may know of it."""

    sha256: str
    item: Item | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One answer. What the asker may not be told is None or empty."""

    kind: FileKind
    sealed_at: datetime
    record: RecordTold | None = None
    trouble: Trouble | None = None
    item: Item | None = None
    made_of: Source | None = None
    exhibits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """How an answer is said: its tag (a key of `evidence.http.states`, and a word), heading and explanation."""

    state: str
    tag: str
    title: str
    meaning: str


_COPY = "A working copy, made from something else and sealed as it was made."
WORDS: dict[FileKind, Words] = {
    FileKind.ORIGINAL: Words(
        "master", "Original", "An original, exactly as it was sealed",
        "This is the file as it came in. Not one bit of it has changed since it was sealed.",
    ),
    FileKind.CLIP: Words(
        "clip", "Clip", "A clip, exactly as it was sealed", f"{_COPY} It is part of a longer recording.",
    ),
    FileKind.REDACTION: Words(
        "redaction", "Redaction", "A redacted copy, exactly as it was sealed",
        f"{_COPY} Parts of the picture or the sound are covered.",
    ),
    FileKind.STILL: Words(
        "still", "Still", "A still, exactly as it was sealed", f"{_COPY} It is one frame of a recording.",
    ),
    FileKind.TRANSCODE: Words(
        "copy", "Plain MP4", "A plain MP4, exactly as it was sealed",
        f"{_COPY} It shows the same in a form that plays everywhere.",
    ),
    FileKind.SALVAGE: Words(
        "salvaged", "Salvaged copy", "A salvaged copy, exactly as it was sealed",
        f"{_COPY} It was put together from a recording that lost its index; what was assumed stands beside it.",
    ),
    FileKind.VIEWING: Words(
        "copy", "Viewing copy", "A viewing copy, exactly as it was made",
        "It was made for watching in browsers. It is not the original, which is kept beside it.",
    ),
    FileKind.DISC: Words(
        "sealed", "Disc image", "The image of a disc, exactly as it was made",
        "It is a whole disc as one file. A single file of the disc is checked by itself.",
    ),
    FileKind.FILE: Words(
        "sealed", "Unchanged", "A file of this force, unchanged since it was sealed",
        "It is not what this link is for, so nothing more is told of it here. Ask whoever gave it to you.",
    ),
}  # fmt: skip
UNKNOWN = Words(
    "unknown", "Not known", "Not known here",
    "There is no file with this SHA-256 that you can be told of. A file that was cut, converted, sent by a chat "
    "program or not copied to its end has another. If you were given it as evidence, ask whoever gave it to you.",
)  # fmt: skip
TROUBLES: dict[Trouble, str] = {
    Trouble.DAMAGED: (
        "The stored copy is being looked into: it was not what was sealed when it was last read. Yours is. Keep it as "
        "it is, and tell the evidence manager that you have it."
    ),
    Trouble.DISPOSED: "The stored copy was disposed of since. Yours is what was sealed then.",
}
_LEFT_OUT: dict[Counted, str] = {
    Counted.ALL: "",
    Counted.OTHERS_LOOKS_LEFT_OUT: "Who else looked at it is not counted.",
    Counted.LIFE: "Who looked at it, was given it or made copies of it is not counted.",
}


def record_words(record: RecordTold) -> str:
    """'7 events, all under a signed checkpoint. Who else looked at it is not counted.'"""
    return f"{_count_words(record)}. {_LEFT_OUT[record.counted]}".rstrip()


def _count_words(record: RecordTold) -> str:
    count = "1 event" if record.events == 1 else f"{record.events:,} events"
    if not record.events:
        return "No event that can be told here"
    if record.sealed == record.events:
        return f"{count}, {'' if record.events == 1 else 'all '}under a signed checkpoint"
    if not record.sealed:
        return f"{count}, not under a signed checkpoint yet"
    return f"{count}, {record.sealed:,} of them under a signed checkpoint so far"
