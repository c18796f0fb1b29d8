import os
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from evidence.vault import root as root_module
from evidence.vault.errors import (
    KeyTaken,
    ObjectMismatch,
    ObjectMissing,
    StoreUnsafe,
    VaultFull,
    VaultUnavailable,
)
from evidence.vault.filesystem import FileStore
from evidence.vault.models import ObjectClass
from evidence.vault.store import Declared, key_of
from tests.vault.conftest import sha256

MIB = 1024**2


@pytest.fixture
def root(tmp_path):
    return tmp_path / "vault"


@pytest.fixture
def store(root):
    return FileStore(root)


@contextmanager
def small_disc(at: Path, size: str):
    at.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", at], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("mounting a small tmpfs needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


def new_key() -> str:
    return key_of(ObjectClass.MASTER, uuid4())


def put(store, source, *, key=None, is_adopted=False, on_bytes=lambda _: None, declared=None):
    key = key or new_key()
    declared = declared or Declared()
    store.put(key=key, source=source, declared=declared, is_adopted=is_adopted, on_bytes=on_bytes)
    return key


def files_under(root):
    return [path for path in root.rglob("*") if path.is_file()]


def test_directories_are_ours_alone_and_sealed_files_read_only(store, root, make):
    key = put(store, make(b"one"))
    assert {path.stat().st_mode & 0o777 for path in [root, *root.rglob("*")] if path.is_dir()} == {0o700}
    assert store.local(key=key).stat().st_mode & 0o777 == 0o400
    assert files_under(root) == [store.local(key=key)]


def test_an_adopted_file_is_the_very_file_and_its_old_name_stays_until_the_caller_is_sure(store, make):
    source = make(b"one")
    inode = source.stat().st_ino
    key = put(store, source, is_adopted=True)
    assert store.local(key=key).stat().st_ino == inode
    assert store.local(key=key).stat().st_mode & 0o777 == 0o400
    assert source.exists()


def test_a_file_somebody_holds_open_for_writing_is_copied_so_that_nobody_can_change_what_is_sealed(store, make):
    source = make(b"one")
    with source.open("r+b") as writer:
        key = put(store, source, is_adopted=True)
        writer.write(b"two")
    assert store.local(key=key).read_bytes() == b"one"


def test_a_file_with_a_second_name_is_copied(store, make, tmp_path):
    source = make(b"one")
    (tmp_path / "second").hardlink_to(source)
    key = put(store, source, is_adopted=True)
    assert store.local(key=key).stat().st_ino != source.stat().st_ino


def test_a_file_of_another_account_is_copied(store, make):
    if os.geteuid() != 0:
        pytest.skip("giving a file away needs root")
    source = make(b"one")
    os.chown(source, 65534, 65534)
    key = put(store, source, is_adopted=True)
    assert store.local(key=key).stat().st_uid == os.geteuid()


def test_across_file_systems_a_moved_file_is_copied_and_verified(store, tmp_path):
    with small_disc(tmp_path / "spool", "4m"):
        source = tmp_path / "spool" / "upload"
        source.write_bytes(b"one")
        key = put(store, source, is_adopted=True, declared=Declared(sha256=sha256(b"one"), size_bytes=3))
        assert source.exists()
    assert store.local(key=key).read_bytes() == b"one"


def test_a_file_that_changes_while_it_is_adopted_is_refused(store, root, make):
    source = make(b"one" * MIB)

    def meddle(_count):
        source.write_bytes(b"two" * MIB)

    with pytest.raises(ObjectMismatch, match="changed"):
        put(store, source, is_adopted=True, on_bytes=meddle)
    assert files_under(root) == []


def test_a_taken_key_keeps_its_bytes_copied_or_adopted(store, root, make):
    key = put(store, make(b"one"))
    for is_adopted in (False, True):
        with pytest.raises(KeyTaken):
            put(store, make(b"another"), key=key, is_adopted=is_adopted)
    assert store.local(key=key).read_bytes() == b"one"
    assert files_under(root) == [store.local(key=key)]


