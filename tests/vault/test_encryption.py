"""Encrypted objects through the vault's services: as any other to those who read, and nothing to who has the disc."""

import os
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from evidence.vault.checking import object_check
from evidence.vault.choice import store_current
from evidence.vault.encryption.frames import FRAME_BYTES, HEADER_BYTES, TAG_BYTES
from evidence.vault.errors import (
    KeyInUse,
    KeyUnavailable,
    ObjectDamaged,
    ObjectDestroyed,
    ObjectKeyLost,
    ObjectMismatch,
    VaultUnavailable,
)
from evidence.vault.models import CheckResult, ObjectClass, ObjectIntent, ObjectKey, RunScope, StoredObject
from evidence.vault.services import (
    object_discard,
    object_key_destroy,
    object_local,
    object_put,
    object_read,
    object_register,
    object_verify,
    vault_selftest,
    vault_sweep,
)
from evidence.vault.store import Check
from tests.vault.checks import compare, cut, flip, lengthen, lies, read_all
from tests.vault.conftest import intents_age, sha256
from tests.vault.encrypting import encrypt, key_row, seal

pytestmark = pytest.mark.django_db
CONTENT = os.urandom(2 * FRAME_BYTES + 1000)
SEALED = FRAME_BYTES + TAG_BYTES


@pytest.fixture(autouse=True)
def ring(settings, tmp_path):
    return encrypt(settings, tmp_path)


def read(stored, start=0, end=None) -> bytes:
    return b"".join(object_read(stored, start, stored.size_bytes if end is None else end))


def test_the_record_speaks_of_the_plaintext_and_the_disc_has_none_of_it(make):
    stored = seal(make(CONTENT), expected_sha256=sha256(CONTENT), expected_size=len(CONTENT))
    assert (stored.sha256, stored.size_bytes) == (sha256(CONTENT), len(CONTENT))
    on_disc = store_current().local(key=stored.key).read_bytes()
    assert stored.store_bytes == len(on_disc) == len(CONTENT) + HEADER_BYTES + 3 * TAG_BYTES
    assert not any(CONTENT[place : place + 16] in on_disc for place in range(0, len(CONTENT), 50_000))
    assert stored.encryption_key_id == str(key_row(stored).pk)


def test_it_reads_whole_and_in_ranges_like_any_other(make):
    stored = seal(make(CONTENT))
    assert read(stored) == CONTENT
    assert read(stored, FRAME_BYTES - 3, FRAME_BYTES + 3) == CONTENT[FRAME_BYTES - 3 : FRAME_BYTES + 3]
    assert read(stored, len(CONTENT) - 1) == CONTENT[-1:]
    assert read(stored, 5, 5) == b""
    assert object_verify(stored)


def test_an_empty_file_is_encrypted_and_checked_too(make):
    stored = seal(make(b""))
    assert read(stored) == b""
    assert object_verify(stored)
    flip(stored)
    assert not object_verify(stored)


def test_a_hash_that_lies_is_refused_and_neither_bytes_nor_key_are_left(make, settings):
    with pytest.raises(ObjectMismatch):
        seal(make(CONTENT), expected_sha256=sha256(b"another"))
    assert not ObjectKey.objects.exists()
    assert not ObjectIntent.objects.exists()
    assert not [path for path in store_current()._root.rglob("*") if path.is_file()]


@pytest.mark.django_db(transaction=True)
def test_a_moved_file_is_copied_encrypted_and_goes_when_its_row_is_committed(make):
    source = make(CONTENT)
    put = object_put(object_class=ObjectClass.MASTER, source=source, move=True)
    assert source.read_bytes() == CONTENT
    with transaction.atomic():
        stored = object_register(put)
        assert source.exists()
    assert not source.exists()
    assert read(stored) == CONTENT
    assert CONTENT[:64] not in store_current().local(key=stored.key).read_bytes()


def test_what_reads_files_gets_a_checked_plain_copy_that_is_gone_afterwards(make, settings):
    stored = seal(make(CONTENT))
    with object_local(stored) as path:
        assert path.read_bytes() == CONTENT
        assert path.is_relative_to(settings.SCRATCH_DIR)
    assert not path.exists()


