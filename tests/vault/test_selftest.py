from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from evidence.vault import selftest
from evidence.vault.choice import store_current
from evidence.vault.errors import StoreUnsafe
from evidence.vault.filesystem import FileStore
from evidence.vault.models import ObjectIntent
from evidence.vault.services import vault_selftest

pytestmark = pytest.mark.django_db


class Careless(FileStore):
    """A store that writes over what is there."""

    def put(self, *, key, **rest):
        self.drop(key=key)
        return super().put(key=key, **rest)


def test_the_stores_of_both_shapes_are_sound(shape):
    found = vault_selftest()
    assert found.is_sound
    assert {check.name for check in found.checks} >= {"put", "overwrite", "range", "write-once"}
    assert found.is_write_once is (shape == "force")


def test_a_directory_is_said_not_to_enforce_write_once(settings, tmp_path):
    settings.VAULT_URL = f"file://{tmp_path / 'vault'}"
    out = StringIO()
    call_command("vault_selftest", stdout=out)
    assert "Write-once not enforced by this store" in out.getvalue()
    assert not ObjectIntent.objects.exists()
    assert not [path for path in (tmp_path / "vault").rglob("*") if path.is_file()]


def test_a_store_that_writes_over_objects_fails_the_self_test(monkeypatch, tmp_path):
    monkeypatch.setattr(selftest, "store_current", lambda: Careless(tmp_path / "vault"))
    out = StringIO()
    with pytest.raises(CommandError, match="Do not use this store"):
        call_command("vault_selftest", stdout=out)
    assert "FAIL  overwrite" in out.getvalue()


def test_an_unsafe_store_is_named_by_the_command(settings, tmp_path):
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    settings.VAULT_URL = f"file://{tmp_path / 'open'}"
    with pytest.raises(CommandError, match="chmod 700"):
        call_command("vault_selftest")


def test_an_address_that_is_no_store_is_refused(settings):
    settings.VAULT_URL = "ftp://somewhere"
    with pytest.raises(StoreUnsafe, match="CONTINUITY_VAULT_URL"):
        store_current()
