"""Reads a recipe's plain JSON object into the types of `recipe_model`: names, kinds of value, single numbers.

Form only; whether the parts agree with each other and with the files is `recipe_check`'s. Unknown names are refused,
because a rule that an older program skips in silence would leave somebody's face in the picture.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from workers.media.reading import Unreadable, choice, fail, integer, listed, numbers, optional, part, text, truth, where
from workers.media.recipe_model import (
    MAX_BLOCKS,
    MAX_LINE,
    OVERLAY_VERSION,
    RECIPE_VERSION,
    Audio,
    AudioChoice,
    AudioRange,
    Box,
    FrameRange,
    Output,
    OutputKind,
    Overlay,
    Params,
    PictureEffect,
    Problem,
    Recipe,
    RecipeError,
    Role,
    Run,
    Segment,
    Shape,
    SoundEffect,
    Source,
    TimeShown,
    Track,
    TrackEffect,
    TrackKind,
    Video,
)

MAX_SIDE_PX = 16_384
MAX_START_MS = 4_102_444_800_000
"""The year 2100, since 1970."""
MAX_TICKS = 2**31 - 1

FILE_ID = text(re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "a UUID in small letters")
SHA256 = text(re.compile(r"[0-9a-f]{64}"), "64 hexadecimal digits in small letters")
CODE = text(re.compile(r"[a-z0-9][a-z0-9_.:-]{0,63}"), "a short code (small letters, digits, _ . : -)")
TRACK_ID = text(re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"), "a short name (letters, digits, _ . -)")
FOUND_BY = text(
    re.compile(r"hand|[A-Za-z0-9_.-]{1,64}:[A-Za-z0-9_.+-]{1,64}:[0-9a-f]{64}"), "'hand' or NAME:VERSION:SHA256"
)
POSITION = integer(0, 9_999)
SPAN = {"source": POSITION, "start": integer(), "end": integer()}
RATIO = numbers(integer(1, MAX_TICKS), integer(1, MAX_TICKS))
EDGE_PX = integer(-4 * MAX_SIDE_PX, 4 * MAX_SIDE_PX)
EXTENT_PX = integer(1, 8 * MAX_SIDE_PX)


def _rotation(value: object, pointer: str, problems: list[Problem]) -> int:
    degrees = integer(0, 270)(value, pointer, problems)
    if degrees % 90:
        raise fail(
            problems, pointer, "not_a_choice", f"The rotation is {degrees} degrees; it must be 0, 90, 180 or 270."
        )
    return degrees


def _no_overlay(value: object, pointer: str, problems: list[Problem]) -> None:
    if value is not None:
        detail = "Recipes of version 1 have no overlay. Set it to null, or the version to 2."
        raise fail(problems, pointer, "unknown_overlay", detail)


def _line(value: object, pointer: str, problems: list[Problem]) -> str:
    """One line that people read: printable, without blanks around it, in the one form that has a hash."""
    plain = value if isinstance(value, str) else ""
    is_line = 0 < len(plain) <= MAX_LINE and plain == plain.strip() and plain.isprintable()
    if not is_line or not unicodedata.is_normalized("NFC", plain):
        detail = f"{where(pointer)} must be one line of 1 to {MAX_LINE} characters (NFC, none of them for control)."
        raise fail(problems, pointer, "not_a_line", detail)
    return plain


def _box(value: object, pointer: str, problems: list[Problem]) -> Box:
    return Box(*numbers(integer(), EDGE_PX, EDGE_PX, EXTENT_PX, EXTENT_PX)(value, pointer, problems))


VIDEO = part(
    Video,
    {
        "stream": POSITION,
        "time_base": RATIO,
        "width": integer(1, MAX_SIDE_PX),
        "height": integer(1, MAX_SIDE_PX),
        "rotation": _rotation,
        "sar": RATIO,
    },
)
AUDIO = part(Audio, {"stream": POSITION, "time_base": RATIO, "rate": integer(1, 768_000)})
SOURCE = part(
    Source,
    {"file": FILE_ID, "sha256": SHA256, "role": choice(Role), "video": optional(VIDEO), "audio": optional(AUDIO)},
)
RUN = part(Run, {"start": integer(), "end": integer(), "boxes": listed(_box)})
TRACK = part(
    Track,
    {
        "id": TRACK_ID,
        "kind": choice(TrackKind),
        "found_by": FOUND_BY,
        "shape": choice(Shape),
        "effect": choice(TrackEffect),
        "inverse": truth,
        "reason": CODE,
        "source": POSITION,
        "runs": listed(RUN),
    },
)
PARAMS = part(
    Params,
    {
        "pad_pct": integer(0, 200),
        "hold_frames": integer(0, 1_000),
        "blocks": integer(2, MAX_BLOCKS),
        "fill": numbers(integer(0, 255), integer(0, 255), integer(0, 255)),
        "mute_widen_ms": integer(0, 10_000),
        "bleep_hz": integer(20, 4_000),
    },
)
OUTPUT = part(Output, {"kind": choice(OutputKind), "compatible": truth, "audio": choice(AudioChoice)})


OVERLAY = part(
    Overlay,
    {
        "caption": optional(_line),
        "viewer": optional(_line),
        "time": choice(TimeShown),
        "starts": listed(integer(-MAX_START_MS, MAX_START_MS)),
    },
)


def _recipe(*, v: int, **parts: Any) -> Recipe:
    return Recipe(**parts)


PARTS = {
    "sources": listed(SOURCE),
    "segments": listed(part(Segment, SPAN)),
    "tracks": listed(TRACK),
    "frames": listed(part(FrameRange, {**SPAN, "effect": choice(PictureEffect)})),
    "audio": listed(part(AudioRange, {**SPAN, "effect": choice(SoundEffect), "reason": CODE})),
    "params": PARAMS,
    "output": OUTPUT,
}
RECIPES = {
    RECIPE_VERSION: part(_recipe, {"v": integer(RECIPE_VERSION, RECIPE_VERSION), **PARTS, "overlay": _no_overlay}),
    OVERLAY_VERSION: part(_recipe, {"v": integer(OVERLAY_VERSION, OVERLAY_VERSION), **PARTS, "overlay": OVERLAY}),
}
"""How each version is read. Version 2 is version 1 with an overlay, and nothing else."""


def recipe_read(value: object) -> Recipe:
    """The recipe in `value` (JSON as `json` parsed it). Raises RecipeError with every problem of form."""
    version = _version(value)
    problems: list[Problem] = []
    try:
        return RECIPES[version](value, "", problems)
    except Unreadable:
        raise RecipeError(problems) from None


def _version(value: object) -> int:
    """The version to read it as. A newer recipe gets this one answer: its unknown parts are not mistakes."""
    version = value.get("v") if isinstance(value, Mapping) else None
    if type(version) is int and version > OVERLAY_VERSION:
        detail = (
            f"This recipe is of version {version}; this program knows versions up to {OVERLAY_VERSION}. "
            "Update the program."
        )
        raise RecipeError([Problem(pointer="/v", code="newer_version", detail=detail)])
    return OVERLAY_VERSION if type(version) is int and version == OVERLAY_VERSION else RECIPE_VERSION
