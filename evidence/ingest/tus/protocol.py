"""tus 1.0.0 in words: header names, what we offer, and how headers are read. No bytes and no rows here.

Offered: core, creation, creation-with-upload, checksum, expiration, termination. Not offered: deferred lengths,
concatenation, checksums in trailers; asking for one is refused rather than misunderstood.
"""

import base64
import binascii
import hashlib
import re
import zlib
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from evidence.http.errors import AppError
from evidence.ingest.errors import UploadInvalid, UploadTooLarge

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,expiration,termination"
CHUNK_TYPE = "application/offset+octet-stream"
METHODS = ("OPTIONS", "HEAD", "POST", "PATCH", "DELETE")
_NUMBER = re.compile(r"[0-9]{1,18}")
_MAX_NUMBER = 2**63 - 1


class VersionRefused(AppError):
    """The client speaks another version of the protocol, or does not say which."""

    status = 412
    code = "tus-version"
    title = "Another protocol version"

    def __init__(self) -> None:
        super().__init__(f"Every request must carry 'Tus-Resumable: {VERSION}'.")


class TypeRefused(AppError):
    """Bytes came under another content type."""

    status = 415
    code = "tus-content-type"
    title = "Another content type"

    def __init__(self) -> None:
        super().__init__(f"Send the bytes of a file as '{CHUNK_TYPE}'.")


class MethodRefused(AppError):
    """The method means nothing here."""

    status = 405
    code = "method-not-allowed"
    title = "Not possible here"


def method_of(request: HttpRequest) -> str:
    """The method meant: X-HTTP-Method-Override counts more than the request line."""
    return request.headers.get("X-HTTP-Method-Override", request.method or "").strip().upper()


def version_require(request: HttpRequest) -> None:
    """Refuse clients of other versions.

    Raises:
        VersionRefused: the header is missing, or names another.
    """
    if request.headers.get("Tus-Resumable", "").strip() != VERSION:
        raise VersionRefused


def offer(response: HttpResponse) -> HttpResponse:
    """What OPTIONS tells of this server."""
    response["Tus-Version"] = VERSION
    response["Tus-Extension"] = EXTENSIONS
    response["Tus-Max-Size"] = str(settings.UPLOAD_MAX_BYTES)
    response["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


def number_read(request: HttpRequest, name: str) -> int:
    """A header that must hold a number of bytes.

    Raises:
        UploadInvalid: missing, negative, or no number. UploadTooLarge: no file is so large.
    """
    text = request.headers.get(name, "").strip()
    if text.isascii() and text.isdigit() and not _NUMBER.fullmatch(text) and int(text[:40]) > _MAX_NUMBER:
        raise UploadTooLarge(f"{name} is larger than any file we take.")
    if not _NUMBER.fullmatch(text):
        raise UploadInvalid(f"The request needs a header '{name}' that holds a number of bytes, 0 or more.")
    return int(text)


def length_read(request: HttpRequest) -> int:
    """Upload-Length of an announcement, in bytes.

    Raises:
        UploadInvalid: missing, no number, or together with what we do not offer.
    """
    if "Upload-Defer-Length" in request.headers:
        raise UploadInvalid("Deferred lengths are not offered here: send Upload-Length alone.")
    if "Upload-Concat" in request.headers:
        raise UploadInvalid("Concatenation is not offered here: send each file as one upload.")
    return number_read(request, "Upload-Length")


def expires_text(moment: datetime) -> str:
    """Upload-Expires: an HTTP date."""
    return http_date(moment.timestamp())


class Digest(Protocol):
    """What hashlib's objects and ours have in common."""

    def update(self, piece: bytes, /) -> None:
        """Hash on."""
        ...

    def digest(self) -> bytes:
        """The hash of all so far."""
        ...


class Crc32:
    """CRC-32 in hashlib's manner: four bytes, most significant first."""

    def __init__(self) -> None:
        self._value = 0

    def update(self, piece: bytes, /) -> None:
        """Hash on."""
        self._value = zlib.crc32(piece, self._value)

    def digest(self) -> bytes:
        """The four bytes."""
        return self._value.to_bytes(4)


ALGORITHMS: dict[str, type[Crc32] | str] = {"sha1": "sha1", "sha256": "sha256", "md5": "md5", "crc32": Crc32}
"""Checks against damage on the way only; evidence is identified by SHA-256 alone."""


class ChunkChecksum:
    """`Upload-Checksum: <algorithm> <base64>` of one chunk."""

    def __init__(self, digest: Digest, expected: bytes) -> None:
        self._digest, self._expected = digest, expected

    def update(self, piece: bytes, /) -> None:
        """Hash on."""
        self._digest.update(piece)

    def is_right(self) -> bool:
        """Whether the chunk hashes to what was sent."""
        return self._digest.digest() == self._expected


def checksum_read(request: HttpRequest) -> ChunkChecksum | None:
    """The chunk's checksum where one was sent.

    Raises:
        UploadInvalid: an algorithm we do not offer, or no base64.
    """
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    name, _, value = header.strip().partition(" ")
    if name not in ALGORITHMS:
        raise UploadInvalid(f"Upload-Checksum: use one of {', '.join(ALGORITHMS)}.")
    try:
        expected = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UploadInvalid("Upload-Checksum: the hash after the algorithm must be base64.") from error
    return ChunkChecksum(_digest_new(name), expected)


def _digest_new(name: str) -> Digest:
    algorithm = ALGORITHMS[name]
    if isinstance(algorithm, str):
        return hashlib.new(algorithm, usedforsecurity=False)
    return algorithm()
