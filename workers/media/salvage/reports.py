"""What a salvage says: its report, its recipe and its statement. Light: no libav at import.

A salvaged copy never stands in for the Master: it is a working copy, and whatever was assumed to make it is told in
sentences that go with it wherever it goes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workers.media.canonical import canonical_sha256
from workers.media.reports import Finding
from workers.media.statement import StatedSource, Tool
from workers.media.wire import to_obj

Form = Literal["mp4", "elementary"]
LENDERS = frozenset({"mp4", "quicktime"})
"""Containers of whole recordings whose settings can be lent, as the probe names them."""
VERSION = "1"
"""Of the salvage; rises whenever the same bytes may come out differently."""


@dataclass(frozen=True, kw_only=True)
class SalvageReport:
    """What was saved. `frame`: ticks of `time_base` (seconds) a picture lasts; 0 of (1, 1) where no times are stored.

    `frames_left`: pictures before the first that can be decoded by itself; `bytes_unread`: neither picture nor sound;
    `bytes_cut`: the end of the file, cut within a picture or a sound frame. `pictures_sha256`: over the slices of all
    pictures (NAL types 1 to 5), in the order stored, each behind its length in four bytes, big-endian: the Master's
    own bits. `assumed` and `findings` are for people.
    """

    v: Literal[1]
    form: Form
    frames: int
    frames_left: int
    width: int
    height: int
    rotation: Literal[0, 90, 180, 270]
    time_base: tuple[int, int]
    frame: int
    duration_s: float
    sound: Literal["copied", "none"]
    sound_frames: int
    bytes_unread: int
    bytes_cut: int
    size_bytes: int
    pictures_sha256: str
    copy_sha256: str
    tools: tuple[Tool, ...]
    assumed: tuple[Finding, ...]
    findings: tuple[Finding, ...]


def salvage_recipe(source: Mapping[str, str], lender: Mapping[str, str] | None) -> dict[str, Any]:
    """What says a salvage in full: the damaged file and the one whose settings it is lent; `file`, `sha256`, `role`."""
    return {
        "v": 1,
        "operation": "salvage",
        "source": dict(source),
        "lender": dict(lender) if lender is not None else None,
    }


def salvage_statement(
    report: SalvageReport, *, recipe: Mapping[str, Any], size_bytes: int, tools: Sequence[Tool]
) -> dict[str, Any]:
    """The provenance statement: whole numbers only, no clock, no path. `size_bytes` of the damaged file."""
    source = recipe["source"]
    stated = StatedSource(file=source["file"], sha256=source["sha256"], role=source["role"], size_bytes=size_bytes)
    told = to_obj(report)
    for name in ("v", "duration_s", "tools", "size_bytes"):
        told.pop(name)
    return {
        "v": 1,
        "kind": "salvage",
        "recipe_sha256": canonical_sha256(dict(recipe)),
        "sources": [to_obj(stated)],
        "lender": recipe["lender"],
        "tools": [to_obj(tool) for tool in sorted((*report.tools, *tools), key=lambda tool: tool.name)],
        **told,
    }
