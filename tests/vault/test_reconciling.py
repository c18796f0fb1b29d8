"""Store and rows held against each other: what does not agree is told, and nothing is removed."""

import tracemalloc
from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.vault import reconciling
from evidence.vault.choice import store_current
from evidence.vault.errors import VaultUnavailable
from evidence.vault.models import ObjectClass, ObjectIntent, RunKind, StoredObject
from evidence.vault.runs import run_last
from evidence.vault.services import object_put
from evidence.vault.store import Listed
from tests.vault.checks import IS_S3, bucket, change, client, compare, cut, lies, put, remove, strange_key, vault_new

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(monkeypatch, settings, tmp_path):
    vault_new(settings, tmp_path)
    monkeypatch.setattr(reconciling, "GRACE", reconciling.GRACE * 0)


def findings(tally):
    return [(found["finding"], found["key"]) for found in tally.first]


def test_vault_that_agrees_with_its_rows_has_no_findings(make):
    for number in range(5):
        put(make, bytes([number]) * 10)
    tally = compare()
    assert (tally.rows, tally.objects, tally.bytes, tally.total) == (5, 5, 50, 0)
    assert run_last(RunKind.RECONCILIATION).result["objects"] == 5


def test_row_without_bytes_is_found_and_suspected(make):
    put(make, b"another")
    stored = put(make, b"evidence")
    remove(stored)
    assert findings(compare()) == [("missing", stored.key)]
    stored.refresh_from_db()
    assert stored.suspected_at
    assert stored.quarantined_at is None


def test_size_that_differs_is_found_and_suspected(make):
    stored = put(make, b"evidence")
    cut(stored)
    found = lies(stored)
    tally = compare()
    assert findings(tally) == [("size", stored.key)]
    assert "7 bytes in the vault, and was sealed with 8" in tally.first[0]["says"]
    stored.refresh_from_db()
    assert stored.suspected_at
    assert lies(stored) == found


def test_unknown_file_is_told_and_left_alone(make):
    put(make, b"evidence")
    key = strange_key()
    assert findings(compare()) == [("unknown", key)]
    assert key in {listed.key for listed in store_current().listing(ObjectClass.MASTER)}


def test_unknown_file_younger_than_the_sweeps_hour_is_no_finding(make, monkeypatch):
    monkeypatch.undo()
    strange_key()
    assert compare().total == 0


def test_put_that_waits_to_be_registered_is_no_finding(make):
    object_put(object_class=ObjectClass.MASTER, source=make(b"on its way"))
    assert ObjectIntent.objects.exists()
    assert compare().total == 0


def test_bytes_of_what_was_disposed_of_are_told(make):
    stored = put(make, b"evidence")
    StoredObject.objects.filter(pk=stored.pk).update(destroyed_at=timezone.now())
    assert findings(compare()) == [("left", stored.key)]


def test_files_in_another_store_are_counted(make):
    stored = put(make, b"evidence")
    StoredObject.objects.filter(pk=stored.pk).update(store="s3:elsewhere")
    assert ("elsewhere", "s3:elsewhere") in findings(compare())


def test_fewer_than_at_the_last_run_is_told_and_disposal_explains_it(make):
    first, second = put(make, b"one"), put(make, b"two")
    assert compare().total == 0
    StoredObject.objects.filter(pk=first.pk).update(destroyed_at=timezone.now())
    remove(first)
    assert compare().total == 0
    remove(second)
    assert findings(compare()) == [("missing", second.key), ("fewer", "objects")]
    StoredObject.objects.filter(pk=second.pk).delete()
    assert findings(compare()) == [("fewer", "rows")]


def test_every_page_of_rows_and_of_the_store_is_gone_through(make, monkeypatch):
    monkeypatch.setattr(reconciling, "PAGE_ROWS", 3)
    rows = [put(make, bytes([number])) for number in range(10)]
    remove(rows[4])
    tally = compare()
    assert (tally.rows, tally.objects) == (10, 9)
    assert findings(tally) == [("missing", rows[4].key)]


