"""What may stand in the tree that becomes a disc, and in which order it is read.

Only plain files and directories with safe names, so that no reader of the disc sees another name than the manifest
says, and so that `sha256sum -c` can read that manifest without RFC 8493's escapes. Nothing here writes.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workers.disc.errors import UnsafeTree
from workers.disc.names import NAME_LIMIT, is_safe_name


@dataclass(frozen=True)
class TreeFile:
    """A file of the tree: its path, its name relative to the root with `/`, its size."""

    path: Path
    name: str
    size_bytes: int


def tree_files(root: Path) -> tuple[TreeFile, ...]:
    """All files under `root`, sorted by their relative name.

    Raises `UnsafeTree` for a missing root, an empty tree, a link, a special file or a name outside the rules.
    """
    if root.is_symlink() or not root.is_dir():
        raise UnsafeTree(f"There is no folder to make a disc of at {root.name!r}.", name=root.name)
    files = tuple(sorted(_walked(root, ""), key=lambda each: each.name))
    if not files:
        raise UnsafeTree("There is nothing to put on the disc: the folder holds no file.", name=root.name)
    return files


def _walked(directory: Path, prefix: str) -> Iterator[TreeFile]:
    with os.scandir(directory) as entries:
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if not is_safe_name(entry.name):
                raise UnsafeTree(
                    f"{name!r} cannot be a name on a disc: use letters, digits, '.', '_' and '-', "
                    f"at most {NAME_LIMIT} characters.",
                    name=name,
                )
            if entry.is_dir(follow_symlinks=False):
                yield from _walked(directory / entry.name, f"{name}/")
            elif entry.is_file(follow_symlinks=False):
                yield TreeFile(directory / entry.name, name, entry.stat(follow_symlinks=False).st_size)
            else:
                raise UnsafeTree(f"{name!r} is a link or a device; a disc carries files only. Remove it.", name=name)
