"""The vault as an S3 bucket with versioning: written with If-None-Match, read back whole, and read by VersionId.

With `s3_checks` the only module that imports boto3 or botocore. A newcomer's trap: a lock protects a version, not a
key; a second write under a locked key succeeds on some stores, and only the VersionId we stored still names the bytes
that were sealed.
"""

import hashlib
import heapq
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from evidence.vault.errors import (
    KeyTaken,
    LockRefused,
    ObjectLocked,
    ObjectMissing,
    StoreUnsafe,
    VaultFull,
    VaultUnavailable,
)
from evidence.vault.models import ObjectClass
from evidence.vault.s3_checks import s3_checks
from evidence.vault.s3_encryption import encryption_arguments
from evidence.vault.store import (
    CHUNK_BYTES,
    Check,
    Declared,
    Listed,
    LockMode,
    OnBytes,
    Written,
    digest,
    key_parts,
    read_back_require,
)

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PART_MIN_BYTES = 16 * 1024**2
PART_COUNT_MAX = 9000
"""Of the 10,000 that S3 allows. One part at a time is held in memory."""
_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}
_LOCKED = {"AccessDenied", "InvalidRequest", "ObjectLocked", "403"}
_NO_LOCK = {"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration", "NotImplemented"}
"""What a bucket without object lock says, or a version that is not locked."""
_FULL_STATUS = 507


