"""Bytes that stop when the right to them ends, also in the middle of one long answer.

A browser may fetch a whole recording in a single request and drink it slowly for an hour: asking only when a request
begins would let a revoked share or link play on. Ending short of the announced length has to be an error, so that the
server closes the connection; a body that just stopped would leave the browser waiting.
"""

import time
from collections.abc import Callable, Iterable, Iterator

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from evidence.recordings.errors import PlaybackOver

RECHECK_EVERY_S = 15.0


def read_while(
    chunks: Iterable[bytes], is_allowed: Callable[[], bool], every_s: float = RECHECK_EVERY_S
) -> Iterator[bytes]:
    """Hand on `chunks`, asking every so many seconds whether to go on.

    Raises:
        PlaybackOver: the answer was no.
    """
    asked_at = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - asked_at >= every_s:
            if not is_allowed():
                raise PlaybackOver
            asked_at = time.monotonic()
        yield chunk


def answer_while(response: HttpResponseBase, is_allowed: Callable[[], bool]) -> HttpResponseBase:
    """An answer whose bytes stop when `is_allowed` says no; one that holds none is left as it is."""
    if isinstance(response, StreamingHttpResponse):
        response.streaming_content = read_while(response.streaming_content, is_allowed)  # type: ignore[arg-type]
    return response