def test_a_source_that_is_a_link_is_not_followed(store, make, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(make(b"one"))
    with pytest.raises(OSError, match="symbolic"):
        put(store, link)


def test_a_link_in_place_of_an_object_is_not_followed(store, make, tmp_path):
    key = put(store, make(b"one"))
    path = store.local(key=key)
    path.unlink()
    path.symlink_to(make(b"secret"))
    with pytest.raises(VaultUnavailable):
        store.read(key=key, version_id="", start=0, end=3)


def test_a_full_disc_is_said_before_writing_and_nothing_is_left(make, tmp_path):
    with small_disc(tmp_path / "disc", "4m"):
        store = FileStore(tmp_path / "disc")
        with pytest.raises(VaultFull):
            put(store, make(b"x" * 8 * MIB))
        assert files_under(tmp_path / "disc") == []


def test_a_disc_that_fills_up_while_writing_leaves_nothing_and_keeps_the_source(make, tmp_path):
    with small_disc(tmp_path / "disc", "4m"):
        store = FileStore(tmp_path / "disc")
        filler = tmp_path / "disc" / "filler"
        source = make(b"x" * 3 * MIB)

        def fill(_count):
            if not filler.exists():
                with filler.open("wb") as out, pytest.raises(OSError, match="No space"):
                    out.write(b"y" * 8 * MIB)

        with pytest.raises(VaultFull):
            put(store, source, on_bytes=fill)
        assert files_under(tmp_path / "disc") == [filler]
        filler.unlink()
        assert store.local(key=put(store, source)).stat().st_size == 3 * MIB


def test_a_file_cut_short_in_the_vault_is_noticed_when_read(store, make):
    key = put(store, make(b"one"))
    path = store.local(key=key)
    path.chmod(0o600)
    os.truncate(path, 2)
    with pytest.raises(ObjectMissing, match="shorter"):
        list(store.read(key=key, version_id="", start=0, end=3))


def test_a_vault_that_is_not_mounted_is_not_taken_for_missing_files(store, root, make):
    key = put(store, make(b"one"))
    root.rename(root.with_name("away"))
    for attempt in (lambda: store.read(key=key, version_id="", start=0, end=3), lambda: store.local(key=key)):
        with pytest.raises(VaultUnavailable) as refused:
            attempt()
        assert not isinstance(refused.value, ObjectMissing)


def test_an_abandoned_reader_closes_its_file(store, make):
    key = put(store, make(b"x" * 3 * MIB))
    before = len(list(Path("/proc/self/fd").iterdir()))
    store.read(key=key, version_id="", start=0, end=3 * MIB).close()
    started = store.read(key=key, version_id="", start=0, end=3 * MIB)
    next(started)
    started.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o701, 0o770])
def test_a_root_others_can_open_is_refused(root, mode):
    root.mkdir()
    root.chmod(mode)
    with pytest.raises(StoreUnsafe, match="chmod 700"):
        FileStore(root)


def test_a_root_that_is_a_link_or_a_file_is_refused(root, tmp_path):
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    root.symlink_to(real)
    with pytest.raises(StoreUnsafe, match="not a directory"):
        FileStore(root)
    root.unlink()
    root.write_bytes(b"")
    with pytest.raises(StoreUnsafe):
        FileStore(root)


def test_a_root_of_another_account_is_refused(root):
    if os.geteuid() != 0:
        pytest.skip("giving a directory away needs root")
    root.mkdir(mode=0o700)
    os.chown(root, 65534, 65534)
    with pytest.raises(StoreUnsafe, match="chown"):
        FileStore(root)


def test_a_root_that_cannot_be_written_is_refused(tmp_path):
    with small_disc(tmp_path / "disc", "4m"):
        subprocess.run(["mount", "-o", "remount,ro", tmp_path / "disc"], check=True)
        with pytest.raises(StoreUnsafe, match="Read-only"):
            FileStore(tmp_path / "disc")


def test_a_full_root_is_refused_with_nothing_left_behind(tmp_path):
    with small_disc(tmp_path / "disc", "64k"):
        with (tmp_path / "disc" / "filler").open("wb", buffering=0) as out:
            out.write(b"y" * 65536)
        with pytest.raises(StoreUnsafe, match="No space"):
            FileStore(tmp_path / "disc")
        assert [path.name for path in files_under(tmp_path / "disc")] == ["filler"]


def test_a_file_server_with_another_clock_is_refused(root, monkeypatch):
    real_time = time.time
    monkeypatch.setattr(root_module.time, "time", lambda: real_time() + 3600)
    with pytest.raises(StoreUnsafe, match="clock"):
        FileStore(root)