@pytest.mark.parametrize("harm", [flip, cut, lengthen], ids=["flipped", "cut", "lengthened"])
def test_what_is_harmed_in_the_store_is_found_damaged_and_quarantined(make, harm, monkeypatch):
    monkeypatch.setattr("evidence.vault.checking.PAUSES_S", (0.0,))
    stored, other = seal(make(CONTENT)), seal(make(b"another"))
    harm(stored)
    run = read_all(RunScope.FULL)
    assert (run.objects_count, run.trouble_count) == (2, 1)
    results = dict(StoredObject.objects.values_list("pk", "check_result"))
    assert results == {stored.pk: CheckResult.DAMAGED, other.pk: CheckResult.SOUND}


def test_objects_whose_bytes_were_exchanged_are_found_damaged(make):
    one, other = seal(make(b"one" * 999)), seal(make(b"two" * 999))
    paths = [store_current().local(key=stored.key) for stored in (one, other)]
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, reversed(contents), strict=True):
        path.chmod(0o600)
        path.write_bytes(content)
    for stored in (one, other):
        with pytest.raises(ObjectDamaged):
            read(stored)
        assert object_check(stored, lambda _: None, wait=lambda _: None).result == CheckResult.DAMAGED


def test_a_range_of_a_damaged_object_that_does_not_touch_the_damage_is_still_read(make):
    stored = seal(make(CONTENT))
    flip(stored)  # in the last frame
    assert read(stored, 0, 100) == CONTENT[:100]
    with pytest.raises(ObjectDamaged):
        read(stored, len(CONTENT) - 10)


def test_reconciliation_compares_with_what_lies_there_and_not_with_what_was_sealed(make):
    seal(make(CONTENT))
    wrong = seal(make(b"another"))
    StoredObject.objects.update(sealed_at=timezone.now() - timedelta(days=1))
    assert compare().total == 0
    lengthen(wrong)
    assert compare().numbers == {"size": 1}


def test_a_missing_ring_key_is_named_and_nothing_is_called_damaged(make, settings, ring):
    stored = seal(make(CONTENT))
    missing = ring.key_id()
    settings.VAULT_KEY_RING_FILE = settings.VAULT_KEY_RING_FILE.with_name("other.json")
    type(ring)(settings.VAULT_KEY_RING_FILE).key_make()
    for attempt in (read, object_verify, lambda each: object_check(each, lambda _: None, wait=lambda _: None)):
        with pytest.raises(KeyUnavailable, match=missing):
            attempt(stored)
    StoredObject.objects.update(suspected_at=timezone.now())
    with pytest.raises(VaultUnavailable, match=missing):
        read_all()
    stored.refresh_from_db()
    assert stored.quarantined_at is None


def test_without_a_ring_nothing_is_put_and_the_source_stays(make, settings):
    source = make(CONTENT)
    settings.VAULT_KEY_RING_FILE.unlink()
    with pytest.raises(KeyUnavailable, match="vault_keys new"):
        object_put(object_class=ObjectClass.MASTER, source=source, move=True)
    assert source.read_bytes() == CONTENT
    assert not ObjectIntent.objects.exists()


def test_a_key_row_that_is_gone_or_changed_is_told_as_that_and_not_as_damage(make):
    stored, other = seal(make(CONTENT)), seal(make(b"another"))
    ObjectKey.objects.filter(object_id=stored.pk).update(wrapped=key_row(other).wrapped)  # of another object
    with pytest.raises(ObjectKeyLost, match="not what was written"):
        read(stored)
    ObjectKey.objects.filter(object_id=stored.pk).delete()
    with pytest.raises(ObjectKeyLost, match="not in the database"):
        read(stored)
    checked = object_check(stored, lambda _: None, wait=lambda _: None)
    assert checked.result == CheckResult.UNREADABLE
    assert "bring the row back" in checked.says


def test_when_no_keys_row_opens_no_single_file_is_blamed(make):
    stored = [seal(make(content)) for content in (b"one", b"two", b"three")]
    ObjectKey.objects.update(wrapped=os.urandom(60))
    with pytest.raises(VaultUnavailable, match="No single file is blamed"):
        object_check(stored[0], lambda _: None, wait=lambda _: None)


