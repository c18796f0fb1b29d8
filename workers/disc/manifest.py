"""Makes a finished directory a bag (BagIt 1.0, RFC 8493), in place: nothing is moved, only the tag files are written.

The directory already holds `data/` and whatever stands beside it (`metadata/`, `index.html`). The manifest lists
`data/` alone, as the RFC has it; everything else is in the tag manifest, which nobody has signed here.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from workers.disc.errors import DiscCancelled, UnsafeTree
from workers.disc.label import one_line
from workers.disc.streaming import IsCancelled, OnProgress
from workers.disc.tree import TreeFile, tree_files

MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
_PAYLOAD: Final = "data/"
_DECLARATION: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_COMPUTED: Final = frozenset({"bagging-date", "payload-oxum", "bag-size"})


@dataclass(frozen=True)
class BagReport:
    """A finished bag: what `data/` holds, and the SHA-256 (hex) of the manifest and of the tag manifest."""

    payload_file_count: int
    payload_bytes: int
    manifest_sha256: str
    tag_manifest_sha256: str


def bag_finish(
    root: Path,
    *,
    info: Mapping[str, str],
    made_at: datetime,
    on_progress: OnProgress | None = None,
    is_cancelled: IsCancelled | None = None,
) -> BagReport:
    """Write `bagit.txt`, `bag-info.txt`, `manifest-sha256.txt` and `tagmanifest-sha256.txt` into `root`.

    `info` holds further fields of `bag-info.txt` in order; line breaks in values become spaces. Afterwards
    `sha256sum -c manifest-sha256.txt` passes in `root`. Raises `UnsafeTree` (also when `data/` is empty),
    `DiscCancelled`, and ValueError for a field's name that is not one or that is computed here.
    """
    payload = [each for each in tree_files(root) if each.name.startswith(_PAYLOAD)]
    if not payload:
        raise UnsafeTree("There is nothing to hand over: the folder 'data' holds no file.", name=root.name)
    payload_bytes = sum(each.size_bytes for each in payload)
    (root / MANIFEST).write_text(_manifest(payload, payload_bytes, on_progress, is_cancelled), encoding="utf-8")
    (root / "bagit.txt").write_text(_DECLARATION, encoding="utf-8")
    computed = {
        "Bagging-Date": f"{made_at:%Y-%m-%d}",
        "Payload-Oxum": f"{payload_bytes}.{len(payload)}",
        "Bag-Size": f"{payload_bytes} bytes",
    }
    (root / "bag-info.txt").write_text(_info_lines(info, computed), encoding="utf-8")
    tags = [each for each in tree_files(root) if not each.name.startswith((_PAYLOAD, TAG_MANIFEST))]
    (root / TAG_MANIFEST).write_text("".join(f"{_sha256(each.path)}  {each.name}\n" for each in tags), encoding="utf-8")
    return BagReport(len(payload), payload_bytes, _sha256(root / MANIFEST), _sha256(root / TAG_MANIFEST))


def _manifest(
    files: Iterable[TreeFile], total_bytes: int, on_progress: OnProgress | None, is_cancelled: IsCancelled | None
) -> str:
    lines: list[str] = []
    done_bytes = 0
    for each in files:
        if is_cancelled is not None and is_cancelled():
            raise DiscCancelled("The disc was stopped while its files were being hashed.")
        lines.append(f"{_sha256(each.path)}  {each.name}\n")
        done_bytes += each.size_bytes
        if on_progress is not None:
            on_progress(done_bytes, total_bytes)
    return "".join(lines)


def _info_lines(info: Mapping[str, str], computed: Mapping[str, str]) -> str:
    for name in info:
        if name.casefold() in _COMPUTED or not name.replace("-", "").isalnum() or not name.isascii():
            message = f"{name!r} cannot be given as a field of bag-info.txt"
            raise ValueError(message)
    return "".join(f"{name}: {one_line(value)}\n" for name, value in (dict(info) | dict(computed)).items())


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
