"""The bucket that copies of checkpoints are locked away in: written once, under a COMPLIANCE lock, read by version.

The only module of this room that imports boto3. It is another bucket than the vault's, best with another account. A
newcomer's trap: a lock protects a version, not a key; whoever may write can put a later version or a delete marker on
top, so everything here is listed and read by version.
"""

from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from evidence.custody.errors import AnchorAway, AnchorRefused

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

COMPLIANCE: Final = "COMPLIANCE"
BODY_MAX_BYTES = 64 * 1024
_ABOUT = timedelta(minutes=1)
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_BUSY = {"SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "Throttling", "TooManyRequestsException"}


class KeyTaken(Exception):
    """Something lies under this key already; nothing was written."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version that lies in the bucket."""

    key: str
    version_id: str
    is_marker: bool = False


class LockedBucket:
    """`endpoint` is empty for AWS itself; without keys the machine's own role is used."""

    def __init__(self, *, bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._bucket = bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=region,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            config=Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 2, "mode": "standard"}),
        )

    def put(self, *, key: str, body: bytes, until: datetime) -> str:
        """Write and lock; returns the version.

        Raises:
            KeyTaken: something lies there.
            AnchorAway, AnchorRefused: the bucket did not answer, or would not.
        """
        with _failures(self._bucket):
            answer = self._client.put_object(
                Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*", ContentType="text/plain; charset=utf-8",
                ChecksumSHA256=b64encode(sha256(body).digest()).decode(),
                ObjectLockMode=COMPLIANCE, ObjectLockRetainUntilDate=until,
            )  # fmt: skip
        if "VersionId" not in answer:
            raise AnchorRefused(f"The bucket {self._bucket} keeps no versions: make one with object lock.")
        return answer["VersionId"]

    def read(self, found: Found) -> bytes:
        """At most BODY_MAX_BYTES of it. Raises AnchorAway, AnchorRefused."""
        with _failures(self._bucket):
            answer = self._client.get_object(Bucket=self._bucket, Key=found.key, VersionId=found.version_id)
            with answer["Body"] as body:
                return body.read(BODY_MAX_BYTES)

    def lock_require(self, found: Found, until: datetime) -> None:
        """See that it is locked until then, to the minute.

        Raises:
            AnchorRefused: it is not: the store took the wish and does not keep it.
            AnchorAway: it does not answer.
        """
        with _failures(self._bucket):
            kept = self._client.head_object(Bucket=self._bucket, Key=found.key, VersionId=found.version_id)
        locked_until: datetime | None = kept.get("ObjectLockRetainUntilDate")
        if kept.get("ObjectLockMode") != COMPLIANCE or locked_until is None or locked_until < until - _ABOUT:
            raise AnchorRefused(f"The bucket {self._bucket} took a copy and did not lock it: it proves nothing.")

    def listed(self, prefix: str) -> Iterator[Found]:
        """All versions and delete markers below a prefix, by key, markers first. Raises AnchorAway, AnchorRefused."""
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        with _failures(self._bucket):
            for page in pages:
                kept = [Found(row["Key"], row["VersionId"]) for row in page.get("Versions", ())]
                markers = [Found(row["Key"], row["VersionId"], True) for row in page.get("DeleteMarkers", ())]
                yield from sorted([*kept, *markers], key=lambda found: (found.key, not found.is_marker))


@contextmanager
def _failures(bucket: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _TAKEN:
            raise KeyTaken from error
        if status >= 500 or status == 429 or code in _BUSY:
            raise AnchorAway(f"The bucket {bucket} cannot answer at the moment ({code or status}).") from error
        raise AnchorRefused(
            f"The bucket {bucket} refused ({code or status}). It must exist, with object lock, and its account must be "
            "allowed to put, lock, list and read versions."
        ) from error
    except BotoCoreError as error:
        raise AnchorAway(f"The bucket {bucket} cannot be reached ({type(error).__name__}).") from error
