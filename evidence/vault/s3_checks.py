"""What a bucket is asked to prove: checksums, versions, conditional completion, and locks that hold.

S3-compatible stores differ, and some confirm a lock that they do not enforce; so this tries each promise on an object
of its own. Nothing is decided here: `selftest` shows the result.
"""

from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from evidence.vault.store import Check

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LOCK = timedelta(seconds=30)
"""How long the tried lock lasts; the sweep removes the object after it."""


def s3_checks(client: "S3Client", *, bucket: str, key: str, version_id: str) -> list[Check]:
    """Try the bucket on the object `key`, whose first version is `version_id`; leaves more versions under `key`."""
    is_checked = _is_refused(
        lambda: client.put_object(
            Bucket=bucket, Key=key, Body=b"one", ChecksumSHA256=b64encode(sha256(b"another").digest()).decode()
        )
    )
    is_conditional = _is_refused(lambda: _complete_over(client, bucket, key))
    is_kept = _is_first_version_kept(client, bucket, key, version_id)
    is_locked, lock_says = _lock(client, bucket, key)
    return [
        Check("checksum", is_checked, "Bytes that do not match their checksum are refused."),
        Check("conditional", is_conditional, "A multipart upload does not complete over an object that exists."),
        Check("versions", is_kept, "After a later write under the same key, the sealed version reads as before."),
        Check("write-once", is_locked, lock_says),
    ]


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except ClientError:
        return True
    return False


def _complete_over(client: "S3Client", bucket: str, key: str) -> None:
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    try:
        part = client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"another")
        client.complete_multipart_upload(
            Bucket=bucket, Key=key, UploadId=upload, IfNoneMatch="*",
            MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]},
        )  # fmt: skip
    except ClientError:
        client.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
        raise


def _is_first_version_kept(client: "S3Client", bucket: str, key: str, version_id: str) -> bool:
    before = client.head_object(Bucket=bucket, Key=key, VersionId=version_id)
    later = client.put_object(Bucket=bucket, Key=key, Body=b"later")
    after = client.head_object(Bucket=bucket, Key=key, VersionId=version_id)
    is_same = (before["ETag"], before["ContentLength"]) == (after["ETag"], after["ContentLength"])
    return is_same and later["VersionId"] != version_id


def _lock(client: "S3Client", bucket: str, key: str) -> tuple[bool, str]:
    until = datetime.now(UTC) + LOCK
    try:
        version = client.put_object(
            Bucket=bucket, Key=key, Body=b"locked", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=until
        )["VersionId"]
    except ClientError:
        return False, "Write-once not enforced by this store: the bucket was made without object lock."
    is_shortening_refused = _is_refused(
        lambda: client.put_object_retention(
            Bucket=bucket, Key=key, VersionId=version,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until - LOCK / 2},
        )
    )  # fmt: skip
    is_deletion_refused = _is_refused(lambda: client.delete_object(Bucket=bucket, Key=key, VersionId=version))
    if is_shortening_refused and is_deletion_refused:
        if _is_extended(client, bucket, key):
            return True, "A locked object could neither be deleted nor its lock shortened; a lock could be extended."
        return False, "A lock of this store could not be extended and read back, so it would end while it is needed."
    allowed = "deleted" if not is_deletion_refused else "its lock shortened"
    return False, f"Write-once not enforced by this store: a locked object could be {allowed}."


def _is_extended(client: "S3Client", bucket: str, key: str) -> bool:
    """Whether the lock of an object that has none is placed, put off and read back, as the rolling run does it."""
    version = client.put_object(Bucket=bucket, Key=key, Body=b"extended")["VersionId"]
    now = datetime.now(UTC).replace(microsecond=0)
    try:
        for until in (now + LOCK / 2, now + LOCK):
            client.put_object_retention(
                Bucket=bucket, Key=key, VersionId=version,
                Retention={"Mode": "GOVERNANCE", "RetainUntilDate": until},
            )  # fmt: skip
        held = client.get_object_retention(Bucket=bucket, Key=key, VersionId=version)["Retention"]
    except ClientError:
        return False
    return held["RetainUntilDate"] == now + LOCK
