"""How the web process keeps its memory between requests.

Left alone, glibc gives the memory of each larger buffer back to the system as soon as it is free and asks for it again
for the next, page by page: with uploads in 256 KiB steps that took twice the time of receiving, hashing and writing.
"""

import ctypes

_MIB = 1024 * 1024
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""`M_*` of glibc's <malloc.h>."""
KEPT = {_MMAP_THRESHOLD: 4 * _MIB, _TRIM_THRESHOLD: 16 * _MIB, _TOP_PAD: _MIB}
"""Bytes: buffers below the first come from the heap, of which so much as the second is kept free for the next ones."""


def malloc_keep() -> bool:
    """Reuse freed buffers in this process and those forked from it; False where the C library has no such setting."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return all(mallopt(name, size_bytes) == 1 for name, size_bytes in KEPT.items())
