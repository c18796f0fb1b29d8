"""A request's body as it comes: counted, with any end of the line taken for what it is.

Read from the server's own stream, because Django's reads a chunked body as empty. A newcomer's trap: a client that went
away is a short read, a reset connection or the server's own error, and often none of them: only counting tells.
"""

import contextlib
import socket
import time
from typing import Any

from django.http import HttpRequest

STEP_MIN_BYTES = 1024
STEP_MAX_BYTES = 256 * 1024
QUICK_S = 0.1


class Body:
    """See `evidence.ingest.services.Source`. `declared_bytes` is None for a chunked body."""

    def __init__(self, request: HttpRequest) -> None:
        environ: dict[str, Any] = request.META
        self._stream = environ["wsgi.input"]
        self._socket: socket.socket | None = environ.get("gunicorn.socket")
        is_chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
        length = environ.get("CONTENT_LENGTH") or "0"
        self.declared_bytes = None if is_chunked else int(length) if length.isdigit() else 0
        self.is_cut = False
        self._read_bytes = 0
        self._step_bytes = STEP_MIN_BYTES

    @property
    def is_there(self) -> bool:
        """Whether the request has a body at all."""
        return self.declared_bytes is None or self.declared_bytes > 0

    def read(self, size_bytes: int) -> bytes:
        """Up to so many bytes; none at the end, however the end came.

        The server's stream returns only when it has all it was asked for, so it is asked for little: what a slow line
        brings is handed over every few seconds at most, and a quick line gets to larger steps at once.
        """
        size_bytes = min(size_bytes, self._step_bytes)
        if self.declared_bytes is not None:
            size_bytes = min(size_bytes, self.declared_bytes - self._read_bytes)
        if self.is_cut or not size_bytes:
            return b""
        began_at = time.monotonic()
        try:
            piece: bytes = self._stream.read(size_bytes)
        except OSError:
            # reset, timed out, or a chunked body without its end: what was handed out before stays good
            self.is_cut = True
            return b""
        is_quick = time.monotonic() - began_at < QUICK_S
        self._step_bytes = min(2 * self._step_bytes, STEP_MAX_BYTES) if is_quick else STEP_MIN_BYTES
        self._read_bytes += len(piece)
        self.is_cut = self.declared_bytes is not None and len(piece) < size_bytes
        return piece

    def wake(self) -> None:
        """End a read that is under way: the other half of the line stays open for the answer."""
        if self._socket is not None:
            with contextlib.suppress(OSError):  # gone already: then nothing waits on it
                self._socket.shutdown(socket.SHUT_RD)
