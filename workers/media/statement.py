"""The provenance statement: what a working copy was made from, by what, how, and which frames were encoded anew.

Version 2 names every stretch of frames that was copied, with hashes of its coded pictures, so that ``verify`` can prove
from the Master, the copy and the statement which frames are the Master's, bit for bit. Version 1 had none of that: all
frames of its copies were encoded anew.

Light. It holds no clock, no path and no host, so the same recipe on the same files with the same tools gives the same
bytes; who asked, when and why stands in the custody record beside its hash. `statement_bytes` is the only form that
is hashed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from workers.media.canonical import canonical_bytes, canonical_sha256
from workers.media.errors import BadRequest
from workers.media.wire import from_obj, to_obj

Kind = Literal["clip", "redaction", "still", "sound"]
Way = Literal["encode", "copy", "mixed"]
VERSION = 2


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
    `frames_damaged` of those encoded anew were mended by the decoder, or may lean on one that was. Copied ones are not
    decoded: what is damaged in them is as it is in the source.
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
class StatedGroup:
    """`frames` copied pictures and the SHA-256 over them, in the order stored.

    Of each picture its slices (H.264 NAL types 1 to 5) are hashed, each behind its length in four bytes, big-endian.
    """

    frames: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class StatedPart:
    """`frames` frames of the output from number `out_first` on, which are those of a source from `source_first` on.

    Frames are numbered from 0 in the order shown, those of the source as its index numbers them; `first_pts` is the
    stored pts of the first. `groups` follow one another without gap; none where the part was encoded anew.
    """

    way: Literal["copied", "encoded"]
    out_first: int
    frames: int
    source: int
    source_first: int
    first_pts: int
    groups: tuple[StatedGroup, ...]


@dataclass(frozen=True, kw_only=True)
class StatedSets:
    """SHA-256 of each parameter set that a source's copied pictures are decoded with; the output holds the same."""

    source: int
    sha256: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """`time_base` is that of the output; `samples_hidden` of `sound_rate` a second were muted or bleeped.

    `copy_sha256`: of the whole file that was made. `parts` tell all its frames in order; none for a still or sound.
    `sound_sha256`: over the payloads of all sound packets where they were copied, else None.
    `sound_before_ms` and `sound_after_ms`: sound of the recording before the first picture kept of it and after the
    last, where those are its first and last of all. A copy lasts as long as its pictures, so that sound is not in it.
    """

    v: Literal[2]
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
    parts: tuple[StatedPart, ...]
    parameter_sets: tuple[StatedSets, ...]
    copy_sha256: str
    sound: Literal["encoded", "copied", "none"]
    sound_sha256: str | None
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


def statement_kept(obj: object) -> Statement:
    """The statement in one as it is kept, with what a product added; raises DamagedReport, BadRequest (version)."""
    if not isinstance(obj, Mapping) or obj.get("v") != VERSION:
        raise BadRequest(
            "This is no provenance statement of version 2. Copies with an older one were encoded anew throughout, so "
            "no frame of theirs can be proved to be the Master's bit for bit."
        )
    return statement_parse({field.name: obj[field.name] for field in fields(Statement) if field.name in obj})


def statement_bytes(statement: Statement) -> bytes:
    """The canonical bytes, to be kept with the working copy."""
    return canonical_bytes(statement_to_obj(statement))


def statement_sha256(statement: Statement) -> str:
    """Lower-case hex SHA-256 of the canonical bytes."""
    return canonical_sha256(statement_to_obj(statement))