def test_store_that_does_not_list_in_order_is_refused(make, monkeypatch):
    rows = sorted((put(make, bytes([number])) for number in range(3)), key=lambda row: row.key)
    listed = [Listed(row.key, row.version_id, row.size_bytes, row.sealed_at) for row in reversed(rows)]

    class Disordered:
        name = store_current().name

        def size(self, **_):
            return 1

        def listing(self, object_class):
            return iter(listed if object_class == "masters" else ())

    monkeypatch.setattr(reconciling, "store_current", Disordered)
    with pytest.raises(VaultUnavailable, match="in order"):
        compare()


def test_large_store_is_compared_in_flat_memory(make, monkeypatch):
    """Ten thousand names listed one by one; none is kept."""

    class Large:
        name = store_current().name

        def listing(self, object_class):
            at = timezone.now()
            if object_class == "masters":
                for number in range(10_000):
                    yield Listed(f"masters/{number:08x}-0000-4000-8000-000000000000", "", 1, at)

    monkeypatch.setattr(reconciling, "store_current", Large)
    monkeypatch.setattr(reconciling, "GRACE", timedelta(days=1))
    tracemalloc.start()
    tally = compare()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert tally.objects == 10_000
    assert peak < 1024**2


if IS_S3:

    @pytest.fixture
    def s3():
        with_client = client()
        yield with_client
        with_client.close()

    @pytest.mark.shape
    def test_delete_marker_is_an_alarm_though_the_bytes_are_there(make, s3, caplog):
        stored = put(make, b"evidence")
        s3.delete_object(Bucket=bucket(), Key=stored.key)
        tally = compare()
        assert findings(tally) == [("marker", stored.key)]
        assert stored.key in caplog.text
        assert lies(stored) == b"evidence"

    @pytest.mark.shape
    def test_later_version_under_a_sealed_key_is_told(make, s3):
        stored = put(make, b"evidence")
        s3.put_object(Bucket=bucket(), Key=stored.key, Body=b"another")
        assert findings(compare()) == [("version", stored.key)]
        assert lies(stored) == b"evidence"

    @pytest.mark.shape
    def test_listing_goes_over_pages_with_versions_and_markers_of_one_key_together(make, s3, monkeypatch):
        rows = [put(make, bytes([number])) for number in range(4)]
        for row in rows:
            for _ in range(3):
                s3.put_object(Bucket=bucket(), Key=row.key, Body=b"later")
            s3.delete_object(Bucket=bucket(), Key=row.key)
        store = store_current()
        plain = store._client.get_paginator
        monkeypatch.setattr(
            store._client, "get_paginator",
            lambda name: _Small(plain(name)),
        )  # fmt: skip
        tally = compare()
        assert tally.numbers == {"marker": 4, "version": 12}
        assert (tally.rows, tally.objects) == (4, 16)

else:

    def test_file_on_the_wrong_shelf_and_link_are_unknown(make, tmp_path):
        stored = put(make, b"evidence")
        path = store_current().local(key=stored.key)
        wrong = path.parent.parent / "zz"
        wrong.mkdir()
        (wrong / path.name).write_bytes(b"?")
        (path.parent / "link").symlink_to(path)
        assert sorted(findings(compare())) == [
            ("unknown", f"./masters/{path.parent.name}/link"), ("unknown", f"./masters/zz/{path.name}"),
        ]  # fmt: skip
        (wrong / path.name).unlink()
        (path.parent / "link").unlink()
        wrong.rmdir()

    def test_flipped_byte_is_not_a_matter_of_the_list(make):
        stored = put(make, b"evidence")
        change(stored, b"Evidence")
        assert compare().total == 0


class _Small:
    """A paginator with pages of five."""

    def __init__(self, paginator):
        self._paginator = paginator

    def paginate(self, **asked):
        return self._paginator.paginate(**asked, PaginationConfig={"PageSize": 5})
