"""Ids of events and acts: version 7 of RFC 9562, section 5.7, which begin with the time.

New rows then meet each other at one end of every index over them, and a reader in the order of the tree meets them
again there; random ids touch another page of each index with every event, which at a hundred million is a disk's.
"""

import secrets
import time
from uuid import UUID

_VERSION, _VARIANT = 0x7 << 76, 0b10 << 62


def id_new() -> UUID:
    """48 bits of milliseconds, 74 random ones. It says when, as the event does; it is no secret, and no proof of a
    time."""
    random = secrets.randbits(74)
    return UUID(
        int=time.time_ns() // 1_000_000 << 80 | _VERSION | random >> 62 << 64 | _VARIANT | random & (1 << 62) - 1
    )
