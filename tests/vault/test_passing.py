"""Puts passed from worker to worker: read wherever they lie, kept as long as somebody says so, and gone afterwards."""

import json
import os

import pytest

from evidence.vault.choice import store_current
from evidence.vault.errors import ObjectMissing, PutExpired
from evidence.vault.models import ObjectClass, ObjectIntent, ObjectKey, StoredObject
from evidence.vault.passing import put_from_obj, put_is_left, put_local, put_to_obj, puts_drop, puts_keep
from evidence.vault.services import object_put, object_register, vault_sweep
from tests.vault.encrypting import encrypt

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = "2020-01-01T00:00:00Z"


@pytest.fixture(params=["plain", "encrypted"])
def content(request, settings, tmp_path) -> bytes:
    if request.param == "encrypted":
        encrypt(settings, tmp_path)
    return os.urandom(100_000)


def passed(content: bytes, tmp_path):
    """A put as the next worker reads it from the job's row."""
    source = tmp_path / "part"
    source.write_bytes(content)
    put = object_put(object_class=ObjectClass.DERIVED, source=source)
    return put_from_obj(json.loads(json.dumps(put_to_obj(put))))


def test_bytes_are_read_by_who_has_only_the_jobs_row_and_no_object_comes_of_it(content, tmp_path):
    put = passed(content, tmp_path)
    with put_local(put) as path:
        assert path.read_bytes() == content
    assert not StoredObject.objects.exists()


def test_what_somebody_keeps_is_not_swept_and_what_nobody_keeps_is(content, tmp_path):
    put = passed(content, tmp_path)
    ObjectIntent.objects.update(touched_at=LONG_AGO)
    assert puts_keep([put]) == 1
    assert vault_sweep() == 0
    ObjectIntent.objects.update(touched_at=LONG_AGO)
    assert vault_sweep() == 1
    assert not put_is_left(put)
    with pytest.raises(ObjectMissing), put_local(put):
        raise AssertionError("the body ran")


def test_what_is_dropped_leaves_neither_bytes_nor_intent_nor_key(content, tmp_path):
    put = passed(content, tmp_path)
    puts_drop([put, put])
    assert not ObjectIntent.objects.exists()
    assert not ObjectKey.objects.exists()
    with pytest.raises(ObjectMissing):
        b"".join(store_current().read(key=put.key, version_id=put.version_id, start=0, end=put.size_bytes))


def test_object_cannot_be_dropped_as_a_put(content, tmp_path):
    put = passed(content, tmp_path)
    object_register(put)
    with pytest.raises(PutExpired):
        puts_drop([put])
    assert StoredObject.objects.count() == 1
