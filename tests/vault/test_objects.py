import os
import tracemalloc

import pytest
from django.db import transaction
from django.utils import timezone

from evidence.vault.choice import store_current
from evidence.vault.errors import (
    KeyRefused,
    KeyTaken,
    ObjectDestroyed,
    ObjectMismatch,
    ObjectMissing,
    PutExpired,
    VaultUnavailable,
)
from evidence.vault.models import ObjectClass, ObjectIntent, StoredObject
from evidence.vault.services import (
    object_discard,
    object_local,
    object_put,
    object_read,
    object_register,
    object_verify,
    vault_sweep,
)
from evidence.vault.store import Declared
from tests.vault.conftest import intents_age, sha256

pytestmark = pytest.mark.django_db

BYTES = bytes(range(256)) * 5000
LARGE = os.urandom(1024) * 1024 * 33


def seal(path, **options):
    return object_register(object_put(object_class=ObjectClass.MASTER, source=path, **options))


def lies_in_store(put) -> bool:
    try:
        b"".join(store_current().read(key=put.key, version_id=put.version_id, start=0, end=put.size_bytes))
    except ObjectMissing:
        return False
    return True


def test_a_sealed_file_reads_back_whole_and_in_ranges(make):
    stored = seal(make(BYTES))
    assert stored.sha256 == sha256(BYTES)
    assert stored.size_bytes == len(BYTES)
    assert b"".join(object_read(stored, 0, stored.size_bytes)) == BYTES
    assert b"".join(object_read(stored, 1000, 700_001)) == BYTES[1000:700_001]
    assert b"".join(object_read(stored, len(BYTES) - 1, len(BYTES))) == BYTES[-1:]
    assert b"".join(object_read(stored, 7, 7)) == b""


def test_a_row_of_a_sealed_file_says_where_and_what_it_is(make):
    stored = StoredObject.objects.get(pk=seal(make(b"one")).pk)
    assert stored.key == f"masters/{stored.id}"
    assert stored.store == store_current().name
    assert stored.object_class == ObjectClass.MASTER
    assert bool(stored.version_id) == stored.store.startswith("s3:")
    assert not ObjectIntent.objects.exists()


def test_a_file_of_several_parts_reads_back_across_their_borders(make):
    stored = seal(make(LARGE), expected_sha256=sha256(LARGE), expected_size=len(LARGE))
    border = 16 * 1024**2
    assert b"".join(object_read(stored, border - 5, border + 5)) == LARGE[border - 5 : border + 5]
    assert object_verify(stored)


def test_an_empty_file_is_sealed_like_any_other(make):
    stored = seal(make(b""))
    assert stored.sha256 == sha256(b"")
    assert list(object_read(stored, 0, 0)) == []
    assert object_verify(stored)
    with object_local(stored) as path:
        assert path.read_bytes() == b""


def test_a_range_beyond_the_object_is_a_mistake(make):
    stored = seal(make(b"one"))
    for start, end in [(0, 4), (-1, 2), (2, 1)]:
        with pytest.raises(ValueError, match="no range"):
            object_read(stored, start, end)


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["whole", "parts"])
@pytest.mark.parametrize("is_moved", [False, True], ids=["copied", "moved"])
def test_a_hash_that_lies_is_refused_and_nothing_is_left(make, content, is_moved):
    source = make(content)
    with pytest.raises(ObjectMismatch) as refused:
        object_put(
            object_class=ObjectClass.MASTER, source=source, expected_sha256=sha256(b"another"), move=is_moved
        )  # fmt: skip
    assert refused.value.extra["actual_sha256"] == sha256(content)
    assert source.read_bytes() == content
    assert not ObjectIntent.objects.exists()
    assert not StoredObject.objects.exists()


def test_a_length_that_lies_is_refused_before_anything_is_written(make):
    with pytest.raises(ObjectMismatch, match="3 bytes, but 4"):
        seal(make(b"one"), expected_size=4)
    assert not ObjectIntent.objects.exists()


def test_a_hash_in_capitals_is_the_same_hash(make):
    assert seal(make(b"one"), expected_sha256=sha256(b"one").upper()).sha256 == sha256(b"one")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("content", [b"small", LARGE], ids=["whole", "parts"])
