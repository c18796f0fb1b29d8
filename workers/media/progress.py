"""Progress lines on standard error: ``progress {"done": n, "total": m, "stage": "..."}``.

At most five lines a second, and always one at the end of a stage. ``total`` may be an estimate (a container that
declares no frame count), so ``done`` may pass it; readers clamp.
"""

import json
import sys
import time
from typing import TextIO

EVERY_S = 0.2


class Progress:
    """Writes the progress of one stage, counted in frames (or packets where frames are not known)."""

    def __init__(self, *, stage: str, total: int | None, out: TextIO | None = None) -> None:
        self._stage = stage
        self._total = total
        self._out = out if out is not None else sys.stderr
        self._last_at = 0.0
        self._last_done = -1

    def step(self, done: int) -> None:
        """Say that ``done`` frames are done, unless something was said less than 0.2 s ago."""
        now = time.monotonic()
        if now - self._last_at >= EVERY_S:
            self._last_at = now
            self._write(done)

    def finish(self, done: int) -> None:
        """Say the final count, which then is the total too."""
        self._total = done
        if done != self._last_done:
            self._write(done)

    def _write(self, done: int) -> None:
        self._last_done = done
        line = json.dumps({"done": done, "total": self._total, "stage": self._stage})
        self._out.write(f"progress {line}\n")
        self._out.flush()
