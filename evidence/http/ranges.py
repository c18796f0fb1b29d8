"""Range responses (RFC 9110 section 14): one range, 206 and 416, If-Range, strong ETag. Django's FileResponse ignores
Range. Files are read by a callable, so that the vault decides where bytes come from."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, quote_etag

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
CHUNK_BYTES = 256 * 1024
Reader = Callable[[int, int], Iterator[bytes]]
"""`(start, end)` -> chunks of the bytes start..end-1."""


@dataclass(frozen=True, slots=True)
class Unsatisfiable:
    """The range lies outside the file: 416."""


def range_parse(header: str, size_bytes: int) -> tuple[int, int] | Unsatisfiable | None:
    """Half-open byte range of a Range header, or None where it is to be ignored (absent, several, malformed)."""
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        length = int(match[2])
        return (max(0, size_bytes - length), size_bytes) if length and size_bytes else Unsatisfiable()
    start = int(match[1])
    end = min(int(match[2]) + 1, size_bytes) if match[2] else size_bytes
    if match[2] and int(match[2]) < start:
        return None
    return (start, end) if start < size_bytes else Unsatisfiable()


def range_response(
    request: HttpRequest, *, read: Reader, size_bytes: int, sha256: str, content_type: str, filename: str = ""
) -> HttpResponseBase:
    """The whole file or the part asked for. `filename` set: sent as a download under that name."""
    etag = quote_etag(sha256)
    if_range = request.headers.get("If-Range", etag)
    # a Range means something in GET only, and only for the bytes that the asker has part of
    is_partial = request.method == "GET" and if_range == etag
    wanted = range_parse(request.headers.get("Range", ""), size_bytes) if is_partial else None
    if isinstance(wanted, Unsatisfiable):
        response: HttpResponseBase = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size_bytes}"})
    else:
        start, end = wanted or (0, size_bytes)
        body: Iterator[bytes] | tuple[bytes, ...] = () if request.method == "HEAD" else read(start, end)
        response = StreamingHttpResponse(body, status=206 if wanted else 200, content_type=content_type)
        response["Content-Length"] = str(end - start)
        if wanted:
            response["Content-Range"] = f"bytes {start}-{end - 1}/{size_bytes}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-store"
    if filename:
        response["Content-Disposition"] = disposition(filename)
    return response


def safe_name(filename: str) -> str:
    """A file name that cannot break a header or a path: controls, separators and text direction marks out."""
    return re.sub(r"[\x00-\x1f\x7f\\/\u200e\u200f\u202a-\u202e\u2066-\u2069]", "_", filename)[:150]


def disposition(filename: str) -> str:
    """`attachment` with a safe name, UTF-8 by RFC 5987."""
    return content_disposition_header(True, safe_name(filename)) or "attachment"
