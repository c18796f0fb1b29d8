"""Finds processes by a marker in their command line, and waits for things to become true."""

import os
import time
from collections.abc import Callable
from pathlib import Path


def pids_with(marker: str) -> list[int]:
    """Processes other than ourselves whose command line holds the marker; a zombie's is empty."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if marker.encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def becomes_true(claim: Callable[[], bool], *, within_s: float) -> bool:
    """Whether the claim came true in time."""
    give_up_at = time.monotonic() + within_s
    while not claim():
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.02)
    return True