def test_a_moved_file_goes_from_the_spool_when_its_row_is_committed_and_not_before(make, content):
    source = make(content)
    put = object_put(object_class=ObjectClass.MASTER, source=source, move=True)
    assert source.read_bytes() == content
    with transaction.atomic():
        stored = object_register(put)
        assert source.exists()
    assert not source.exists()
    assert object_verify(stored)


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_registration_leaves_the_spool_file_and_no_row(make):
    source = make(b"one")
    put = object_put(object_class=ObjectClass.MASTER, source=source, move=True)

    class Broken(Exception):
        pass

    def register_and_break():
        with transaction.atomic():
            object_register(put)
            raise Broken

    with pytest.raises(Broken):
        register_and_break()
    assert source.read_bytes() == b"one"
    assert not StoredObject.objects.exists()
    intents_age()
    assert vault_sweep() == 1
    assert not lies_in_store(put)
    assert seal(source, move=True).sha256 == sha256(b"one")


@pytest.mark.django_db(transaction=True)
def test_a_put_inside_a_transaction_is_refused_for_its_intent_would_not_be_there_first(make):
    source = make(b"one")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        object_put(object_class=ObjectClass.COPY, source=source)


def test_the_sweep_leaves_a_put_that_was_touched_within_the_hour(make):
    put = object_put(object_class=ObjectClass.DERIVED, source=make(b"one"))
    assert vault_sweep() == 0
    assert object_verify(object_register(put))


def test_the_sweep_leaves_registered_objects_however_old(make):
    stored = seal(make(b"one"))
    intents_age()
    assert vault_sweep() == 0
    assert object_verify(stored)


def test_the_sweep_leaves_bytes_that_neither_a_row_nor_an_intent_knows(make):
    put = object_put(object_class=ObjectClass.DERIVED, source=make(b"one"))
    ObjectIntent.objects.all().delete()
    assert vault_sweep() == 0
    assert lies_in_store(put)


def test_a_put_that_wakes_up_after_the_sweep_cannot_be_registered(make):
    put = object_put(object_class=ObjectClass.DERIVED, source=make(b"one"))
    intents_age()
    vault_sweep()
    with pytest.raises(PutExpired):
        object_register(put)
    assert not StoredObject.objects.exists()


def test_puts_that_wait_for_a_later_one_are_left_alone_however_long_that_takes(make, monkeypatch):
    monkeypatch.setattr("evidence.vault.services.TOUCH_EVERY_S", 0.0)
    first = object_put(object_class=ObjectClass.IMAGE, source=make(b"disc 1"))

    def an_hour_goes_by(done, total):
        vault_sweep()
        intents_age()

    second = object_put(
        object_class=ObjectClass.IMAGE, source=make(BYTES), on_progress=an_hour_goes_by, earlier=[first]
    )
    assert {object_register(put).sha256 for put in (first, second)} == {sha256(b"disc 1"), sha256(BYTES)}


def test_a_put_condemned_while_it_writes_ends_with_nothing_left(make):
    def condemn(done, total):
        ObjectIntent.objects.update(condemned_at=timezone.now())

    source = make(BYTES)
    with pytest.raises(PutExpired):
        object_put(object_class=ObjectClass.DERIVED, source=source, on_progress=condemn)
    assert not ObjectIntent.objects.exists()
    assert source.exists()


@pytest.mark.parametrize("content", [BYTES, LARGE], ids=["whole", "parts"])
def test_a_put_swept_while_it_writes_fails_and_leaves_nothing(make, content):
    keys = []

    def sweep_now(done, total):
        keys.extend(ObjectIntent.objects.values_list("key", flat=True))
        intents_age()
        vault_sweep()

    with pytest.raises((PutExpired, VaultUnavailable)):
        object_put(object_class=ObjectClass.DERIVED, source=make(content), on_progress=sweep_now)
    assert not ObjectIntent.objects.exists()
    with pytest.raises((ObjectMissing, VaultUnavailable)):
        next(store_current().read(key=keys[0], version_id="", start=0, end=1))


def test_a_put_is_registered_once(make):
    put = object_put(object_class=ObjectClass.COPY, source=make(b"one"))
    object_register(put)
    with pytest.raises(PutExpired):
        object_register(put)
    assert StoredObject.objects.count() == 1


def test_a_discarded_put_leaves_nothing_and_keeps_its_source(make):
    source = make(b"one")
    put = object_put(object_class=ObjectClass.COPY, source=source, move=True)
    object_discard(put)
    assert not lies_in_store(put)
    assert not ObjectIntent.objects.exists()
    assert source.read_bytes() == b"one"


def test_a_registered_object_cannot_be_discarded(make):
    put = object_put(object_class=ObjectClass.COPY, source=make(b"one"))
    stored = object_register(put)
    with pytest.raises(PutExpired):
        object_discard(put)
    assert object_verify(stored)


