from uuid import uuid4

import pytest
from django.conf import settings

from evidence.vault.choice import store_current
from evidence.vault.errors import ObjectLocked, ObjectMismatch, StoreUnsafe, VaultUnavailable
from evidence.vault.models import ObjectClass, ObjectIntent
from evidence.vault.s3 import S3Store
from evidence.vault.selftest import vault_selftest
from evidence.vault.services import object_put, object_read, object_register, vault_sweep
from evidence.vault.store import key_of
from tests.servers.s3 import Store
from tests.vault.conftest import intents_age

pytestmark = [pytest.mark.shape, pytest.mark.django_db]


@pytest.fixture
def client():
    client = Store(settings.VAULT_S3["endpoint"]).client()
    yield client
    client.close()


@pytest.fixture
def bucket():
    return settings.VAULT_URL.removeprefix("s3://")


def seal(path):
    return object_register(object_put(object_class=ObjectClass.MASTER, source=path))


def test_the_sealed_version_is_read_though_a_later_one_lies_under_its_key(client, bucket, make):
    stored = seal(make(b"one"))
    later = client.put_object(Bucket=bucket, Key=stored.key, Body=b"two")
    assert later["VersionId"] != stored.version_id
    assert b"".join(object_read(stored, 0, 3)) == b"one"


def test_the_sealed_version_is_read_though_a_delete_marker_hides_its_key(client, bucket, make):
    stored = seal(make(b"one"))
    client.delete_object(Bucket=bucket, Key=stored.key)
    assert b"".join(object_read(stored, 0, 3)) == b"one"


def test_a_failed_upload_in_parts_is_aborted(client, bucket, make):
    with pytest.raises(ObjectMismatch):
        object_put(object_class=ObjectClass.IMAGE, source=make(b"x" * (17 * 1024**2)), expected_sha256="0" * 64)
    assert not client.list_multipart_uploads(Bucket=bucket, Prefix="images/").get("Uploads")


def test_the_sweep_aborts_the_upload_that_a_crash_left_half_done(client, bucket):
    key = key_of(ObjectClass.IMAGE, uuid4())
    ObjectIntent.objects.create(key=key)
    upload = client.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    client.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=1, Body=b"half")
    intents_age()
    assert vault_sweep() == 1
    assert not client.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads")


def test_the_sweep_leaves_what_the_store_keeps_locked_and_asks_again_next_time(client, bucket, make):
    put = object_put(object_class=ObjectClass.COPY, source=make(b"one"))
    client.put_object_legal_hold(
        Bucket=bucket, Key=put.key, VersionId=put.version_id, LegalHold={"Status": "ON"}
    )  # fmt: skip
    intents_age()
    assert vault_sweep() == 0
    assert ObjectIntent.objects.get().condemned_at
    with pytest.raises(ObjectLocked):
        store_current().drop(key=put.key)
    client.put_object_legal_hold(
        Bucket=bucket, Key=put.key, VersionId=put.version_id, LegalHold={"Status": "OFF"}
    )  # fmt: skip
    assert vault_sweep() == 1


def test_a_bucket_without_versions_is_refused(client):
    name = f"plain-{uuid4()}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    with pytest.raises(StoreUnsafe, match="versions"):
        S3Store(bucket=name, **settings.VAULT_S3)


def test_a_bucket_that_is_not_there_is_unavailable():
    with pytest.raises(VaultUnavailable, match="NoSuchBucket"):
        S3Store(bucket=f"none-{uuid4()}", **settings.VAULT_S3)


def test_a_store_that_does_not_answer_is_unavailable():
    with pytest.raises(VaultUnavailable, match="reached"):
        S3Store(bucket="any", **{**settings.VAULT_S3, "endpoint": "http://127.0.0.1:9"})


def test_a_bucket_with_object_lock_proves_write_once(client, bucket):
    found = vault_selftest()
    assert found.is_sound
    assert found.is_write_once
    left = ObjectIntent.objects.get()
    assert client.list_object_versions(Bucket=bucket, Prefix=left.key)["Versions"]


def test_a_bucket_without_object_lock_is_said_not_to_enforce_write_once(client, settings):
    name = f"unlocked-{uuid4()}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    settings.VAULT_URL = f"s3://{name}"
    found = vault_selftest()
    assert found.is_sound
    assert not found.is_write_once
    assert "Write-once not enforced by this store" in found.checks[-1].says
