"""What a disc image holds, read back through xorriso.

This is the view that a reader of the disc has, never the tree it came from.
"""

import stat
from pathlib import Path
from typing import Final

from workers.disc.streaming import timeout_for
from workers.exec.process import run
from workers.exec.tools import tool

_LIST_TIMEOUT_S: Final = 300.0


def data_image_list(image: Path) -> tuple[str, ...]:
    """The names of all files in the image, relative to its root with `/`, sorted. Raises ToolMissing, ToolFailed."""
    completed = run(
        [*_xorriso_argv(image), "-find", "/", "-type", "f"], timeout_s=_LIST_TIMEOUT_S, env={"HOME": "/nonexistent"}
    )
    lines = completed.stdout.decode("utf-8").splitlines()
    return tuple(sorted(line.strip("'").removeprefix("/") for line in lines))


def data_image_extract(image: Path, out: Path) -> None:
    """Copy all files of the image below the new directory `out`, writable again. Raises ToolMissing, ToolFailed."""
    out.mkdir(parents=True)
    argv = [*_xorriso_argv(image), "-osirrox", "on", "-extract", "/", str(out.resolve())]
    run(argv, timeout_s=timeout_for(image.stat().st_size), env={"HOME": "/nonexistent"})
    # the disc's files are read-only, and a tree that its owner cannot remove helps nobody
    for path in (out, *out.rglob("*")):
        path.chmod(path.stat().st_mode | stat.S_IWUSR)


def _xorriso_argv(image: Path) -> list[str]:
    return [str(tool("xorriso").path), "-no_rc", "-indev", f"stdio:{image.resolve()}"]
