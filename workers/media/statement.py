"""The provenance statement: what a working copy was made from, by what, how, and which frames were encoded anew.

Light. It holds no clock, no path and no host, so the same recipe on the same files with the same tools gives the same
bytes; who asked, when and why stands in the custody record beside its hash. `statement_bytes` is the only form that
is hashed.
"""

from dataclasses import dataclass
from typing import Literal

from workers.media.canonical import canonical_bytes, canonical_sha256
from workers.media.wire import from_obj, to_obj

Kind = Literal["clip", "redaction", "still", "sound"]
Way = Literal["encode", "copy"]
VERSION = 1


@dataclass(frozen=True, kw_only=True)
class StatedSource:
    """A file that was read, its bytes hashed in the same process that rendered them; `size_bytes` of the whole file."""

    file: str
    sha256: str
    role: Literal["master", "copy"]
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A program or library that took part."""

    name: str
    version: str


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One encoder setting as it was given to the encoder."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class StatedSegment:
    """One segment: where it was (stored ticks of its source) and where it went (ticks of the output).

    `frames_in` are the frames that the source's index has there; `frames_missing` of them could not be decoded, and
    `frames_damaged` of those in the output were mended by the decoder, or may lean on one that was.
    """

    source: int
    start: int
    end: int
    out_start: int
    out_end: int
    way: Way
    because: str
    frames_in: int
    frames_encoded: int
    frames_copied: int
    frames_missing: int
    frames_damaged: int
    frames_covered: int
    first_pts: int | None
    last_pts: int | None


@dataclass(frozen=True, kw_only=True)
class Statement:
    """Version 1. `time_base` is that of the output; `samples_hidden` of `sound_rate` a second were muted or bleeped.

    `sound_before_ms` and `sound_after_ms`: sound of the recording before the first picture kept of it and after the
    last, where those are its first and last of all. A copy lasts as long as its pictures, so that sound is not in it.
    """

    v: Literal[1]
    kind: Kind
    recipe_sha256: str
    sources: tuple[StatedSource, ...]
    tools: tuple[Tool, ...]
    settings: tuple[Setting, ...]
    time_base: tuple[int, int]
    width: int
    height: int
    frames: int
    segments: tuple[StatedSegment, ...]
    sound: Literal["encoded", "none"]
    sound_rate: int
    sound_channels: int
    samples_hidden: int
    sound_before_ms: int
    sound_after_ms: int


def statement_to_obj(statement: Statement) -> dict[str, object]:
    """Plain JSON values."""
    obj: dict[str, object] = to_obj(statement)
    return obj


def statement_parse(obj: object) -> Statement:
    """The statement in what a sandboxed render said; raises DamagedReport."""
    return from_obj(Statement, obj)


def statement_bytes(statement: Statement) -> bytes:
    """The canonical bytes, to be kept with the working copy."""
    return canonical_bytes(statement_to_obj(statement))


def statement_sha256(statement: Statement) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return canonical_sha256(statement_to_obj(statement))
