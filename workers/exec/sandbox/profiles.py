"""What a sandboxed program may use: `PROBE` to look at a file, `render_profile` to work through all of it.

Only numbers live here; how they are enforced is the supervisor's and the provider's. A limit is there to end a
hostile file, never to hurry an honest one on a busy machine: processor time is the strict figure, wall time the
loose one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

_MIB = 1024**2
_GIB = 1024**3


@dataclass(frozen=True)
class Profile:
    """Limits of one run.

    Processor time, address space and file size hold for each process, the rest for the whole. `devices` are shown to
    it where they exist: none but for an encoder in hardware.
    """

    name: str
    wall_s: float
    cpu_s: int
    address_space_bytes: int
    file_size_bytes: int
    output_bytes: int
    scratch_bytes: int
    open_files: int = 64
    devices: tuple[str, ...] = ()

    def rlimits(self) -> dict[str, tuple[int, int]]:
        """The kernel's part, name without RLIMIT_ -> (soft, hard). The soft CPU limit signals, the hard one kills."""
        return {
            "as": (self.address_space_bytes, self.address_space_bytes),
            "cpu": (self.cpu_s, self.cpu_s + 2),
            "fsize": (self.file_size_bytes, self.file_size_bytes),
            "nofile": (self.open_files, self.open_files),
            "core": (0, 0),
        }


# Measured over 212 hostile and broken files: none took over 3 s. The wall time is ten times that, for the machine
# may be busy.
PROBE = Profile(
    name="probe",
    wall_s=30.0,
    cpu_s=20,
    address_space_bytes=2 * _GIB,
    file_size_bytes=512 * _MIB,
    output_bytes=_GIB,
    scratch_bytes=256 * _MIB,
)

# A full re-encode of 1080p costs about 1.2 CPU-s for each megapixel-second (30 frames a second, x264 veryfast to
# medium).
_CPU_S_PER_MEGAPIXEL_SECOND = 25.0
# x264's look-ahead holds about 40 frames, each decoder and encoder thread a few more; about 6 bytes a pixel each.
_FRAMES_HELD = 64
_FRAMES_HELD_PER_CORE = 4
_BYTES_PER_PIXEL = 6
# 40 Mbit/s is more than any copy that this product encodes.
_OUTPUT_BYTES_PER_S = 5_000_000


def render_profile(*, duration_s: float, width: int, height: int, input_bytes: int) -> Profile:
    """Limits for work on every frame of media of this length (seconds), picture (pixels) and size (bytes).

    About twenty times what an honest file costs. Raises ValueError for a negative or impossible figure: these come
    from parsing hostile bytes.
    """
    if not (0 <= duration_s < float("inf")) or min(width, height, input_bytes) < 0:
        raise ValueError(f"impossible media figures: {duration_s=} {width=} {height=} {input_bytes=}")
    pixels = max(width * height, 640 * 480)
    cpu_s = int(120 + duration_s * pixels / 1e6 * _CPU_S_PER_MEGAPIXEL_SECOND)
    frames_held = _FRAMES_HELD + _FRAMES_HELD_PER_CORE * (os.cpu_count() or 1)
    file_size_bytes = max(512 * _MIB, 4 * input_bytes) + int(duration_s * _OUTPUT_BYTES_PER_S)
    return Profile(
        name="render",
        wall_s=300.0 + cpu_s,
        cpu_s=cpu_s,
        address_space_bytes=3 * _GIB + frames_held * _BYTES_PER_PIXEL * pixels,
        file_size_bytes=file_size_bytes,
        output_bytes=2 * file_size_bytes,
        scratch_bytes=_GIB,
        open_files=256,
    )
