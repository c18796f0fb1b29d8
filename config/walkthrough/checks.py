"""Checks by tools that are not ours. A tool that is missing is named and its check counted as not made."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

from workers.exec.errors import ExecError, ToolMissing
from workers.exec.process import Completed, run
from workers.exec.tools import tool

TOOL_TIMEOUT_S = 600.0


class Verdict(StrEnum):
    """How a check ended."""

    HELD = "ok"
    FAILED = "FAILED"
    NOT_MADE = "not made"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, and how it ended."""

    said: str
    verdict: Verdict
    detail: str = ""


def check(said: str, ask: Callable[[], bool | str]) -> Check:
    """Make a check. `ask` answers True, or False, or a sentence that says what is wrong."""
    try:
        answer = ask()
    except ToolMissing as missing:
        return Check(said, Verdict.NOT_MADE, str(missing))
    except (ExecError, ValueError, KeyError, OSError) as problem:
        return Check(said, Verdict.FAILED, f"{type(problem).__name__}: {problem}"[:300])
    if answer is True:
        return Check(said, Verdict.HELD)
    return Check(said, Verdict.FAILED, answer if isinstance(answer, str) else "")


def not_applicable(said: str, why: str) -> Check:
    """A check that has nothing to look at here."""
    return Check(said, Verdict.NOT_APPLICABLE, why)


def equal(found: object, expected: object) -> bool | str:
    """True, or a sentence with both."""
    return True if found == expected else f"found {found!r}, expected {expected!r}"


def use(name: str, *arguments: str, cwd: Path | None = None) -> Completed:
    """Run an external tool.

    Raises:
        ToolMissing: it is not installed.
        ExecError: it failed or took too long.
    """
    return run([str(tool(name).path), *arguments], timeout_s=TOOL_TIMEOUT_S, cwd=cwd)


def sha256sum(path: Path) -> str:
    """SHA-256 in hex, by coreutils."""
    return use("sha256sum", str(path)).stdout.split()[0].decode().lstrip("\\")


def ffprobe(path: Path, *arguments: str) -> dict[str, Any]:
    """ffprobe's JSON."""
    found: dict[str, Any] = json.loads(use("ffprobe", "-v", "error", *arguments, "-of", "json", f"file:{path}").stdout)
    return found


def streams(path: Path) -> list[dict[str, Any]]:
    """Streams as ffprobe sees them."""
    found: list[dict[str, Any]] = ffprobe(path, "-show_streams")["streams"]
    return found


def frame_times(path: Path) -> list[Fraction]:
    """Presentation times in seconds of every picture, in order, as decoded by ffprobe."""
    probed = ffprobe(path, "-select_streams", "v:0", "-show_entries", "frame=pts:stream=time_base")
    base = Fraction(probed["streams"][0]["time_base"])
    return sorted(int(frame["pts"]) * base for frame in probed["frames"] if "pts" in frame)


def volume_max_db(path: Path, start_s: float, end_s: float) -> float:
    """Loudest sample of a stretch in dBFS, by ffmpeg; silence is about -91."""
    ran = use(
        "ffmpeg", "-nostdin", "-hide_banner", "-ss", f"{start_s:.3f}", "-to", f"{end_s:.3f}", "-i", f"file:{path}",
        "-map", "0:a:0", "-af", "volumedetect", "-f", "null", "-",
    )  # fmt: skip
    found = re.search(r"max_volume: (-?[\d.]+|-inf) dB", ran.stderr_tail)
    if found is None:
        raise ValueError("ffmpeg found no sound in that stretch")
    return float(found[1])


def box_spread(path: Path, at_s: float, box: tuple[int, int, int, int]) -> int:
    """Darkest to brightest luma inside a box (x, y, w, h pixels) of the picture at a time: 0 is one flat colour."""
    x, y, width, height = box
    ran = use(
        "ffmpeg", "-nostdin", "-v", "error", "-ss", f"{at_s:.3f}", "-i", f"file:{path}", "-frames:v", "1",
        "-vf", f"crop={width}:{height}:{x}:{y},format=gray", "-f", "rawvideo", "-",
    )  # fmt: skip
    if not ran.stdout:
        raise ValueError("ffmpeg decoded no picture there")
    return max(ran.stdout) - min(ran.stdout)
