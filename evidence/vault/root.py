"""Whether a directory may hold a vault: ours alone, writable, with links, durable, on a clock that agrees.

Asked once a process, before the first byte is read or written.
"""

import os
import stat
import time
from pathlib import Path
from uuid import uuid4

from evidence.vault.errors import StoreUnsafe

CLOCK_SKEW_MAX_S = 300
"""A file server whose clock is further off than this makes every time in the record doubtful."""


def root_require(root: Path) -> None:
    """Make the directory where there is none yet, and refuse one that is not safe.

    Raises:
        StoreUnsafe: names what is wrong and what to do.
    """
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        facts = root.lstat()
    except OSError as error:
        raise StoreUnsafe(f"{root} cannot be made the vault ({error.strerror}). Name another directory.") from error
    if not stat.S_ISDIR(facts.st_mode):
        raise StoreUnsafe(f"{root} is not a directory of its own (a link is none). Name the directory itself.")
    if facts.st_uid != os.geteuid():
        raise StoreUnsafe(f"{root} belongs to another account. Run `chown` on it for the one that runs Continuity.")
    if facts.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise StoreUnsafe(f"{root} can be opened by other accounts. Run `chmod 700` on it.")
    _probe(root)


def _probe(root: Path) -> None:
    try:
        skew_s = _tried(root / f".probe-{uuid4()}", root / f".probe-{uuid4()}")
    except OSError as error:
        raise StoreUnsafe(
            f"{root} cannot be written, flushed and linked as sealing needs ({error.strerror}). Free some room, or "
            "use a local file system such as ext4 or XFS."
        ) from error
    if skew_s > CLOCK_SKEW_MAX_S:
        raise StoreUnsafe(f"The clock of {root} is {skew_s:.0f} s away from this machine's. Set both by NTP.")


def _tried(first: Path, second: Path) -> float:
    """Write, flush and link a file as sealing will; returns how far its time is from ours, in seconds."""
    try:
        handle = os.open(first, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, b"probe")
            os.fsync(handle)
        finally:
            os.close(handle)
        os.link(first, second)
        return abs(time.time() - second.stat().st_mtime)
    finally:
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
