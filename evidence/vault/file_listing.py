"""What lies in a directory that is a vault: one class after the other, shelf by shelf.

At most the names of one shelf, a 256th of a class, are in memory. Whatever is not a file of ours in its place (a link,
a folder, a file on the wrong shelf) is named by its path, `./masters/...`, which is no key. `.incoming` is no shelf.
"""

import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from evidence.vault.errors import VaultUnavailable
from evidence.vault.models import ObjectClass
from evidence.vault.store import Listed


def files_listed(root: Path, object_class: ObjectClass) -> Iterator[Listed]:
    """Every name under a class; those of ours in ascending order.

    Raises:
        VaultUnavailable: a folder cannot be read.
    """
    for shelf in _inside(root / object_class.value):
        if not shelf.is_dir() or shelf.is_symlink():
            yield from _listed(root, shelf, key="")
            continue
        for path in _inside(shelf):
            yield from _listed(
                root, path, key=f"{object_class.value}/{path.name}" if path.name[:2] == shelf.name else ""
            )


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise VaultUnavailable(f"The vault cannot be listed ({error.strerror}). Tell support.") from error


def _listed(root: Path, path: Path, *, key: str) -> Iterator[Listed]:
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return  # gone since its folder was read
    except OSError as error:
        raise VaultUnavailable(f"The vault cannot be listed ({error.strerror}). Tell support.") from error
    named = key if key and stat.S_ISREG(facts.st_mode) else f"./{path.relative_to(root)}"
    # the change of the inode: a moved file keeps the time of its bytes, which may be old
    yield Listed(named, "", facts.st_size, datetime.fromtimestamp(facts.st_ctime, UTC))
