"""Sealed objects of several kinds, and harm done to them behind the vault's back: by a disc, a store or a hand."""

from datetime import timedelta
from functools import cache
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from evidence.vault.choice import store_current
from evidence.vault.fixity import fixity_run
from evidence.vault.models import ObjectClass, RunKind, RunScope, StoredObject, VaultRun
from evidence.vault.reconciling import Tally, reconcile
from evidence.vault.runs import run_end, run_held
from evidence.vault.services import object_put, object_register
from tests.servers.s3 import Store

IS_S3 = settings.VAULT_URL.startswith("s3://")


def vault_new(settings, folder) -> None:
    """An empty store of these tests alone: what others left in the session's is a finding to those who compare."""
    if not IS_S3:
        settings.VAULT_URL = f"file://{folder / 'vault'}"
        return
    settings.VAULT_URL = f"s3://{_bucket_made(settings.VAULT_S3['endpoint'])}"
    store = store_current()
    for object_class in ObjectClass:
        for key in {listed.key for listed in store.listing(object_class)}:
            store.drop(key=key)


@cache
def _bucket_made(endpoint: str) -> str:
    """One a process: every bucket takes volumes of the little store that is for tests."""
    name = f"checks-{uuid4().hex[:12]}"
    Store(endpoint).bucket_make(name)
    return name


def bucket() -> str:
    return settings.VAULT_URL.removeprefix("s3://")


def client():
    return Store(settings.VAULT_S3["endpoint"]).client()


def put(make, content: bytes, object_class=ObjectClass.MASTER) -> StoredObject:
    return object_register(object_put(object_class=object_class, source=make(content)))


def aged(stored: StoredObject, days: float) -> StoredObject:
    """As if it had been read so many days ago for the last time."""
    at = timezone.now() - timedelta(days=days)
    StoredObject.objects.filter(pk=stored.pk).update(verified_at=at, sealed_at=at)
    stored.refresh_from_db()
    return stored


def lies(stored: StoredObject) -> bytes | None:
    """What the store has under the row's version, past all services; None: nothing."""
    store = store_current()
    size = store.size(key=stored.key, version_id=stored.version_id)
    if size is None:
        return None
    return b"".join(store.read(key=stored.key, version_id=stored.version_id, start=0, end=size))


def change(stored: StoredObject, content: bytes) -> None:
    """Have the store give other bytes than were sealed. A version in S3 cannot be written, so the row names another."""
    path = store_current().local(key=stored.key)
    if path is None:
        with_client = client()
        version = with_client.put_object(Bucket=bucket(), Key=stored.key, Body=content)["VersionId"]
        with_client.delete_object(Bucket=bucket(), Key=stored.key, VersionId=stored.version_id)
        with_client.close()
        StoredObject.objects.filter(pk=stored.pk).update(version_id=version)
        stored.refresh_from_db()
        return
    path.chmod(0o600)
    path.write_bytes(content)


def flip(stored: StoredObject) -> None:
    """One bit of the last byte."""
    content = lies(stored)
    assert content
    change(stored, content[:-1] + bytes([content[-1] ^ 1]))


def cut(stored: StoredObject) -> None:
    content = lies(stored)
    assert content
    change(stored, content[:-1])


def lengthen(stored: StoredObject) -> None:
    content = lies(stored)
    assert content
    change(stored, content + b"more")


def remove(stored: StoredObject) -> None:
    store_current().drop(key=stored.key)


def strange_key() -> str:
    """Put something under a fresh key that no row speaks of; returns its key."""
    key = f"masters/{uuid4()}"
    if IS_S3:
        with_client = client()
        with_client.put_object(Bucket=bucket(), Key=key, Body=b"strange")
        with_client.close()
        return key
    path = store_current()._path(key)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(b"strange")
    return key


def read_all(scope=RunScope.ROLLING, **options) -> VaultRun:
    """A run of reading, with nobody told."""
    options = {"mb_per_s": 0, "on_trouble": lambda *_: None, **options}
    with run_held(kind=RunKind.FIXITY, scope=scope, owner="test") as run:
        fixity_run(run, **options)
        run_end(run, result={})
    return run


def compare() -> Tally:
    with run_held(kind=RunKind.RECONCILIATION, scope=RunScope.FULL, owner="test") as run:
        tally = reconcile(run)
        run_end(run, result=tally.as_result())
    return tally
