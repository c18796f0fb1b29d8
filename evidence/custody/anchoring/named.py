"""What the settings say of locked copies and timestamps: where they are, and under which name they are told.

Nothing is reached and no certificate is read here, so that a page can tell of them in a process that has neither. A
newcomer's trap: the name is kept with each anchor for good; an address that changes is another anchor from then on.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from evidence.custody.errors import AnchorUnknown

NAME_MAX = 200


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where copies are locked away. `prefix`: '' or ends with a slash."""

    bucket: str
    prefix: str

    @property
    def name(self) -> str:
        """As anchors name it."""
        return f"{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps checkpoints. `certificates`: a file in PEM with its root, and whatever lies between."""

    url: str
    certificates: Path

    @property
    def name(self) -> str:
        """As anchors name it: host and path, without what an address may hold of user and password."""
        parts = urlsplit(self.url)
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.hostname}{port}{parts.path}".rstrip("/")


def bucket_named() -> Bucket | None:
    """The bucket for copies, None where there is none.

    Raises:
        AnchorUnknown: LOG_COPY_URL names none.
    """
    if not settings.LOG_COPY_URL:
        return None
    parts = urlsplit(settings.LOG_COPY_URL)
    prefix = parts.path.strip("/")
    found = Bucket(parts.netloc, f"{prefix}/" if prefix else "")
    if parts.scheme != "s3" or not parts.netloc or len(found.name) > NAME_MAX:
        raise AnchorUnknown("LOG_COPY_URL names no bucket: it looks like this: s3://bucket or s3://bucket/prefix.")
    if settings.LOG_COPY_YEARS < 1:
        raise AnchorUnknown("LOG_COPY_YEARS must be 1 or more: a copy that is locked for no time proves nothing.")
    return found


def authorities_named() -> list[Authority]:
    """Those who stamp: address and file of certificates, one after the other.

    Raises:
        AnchorUnknown: LOG_TIMESTAMPS is not pairs of an address and a file.
    """
    words = settings.LOG_TIMESTAMPS.split()
    if len(words) % 2:
        raise AnchorUnknown("LOG_TIMESTAMPS names an address and a file of certificates for each; one is missing.")
    found = [Authority(url, Path(file)) for url, file in zip(words[::2], words[1::2], strict=True)]
    for each in found:
        if not _is_address(each.url) or len(each.name) > NAME_MAX:
            raise AnchorUnknown(
                "LOG_TIMESTAMPS: address first, with https or http, then the file with the certificates, with a space "
                f"between. Before {each.certificates.name} stands no address."
            )
    return found


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
