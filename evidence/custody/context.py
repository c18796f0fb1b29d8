"""Which request (or job) is being served on this thread: goes into every event and every problem report."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

_request: ContextVar[UUID | None] = ContextVar("continuity_request", default=None)


def request_id() -> UUID:
    """The id of the request or job being served; outside any, one made up and kept for this context."""
    current = _request.get()
    if current is None:
        current = uuid4()
        _request.set(current)
    return current


@contextmanager
def request_scope(identifier: UUID | None = None) -> Iterator[UUID]:
    """Serve one request or job under `identifier` (a fresh one by default)."""
    chosen = identifier or uuid4()
    token = _request.set(chosen)
    try:
        yield chosen
    finally:
        _request.reset(token)