def test_progress_runs_to_the_end_and_may_stop_the_put(make):
    told = []
    source = make(LARGE)
    object_put(object_class=ObjectClass.COPY, source=source, on_progress=lambda *at: told.append(at))
    assert told == sorted(told)
    assert told[-1] == (2 * len(LARGE), 2 * len(LARGE))

    class Cancelled(Exception):
        pass

    def stop(done, total):
        raise Cancelled

    ObjectIntent.objects.all().delete()
    with pytest.raises(Cancelled):
        object_put(object_class=ObjectClass.COPY, source=source, on_progress=stop)
    assert not ObjectIntent.objects.exists()


def test_a_local_path_holds_the_bytes_and_cannot_be_written(make, settings):
    stored = seal(make(BYTES))
    with object_local(stored) as path:
        assert path.read_bytes() == BYTES
        assert path.stat().st_mode & 0o777 == 0o400
    is_download = stored.store != "file"
    assert path.exists() is not is_download
    assert is_download == path.is_relative_to(settings.SCRATCH_DIR)


def test_a_download_that_is_not_what_was_sealed_is_refused_and_removed(make, settings):
    stored = seal(make(BYTES))
    stored.sha256 = sha256(b"another")
    if stored.store == "file":
        assert not object_verify(stored)
        return
    with pytest.raises(ObjectMissing, match="not what was sealed"), object_local(stored):
        pass
    assert not list(settings.SCRATCH_DIR.iterdir())


def test_fixity_notes_the_time_only_of_a_whole_object(make):
    stored = seal(make(BYTES))
    before = stored.verified_at
    assert object_verify(stored)
    assert StoredObject.objects.get(pk=stored.pk).verified_at > before
    noted = stored.verified_at
    stored.sha256 = sha256(b"another")
    assert not object_verify(stored)
    store_current().drop(key=stored.key)
    stored.sha256 = sha256(BYTES)
    assert not object_verify(stored)
    assert StoredObject.objects.get(pk=stored.pk).verified_at == noted


def test_a_missing_object_is_an_error_before_the_first_chunk(make):
    stored = seal(make(b"one"))
    store_current().drop(key=stored.key)
    with pytest.raises(ObjectMissing):
        object_read(stored, 0, 3)


def test_a_destroyed_object_is_gone_and_not_looked_for(make):
    stored = seal(make(b"one"))
    stored.destroyed_at = stored.sealed_at
    with pytest.raises(ObjectDestroyed):
        object_read(stored, 0, 3)
    with pytest.raises(ObjectDestroyed), object_local(stored):
        pass


def test_an_object_of_another_store_is_not_looked_for_in_this_one(make):
    stored = seal(make(b"one"))
    stored.store = "s3:elsewhere"
    with pytest.raises(VaultUnavailable, match="s3:elsewhere"):
        object_read(stored, 0, 3)


@pytest.mark.parametrize("content", [b"another", LARGE], ids=["whole", "parts"])
def test_nothing_is_ever_written_over(make, content):
    stored = seal(make(b"one"))
    with pytest.raises(KeyTaken):
        store_current().put(
            key=stored.key, source=make(content), declared=Declared(), is_adopted=False, on_bytes=lambda _: None
        )
    assert b"".join(object_read(stored, 0, 3)) == b"one"


@pytest.mark.parametrize(
    "key",
    [
        "masters/../../etc/passwd", "../masters/x", "/etc/passwd", "masters/", "masters/x", "", "masters",
        "other/0b9bd1b0-8c5e-4a54-a3a2-111111111111", "masters/0B9BD1B0-8C5E-4A54-A3A2-111111111111",
        "masters/0b9bd1b0-8c5e-4a54-a3a2-111111111111\n", "masters/0b9bd1b0-8c5e-4a54-a3a2-111111111111/x",
    ],
)  # fmt: skip
def test_a_key_that_the_vault_did_not_make_is_refused_everywhere(make, key):
    store = store_current()
    source = make(b"one")
    with pytest.raises(KeyRefused):
        store.put(key=key, source=source, declared=Declared(), is_adopted=False, on_bytes=lambda _: None)
    with pytest.raises(KeyRefused):
        store.read(key=key, version_id="", start=0, end=1)
    with pytest.raises(KeyRefused):
        store.local(key=key)
    with pytest.raises(KeyRefused):
        store.drop(key=key)
    with pytest.raises(KeyRefused):
        store.checks(key=key, version_id="")


def test_memory_stays_flat_whatever_the_size(tmp_path):
    source = tmp_path / "sparse"
    with source.open("wb") as out:
        out.truncate(160 * 1024**2)
    store_current()
    tracemalloc.start()
    try:
        stored = seal(source)
        for _ in object_read(stored, 0, stored.size_bytes):
            pass
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < (8 if stored.store == "file" else 64) * 1024**2
