"""How a handler has pictures looked at: the detecting operations of `python -m workers.media`, detectors given along.

Shared by whoever finds, follows or looks again. A detector may be somebody else's: that it is not there, does not say
what it is, or ends the process that it runs in is told as its fault, not the recording's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from evidence.editing.detectors import detectors_rows
from evidence.editing.errors import EditRefused
from evidence.jobs.errors import JobFailed
from evidence.jobs.work import Work
from workers.exec.sandbox import Profile
from workers.handlers.media import media_run

CONFIG = "/in/detectors"
_CHOOSE = "Choose another detector; if it happens with each of them, the recording may be damaged."
WORDS = {
    "limit_reached": f"Looking took more than it may, so it was stopped. {_CHOOSE}",
    "tool_timeout": "Looking took too long. The machine may be busy, or the detector hangs; try again.",
    "tool_failed": f"The program that looks was ended by the detector, or by the recording. {_CHOOSE}",
    "output_too_large": f"Looking wrote more than it may, so it was stopped. {_CHOOSE}",
}
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Detectors:
    """What a command line is given: its arguments, and the files that they name."""

    args: tuple[str, ...]
    read: Mapping[str, Path]


def detectors_given(names: Sequence[str], scratch: Path) -> Detectors:
    """The detectors of these names, those of the force's own file with theirs.

    Raises:
        JobFailed: one is not there any more, or its file is not.
    """
    try:
        own, rows = detectors_rows(names)
    except EditRefused as refused:
        raise JobFailed("detector-missing", refused.message, is_final=True) from refused
    args = [argument for name in own for argument in ("--detector", name)]
    if not rows:
        return Detectors(tuple(args), {})
    read: dict[str, Path] = {}
    given: list[Mapping[str, object]] = []
    for number, row in enumerate(rows):
        if "file" in row:
            path = Path(str(row["file"]))
            if not path.is_file():
                message = f"The file of the detector '{row.get('name')}' is not there. Ask the administrator."
                raise JobFailed("detector-missing", message, is_final=True)
            read[guest := f"/in/model-{number}"] = path
            given.append({**row, "file": guest})
        else:
            given.append(row)
    config = scratch / "detectors.json"
    config.write_text(json.dumps({"v": 1, "detectors": given}), encoding="utf-8")
    return Detectors((*args, "--detectors", CONFIG), {**read, CONFIG: config})


def looked(
    work: Work, kind: type[R], operation: str, *args: str, read: Mapping[str, Path], out_dir: Path | None,
    profile: Profile,
) -> R:  # fmt: skip
    """`media_run` for what looks at pictures.

    Raises:
        JobFailed, OSError, ExecError: as `media_run`, in words that name the detector.
    """
    try:
        return media_run(work, kind, operation, *args, read=read, out_dir=out_dir, profile=profile)
    except JobFailed as failed:
        if failed.code not in WORDS:
            raise
        raise JobFailed(failed.code, WORDS[failed.code], is_final=failed.is_final) from failed.__cause__
