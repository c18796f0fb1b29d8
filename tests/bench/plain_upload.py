"""What the tus door is measured against: a view that only hashes and writes, and records nothing.

At `/` it answers with the bytes still in memory; at `/flushed` it has them on the disc first, as the tus door does; at
`/unhashed` too, but without the hash, which the product leaves to the commit job.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PIECE_BYTES = 256 * 1024


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Reads the body, hashes it, writes it to $PLAIN_UPLOAD."""
    path = environ["PATH_INFO"]
    left, digest = int(environ["CONTENT_LENGTH"]), hashlib.sha256()
    with Path(os.environ["PLAIN_UPLOAD"]).open("wb", buffering=0) as out:
        while left and (piece := environ["wsgi.input"].read(min(PIECE_BYTES, left))):
            if path != "/unhashed":
                digest.update(piece)
            out.write(piece)
            left -= len(piece)
        if path != "/":
            os.fdatasync(out.fileno())
    start("200 OK", [("Content-Type", "text/plain")])
    return [digest.hexdigest().encode()]
