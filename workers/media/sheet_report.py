"""What a contact sheet says of itself, its recipe and its statement. Light: no libav at import."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workers.media.canonical import canonical_sha256
from workers.media.statement import StatedSource, Tool
from workers.media.wire import to_obj

State = Literal["whole", "damaged", "missing"]
USUAL_FRAMES, MOST_FRAMES = 20, 100


@dataclass(frozen=True, kw_only=True)
class SheetTile:
    """One picture: its frame's number, stored pts, and whole milliseconds at which it is shown (cut, not rounded).

    `state`: whole; damaged, mended by the decoder; missing, could not be decoded and is an empty field.
    """

    frame: int
    pts: int
    shown_ms: int
    state: State


@dataclass(frozen=True, kw_only=True)
class SheetReport:
    """A contact sheet as PNG, row by row; sizes in pixels. `frames` is how many the recording has."""

    v: Literal[1]
    frames: int
    tiles: tuple[SheetTile, ...]
    columns: int
    width: int
    height: int
    size_bytes: int
    source_sha256: str
    copy_sha256: str
    tools: tuple[Tool, ...]


def sheet_recipe(source: Mapping[str, str], count: int) -> dict[str, Any]:
    """What says a contact sheet in full: the file (`file`, `sha256`, `role`) and how many frames, evenly spread."""
    return {"v": 1, "operation": "sheet", "source": dict(source), "count": count}


def sheet_statement(
    report: SheetReport, *, recipe: Mapping[str, Any], size_bytes: int, tools: Sequence[Tool]
) -> dict[str, Any]:
    """The provenance statement: whole numbers only, no clock, no path. `size_bytes` of the file it was made from."""
    source = recipe["source"]
    stated = StatedSource(file=source["file"], sha256=source["sha256"], role=source["role"], size_bytes=size_bytes)
    damaged = sum(tile.state != "whole" for tile in report.tiles)
    sentence = f"{damaged} of the pictures come from damaged parts of the recording, or could not be decoded."
    return {
        "v": 1,
        "kind": "sheet",
        "recipe_sha256": canonical_sha256(dict(recipe)),
        "sources": [to_obj(stated)],
        "tools": [to_obj(tool) for tool in sorted((*report.tools, *tools), key=lambda tool: tool.name)],
        "frames": len(report.tiles),
        "tiles": [to_obj(tile) for tile in report.tiles],
        "width": report.width,
        "height": report.height,
        "copy_sha256": report.copy_sha256,
        "findings": [{"code": "frames_damaged", "sentence": sentence}] if damaged else [],
    }