def test_what_was_sealed_before_or_after_reads_whatever_is_switched_on(make, settings):
    settings.VAULT_KEY_PROVIDER = ""
    plain = seal(make(b"before"))
    settings.VAULT_KEY_PROVIDER = "file"
    encrypted = seal(make(b"while"))
    settings.VAULT_KEY_PROVIDER = ""
    after = seal(make(b"after"))
    assert [bool(each.encryption_key_id) for each in (plain, encrypted, after)] == [False, True, False]
    for value in ("", "file"):
        settings.VAULT_KEY_PROVIDER = value
        assert [read(each) for each in (plain, encrypted, after)] == [b"before", b"while", b"after"]
        assert all(object_verify(each) for each in (plain, encrypted, after))
    assert lies(plain) == b"before"


def test_a_put_that_nobody_registered_is_swept_with_its_key(make):
    put = object_put(object_class=ObjectClass.DERIVED, source=make(CONTENT))
    kept = seal(make(b"another"))
    intents_age()
    assert vault_sweep() == 1
    assert ObjectKey.objects.get().object_id == kept.pk
    assert store_current().size(key=put.key, version_id="") is None
    assert read(kept) == b"another"


def test_a_discarded_put_leaves_no_key(make):
    object_discard(object_put(object_class=ObjectClass.DERIVED, source=make(CONTENT)))
    assert not ObjectKey.objects.exists()


def test_the_key_of_an_object_that_was_not_disposed_of_cannot_be_destroyed(make):
    stored = seal(make(CONTENT))
    stored.destroyed_at = timezone.now()  # said by the caller, and not by the row
    with transaction.atomic(), pytest.raises(KeyInUse):
        object_key_destroy(stored=stored)
    stored.refresh_from_db()
    assert read(stored) == CONTENT


def test_with_its_key_an_object_is_erased_though_its_bytes_still_lie_there(make):
    stored = seal(make(CONTENT))
    key_id = stored.encryption_key_id
    with transaction.atomic():
        StoredObject.objects.filter(pk=stored.pk).update(destroyed_at=timezone.now())
        assert object_key_destroy(stored=stored) == key_id
        assert object_key_destroy(stored=stored) == key_id
    assert not ObjectKey.objects.exists()
    assert lies(stored) is not None
    with pytest.raises(ObjectKeyLost):
        read(stored)  # who held the row from before
    stored.refresh_from_db()
    with pytest.raises(ObjectDestroyed):
        read(stored)


@pytest.mark.django_db(transaction=True)
def test_a_key_is_destroyed_with_the_callers_transaction_or_not_at_all(make):
    stored = seal(make(CONTENT))
    with pytest.raises(RuntimeError, match="transaction"):
        object_key_destroy(stored=stored)

    class Broken(Exception):
        pass

    def destroy_and_break():
        with transaction.atomic():
            StoredObject.objects.filter(pk=stored.pk).update(destroyed_at=timezone.now())
            object_key_destroy(stored=stored)
            raise Broken

    with pytest.raises(Broken):
        destroy_and_break()
    assert read(StoredObject.objects.get(pk=stored.pk)) == CONTENT


def test_a_row_cannot_say_half_that_it_is_encrypted(make):
    stored = seal(make(CONTENT))
    for change in ({"encryption_key_id": ""}, {"store_bytes": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            StoredObject.objects.filter(pk=stored.pk).update(**change)


def test_the_self_test_tries_the_encryption(settings):
    def tried() -> list[Check]:
        return [check for check in vault_selftest().checks if check.name == "encryption"]

    assert [check.is_passed for check in tried()] == [True]
    settings.VAULT_KEY_RING_FILE.unlink()
    assert [check.is_passed for check in tried()] == [False]
    settings.VAULT_KEY_PROVIDER = ""
    assert tried() == []


def test_memory_stays_flat_whatever_the_size(tmp_path):
    source = tmp_path / "sparse"
    with source.open("wb") as out:
        out.truncate(96 * 1024**2)
    store_current()
    tracemalloc.start()
    try:
        stored = seal(source)
        for _ in object_read(stored, 0, stored.size_bytes):
            pass
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8 * 1024**2


def test_a_disc_that_gives_back_other_bytes_than_were_written_seals_nothing(make, monkeypatch):
    """Harm between writing and reading back."""
    real = os.fsync

    def fsync(handle):
        real(handle)
        if ".incoming" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            os.pwrite(handle, b"\x00\x01\x02", 100)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(VaultUnavailable, match="not what was written"):
        object_put(object_class=ObjectClass.MASTER, source=make(CONTENT))
    assert not ObjectKey.objects.exists()