def part_size(size_bytes: int) -> int:
    """The fixed size of every part but the last, in bytes."""
    return max(PART_MIN_BYTES, -(-size_bytes // PART_COUNT_MAX))


class S3Store:
    """Objects in one bucket. `endpoint` is empty for AWS itself; without keys the machine's own role is used.

    Raises:
        StoreUnsafe: the bucket keeps no versions.
        VaultUnavailable: it cannot be reached.
    """

    def __init__(self, *, bucket: str, endpoint: str, region: str, access_key: str, secret_key: str) -> None:
        self._bucket = bucket
        self._client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint or None,
            region_name=region,
            aws_access_key_id=access_key or None,
            aws_secret_access_key=secret_key or None,
            config=Config(
                connect_timeout=5, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"},
                max_pool_connections=32,
            ),
        )  # fmt: skip
        with _failures():
            status = self._client.get_bucket_versioning(Bucket=bucket).get("Status")
        if status != "Enabled":
            raise StoreUnsafe(f"The bucket {bucket} keeps no versions. Make one with versioning and object lock.")
        self._can_lock: bool | None = None

    @property
    def name(self) -> str:
        """See `ObjectStore.name`."""
        return f"s3:{self._bucket}"

    def put(self, *, key: str, source: Path, declared: Declared, is_adopted: bool, on_bytes: OnBytes) -> Written:
        """See `ObjectStore.put`."""
        key_parts(key)
        with source.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            declared.size_require(size)
            with _failures():
                put = self._put_whole if size <= PART_MIN_BYTES else self._put_parts
                written = put(key, stream, size, declared, on_bytes)
        try:
            found = digest(self.read(key=key, version_id=written.version_id, start=0, end=written.size_bytes), on_bytes)
            read_back_require(written=written.sha256, found=found)
        except BaseException:
            self.drop(key=key)
            raise
        return written

    def read(self, *, key: str, version_id: str, start: int, end: int, is_cold: bool = False) -> Iterator[bytes]:
        """See `ObjectStore.read`. What the store keeps in memory is its own affair."""
        key_parts(key)
        if start >= end:
            return iter(())
        with _failures():
            answer = self._client.get_object(
                Bucket=self._bucket, Key=key, VersionId=version_id, Range=f"bytes={start}-{end - 1}"
            )
        pieces = _pieces(answer["Body"], end - start)
        next(pieces)  # starts it, so that closing it closes the connection
        return pieces

    def size(self, *, key: str, version_id: str) -> int | None:
        """See `ObjectStore.size`. Asked of the list, for HEAD answers a bucket that is gone as it does an object."""
        key_parts(key)
        found = (listed for listed in self._listed(key) if listed.key == key and listed.version_id == version_id)
        return next((listed.size_bytes for listed in found if not listed.is_marker), None)

    def listing(self, object_class: ObjectClass) -> Iterator[Listed]:
        """See `ObjectStore.listing`."""
        return self._listed(f"{object_class.value}/")

    def local(self, *, key: str) -> Path | None:
        """See `ObjectStore.local`."""
        key_parts(key)
        return None

    def drop(self, *, key: str) -> None:
        """See `ObjectStore.drop`."""
        key_parts(key)
        with _failures(locked=True):
            for upload in self._uploads(key):
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
            for version in self._versions(key):
                self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version)

    def checks(self, *, key: str, version_id: str) -> list[Check]:
        """See `ObjectStore.checks`."""
        key_parts(key)
        with _failures():
            return s3_checks(self._client, bucket=self._bucket, key=key, version_id=version_id)

    def can_lock(self) -> bool:
        """See `VersionedStore.can_lock`. Asked once: a bucket cannot lose it."""
        if self._can_lock is None:
            with _failures():
                try:
                    answer = self._client.get_object_lock_configuration(Bucket=self._bucket)
                except ClientError as error:
                    if (code := _code(error)) not in _NO_LOCK:
                        raise LockRefused(f"The store does not say whether it can lock ({code}).") from error
                    self._can_lock = False
                else:
                    self._can_lock = answer["ObjectLockConfiguration"].get("ObjectLockEnabled") == "Enabled"
        return self._can_lock

    def lock(self, *, key: str, version_id: str, mode: LockMode, until: datetime) -> datetime:
        """See `VersionedStore.lock`."""
        key_parts(key)
        until = until.replace(microsecond=0)
        with _failures():
            try:
                self._retain(key, version_id, mode, until)
                held = self._retention(key, version_id)
            except ClientError as error:
                if (code := _code(error)) in _MISSING:
                    raise
                raise LockRefused(f"The store refused to lock it ({code}).") from error
        if held is None or held[1] < until:
            raise LockRefused("The store confirmed a lock that it does not have.")
        return held[1]

    def versions(self, *, key: str) -> list[Listed]:
        """See `VersionedStore.versions`."""
        key_parts(key)
        found = [listed for listed in self._listed(key) if listed.key == key]
        return sorted(found, key=lambda listed: listed.at, reverse=True)

    def _retain(self, key: str, version_id: str, mode: LockMode, until: datetime) -> None:
        """Lock it; where that is refused because it is locked already, be content or go on in the mode that it has."""
        try:
            self._retention_put(key, version_id, mode, until)
        except ClientError:
            held = self._retention(key, version_id)
            if held is None or (held[0] == mode and held[1] < until):
                raise
            if held[1] < until:
                self._retention_put(key, version_id, held[0], until)

    def _retention_put(self, key: str, version_id: str, mode: LockMode, until: datetime) -> None:
        self._client.put_object_retention(
            Bucket=self._bucket, Key=key, VersionId=version_id, Retention={"Mode": mode, "RetainUntilDate": until}
        )

    def _retention(self, key: str, version_id: str) -> tuple[LockMode, datetime] | None:
        try:
            answer = self._client.get_object_retention(Bucket=self._bucket, Key=key, VersionId=version_id)
        except ClientError as error:
            if _code(error) in _NO_LOCK:
                return None
            raise
        held = answer["Retention"]
        return held["Mode"], held["RetainUntilDate"]

    def _versions(self, key: str) -> list[str]:
        return [listed.version_id for listed in self._listed(key) if listed.key == key]

    def _listed(self, prefix: str) -> Iterator[Listed]:
        pages = self._client.get_paginator("list_object_versions").paginate(Bucket=self._bucket, Prefix=prefix)
        with _failures():
            for page in pages:
                kept = [
                    Listed(row["Key"], row["VersionId"], row["Size"], row["LastModified"])
                    for row in page.get("Versions", ())
                ]
                markers = [
                    Listed(row["Key"], row["VersionId"], 0, row["LastModified"], is_marker=True)
                    for row in page.get("DeleteMarkers", ())
                ]
                yield from heapq.merge(kept, markers, key=lambda listed: listed.key)

    def _uploads(self, key: str) -> list[str]:
        pages = self._client.get_paginator("list_multipart_uploads").paginate(Bucket=self._bucket, Prefix=key)
        return [row["UploadId"] for page in pages for row in page.get("Uploads", ()) if row["Key"] == key]

    def _put_whole(self, key: str, stream: Any, size: int, declared: Declared, on_bytes: OnBytes) -> Written:
        body = stream.read(size)
        sha256 = hashlib.sha256(body)
        declared.sha256_require(sha256.hexdigest())
        answer = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, IfNoneMatch="*",
            ChecksumSHA256=b64encode(sha256.digest()).decode(), **encryption_arguments(),
        )  # fmt: skip
        on_bytes(len(body))
        return Written(size_bytes=len(body), sha256=sha256.hexdigest(), version_id=answer["VersionId"])

    def _put_parts(self, key: str, stream: Any, size: int, declared: Declared, on_bytes: OnBytes) -> Written:
        running = hashlib.sha256()
        upload = self._client.create_multipart_upload(Bucket=self._bucket, Key=key, **encryption_arguments())[
            "UploadId"
        ]
        try:
            tags: list[str] = []
            while part := stream.read(part_size(size)):
                running.update(part)
                answer = self._client.upload_part(
                    Bucket=self._bucket, Key=key, UploadId=upload, PartNumber=len(tags) + 1, Body=part
                )
                tags.append(answer["ETag"])
                on_bytes(len(part))
            declared.sha256_require(running.hexdigest())
            done = self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=key, UploadId=upload, IfNoneMatch="*",
                MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": n} for n, tag in enumerate(tags, start=1)]},
            )  # fmt: skip
        except BaseException:
            self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload)
            raise
        return Written(size_bytes=stream.tell(), sha256=running.hexdigest(), version_id=done["VersionId"])


def _pieces(body: Any, length: int) -> Iterator[bytes]:
    with closing(body):
        yield b""
        with _failures():
            for piece in body.iter_chunks(CHUNK_BYTES):
                length -= len(piece)
                yield piece
        if length:
            raise ObjectMissing("The object is shorter in the store than it was sealed. Tell the evidence manager.")


@contextmanager
def _failures(*, locked: bool = False) -> Iterator[None]:
    """Say what the store's refusal means. `locked`: a refusal to delete is a lock of the store's own."""
    try:
        yield
    except ClientError as error:
        code = _code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _TAKEN:
            raise KeyTaken("Something already lies under this key in the store. Nothing was written.") from error
        if code in _MISSING:
            raise ObjectMissing("The object is not in the store. Tell the evidence manager.") from error
        if status == _FULL_STATUS:
            raise VaultFull("The vault is full. Nothing was lost: make room, then try again.") from error
        if locked and code in _LOCKED:
            raise ObjectLocked("The store keeps this object until its lock ends.") from error
        raise VaultUnavailable(f"The store refused ({code or status}). Nothing was sealed. Tell support.") from error
    except BotoCoreError as error:
        raise VaultUnavailable("The store cannot be reached. Nothing was lost: try again later.") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
