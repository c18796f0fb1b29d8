"""The data disc's image: its exact size beforehand, the same bytes each time, hashed while it is written.

The tree's content is another room's matter. What a newcomer would get wrong: xorriso writes every image except one that
holds a file of 4 GiB or more, which common readers of plain ISO 9660 cut short; that one gets a UDF view
(`workers.disc.udf`), because `genisoimage -udf` silently truncates such a file in its other views.
"""

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import workers
from workers.disc.errors import ImageChanged, ImageTooLarge
from workers.disc.names import volume_id_check
from workers.disc.planning import SECTOR_BYTES, Medium, media_fitting
from workers.disc.streaming import IsCancelled, OnProgress, Written, stdout_written, timeout_for, whole_or_absent
from workers.disc.tree import TreeFile, tree_files
from workers.exec.process import run
from workers.exec.tools import tool

LARGE_FILE_BYTES: Final = 4 * 1024**3 - SECTOR_BYTES
"""From this size on a file needs more than one ISO 9660 extent."""

_SIZE_TIMEOUT_S: Final = 300.0


@dataclass(frozen=True)
class ImageReport:
    """A finished image: bytes, SHA-256 in hex, volume identifier, and the version of each tool that took part."""

    size_bytes: int
    sha256: str
    volume_id: str
    tools: Mapping[str, str]


def data_image_size(tree: Path, *, volume_id: str, made_at: datetime) -> int:
    """The exact size in bytes of the image that `data_image_build` would write.

    Raises `UnsafeTree`, ValueError for a wrong `volume_id` or a naive `made_at`, and the errors of `workers.exec`.
    """
    return _size_bytes(_work(tree, volume_id, made_at))


def data_image_build(
    tree: Path,
    out: Path,
    *,
    volume_id: str,
    made_at: datetime,
    medium: Medium | None = None,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> ImageReport:
    """Write the image of `tree` to `out`, which appears only when it is whole. The tree becomes the disc's root.

    `made_at` (aware) stands for every date on the disc, so the same tree gives the same SHA-256. Raises `UnsafeTree`,
    `ImageTooLarge` (before anything is written) when it does not fit on `medium`, `ImageChanged`, ValueError as
    `data_image_size` does, and the errors of `workers.exec`: ToolMissing, ToolFailed, ToolTimeout, ToolCancelled.
    """
    work = _work(tree, volume_id, made_at)
    size_bytes = _size_bytes(work)
    if medium is not None:
        size_check(size_bytes, medium)
    with whole_or_absent(out) as part:
        if work.is_large:
            written = _udf_written(work, part, size_bytes, on_progress, is_cancelled)
        else:
            argv = [*_xorriso_argv(work), "-o", "-", str(work.tree)]
            written = stdout_written(
                argv, part, total_bytes=size_bytes, env=work.env, on_progress=on_progress, is_cancelled=is_cancelled
            )
        if written.size_bytes != size_bytes or tree_files(tree) != work.files:
            raise ImageChanged(
                "The files changed while the disc image was made, so it was thrown away. Make it again.",
                promised_bytes=size_bytes,
                written_bytes=written.size_bytes,
            )
    return ImageReport(written.size_bytes, written.sha256, volume_id, _tools(work))


def size_check(size_bytes: int, medium: Medium) -> None:
    """Raise `ImageTooLarge` when an image of this size would touch the medium's reserve."""
    if size_bytes <= medium.usable_bytes:
        return
    fitting = ", ".join(each.name for each in media_fitting(size_bytes))
    advice = f"It would fit on: {fitting}." if fitting else "Spread its exhibits over more discs."
    raise ImageTooLarge(
        f"The disc image has {size_bytes / 1e9:.2f} GB and one {medium.name} disc holds "
        f"{medium.usable_bytes / 1e9:.2f} GB. {advice}",
        size_bytes=size_bytes,
        usable_bytes=medium.usable_bytes,
    )


@dataclass(frozen=True)
class _Work:
    files: tuple[TreeFile, ...]
    tree: Path
    volume_id: str
    made_at: datetime

    @property
    def is_large(self) -> bool:
        return any(each.size_bytes >= LARGE_FILE_BYTES for each in self.files)

    @property
    def epoch_s(self) -> int:
        return int(self.made_at.timestamp())

    @property
    def env(self) -> Mapping[str, str]:
        # HOME away from a person's own settings of xorriso, which would change the bytes
        return {"SOURCE_DATE_EPOCH": str(self.epoch_s), "TZ": "UTC", "HOME": "/nonexistent"}


def _work(tree: Path, volume_id: str, made_at: datetime) -> _Work:
    volume_id_check(volume_id)
    if made_at.tzinfo is None:
        message = "made_at must say its time zone: the dates on the disc depend on it"
        raise ValueError(message)
    return _Work(tree_files(tree), tree.resolve(), volume_id, made_at)


def _size_bytes(work: _Work) -> int:
    if work.is_large:
        completed = run(_udf_argv(work), timeout_s=_SIZE_TIMEOUT_S, cwd=_package_parent(), env=work.env)
        return int(completed.stdout)
    argv = [*_xorriso_argv(work), "-print-size", str(work.tree)]
    return int(run(argv, timeout_s=_SIZE_TIMEOUT_S, env=work.env).stdout) * SECTOR_BYTES


def _xorriso_argv(work: _Work) -> list[str]:
    stamp = f"{work.made_at.astimezone(UTC):%Y%m%d%H%M%S}00"
    options = ["-quiet", "-iso-level", "3", "-r", "-J", "-joliet-long", "-V", work.volume_id]
    dates = [f"--modification-date={stamp}", "--set_all_file_dates", stamp]
    return [str(tool("xorriso").path), "-as", "mkisofs", *options, *dates]


def _udf_argv(work: _Work, *extra: str) -> list[str]:
    module = [sys.executable, "-m", "workers.disc.udf"]
    return [*module, str(work.tree), work.volume_id, str(work.epoch_s), *extra]


def _package_parent() -> Path:
    return Path(workers.__path__[0]).resolve().parent


def _udf_written(
    work: _Work, out: Path, size_bytes: int, on_progress: OnProgress | None, is_cancelled: IsCancelled | None
) -> Written:
    def said(line: str) -> None:
        done, _, total = line.partition(" ")
        if on_progress is not None and done.isdecimal() and total.isdecimal():
            on_progress(int(done), int(total))

    argv = _udf_argv(work, "--out", str(out.resolve()))
    timeout_s = timeout_for(size_bytes)
    run(argv, timeout_s=timeout_s, cwd=_package_parent(), env=work.env, on_line=said, is_cancelled=is_cancelled)
    # pycdlib goes back to fill in what it could not know, so only the finished file can be hashed
    with out.open("rb") as image:
        return Written(out.stat().st_size, hashlib.file_digest(image, "sha256").hexdigest())


def _tools(work: _Work) -> Mapping[str, str]:
    return {"pycdlib": version("pycdlib")} if work.is_large else {"xorriso": tool("xorriso").version}
