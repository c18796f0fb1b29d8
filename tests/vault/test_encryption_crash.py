"""A process killed between any two steps: no object that nobody can read, and no key that stays without its object."""

import signal
import subprocess
import sys

import pytest

from evidence.vault.encryption import rotation
from evidence.vault.models import ObjectIntent, ObjectKey, StoredObject
from evidence.vault.services import keys_in_use, keys_rotate, object_verify, vault_sweep
from tests.servers.live import environment
from tests.vault.conftest import intents_age, sha256
from tests.vault.encrypting import encrypt, seal

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"evidence" * (1024**2)
_CHILD = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from django.db import transaction
from evidence.vault import services
from evidence.vault.encryption import rotation
from evidence.vault.models import ObjectClass
from tests.vault.conftest import intents_age
def die(*args, **rest):
    os.kill(os.getpid(), signal.SIGKILL)
def put(on_progress=None):
    return services.object_put(
        object_class=ObjectClass.MASTER, source=Path(sys.argv[1]), move=True, on_progress=on_progress
    )
where = sys.argv[2]
if where == "before the first byte":
    services.store_sealing = die
    put()
if where == "while writing":
    put(lambda done, total: done > 0.6 * total and die())
if where == "before it is done":
    services._touch = die
    put()
if where == "while registering":
    written = put()
    with transaction.atomic():
        services.object_register(written)
        die()
if where == "while sweeping":
    put()
    intents_age()
    services.object_key_discard = die
    services.vault_sweep()
if where == "while rotating":
    rotation.BATCH_ROWS = 2
    services.keys_rotate(die)
if where == "within a batch":
    rotation.timezone.now = die
    services.keys_rotate()
"""


def killed(source, where: str, settings) -> None:
    told = {
        "CONTINUITY_VAULT_URL": settings.VAULT_URL,
        "CONTINUITY_VAULT_KEY_PROVIDER": "file",
        "CONTINUITY_VAULT_KEY_RING_FILE": str(settings.VAULT_KEY_RING_FILE),
    }
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, source, where], env={**environment(), **told, "PYTHONPATH": "."}, check=False
    )
    assert child.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "where", ["before the first byte", "while writing", "before it is done", "while registering", "while sweeping"]
)
def test_a_put_killed_at_any_step_leaves_nothing_that_the_sweep_does_not_take(make, settings, tmp_path, where):
    encrypt(settings, tmp_path)
    kept = seal(make(b"another"))
    source = make(CONTENT)
    killed(source, where, settings)
    assert sha256(source.read_bytes()) == sha256(CONTENT)
    assert StoredObject.objects.get() == kept
    left = ObjectKey.objects.exclude(object_id=kept.pk).get()
    assert ObjectIntent.objects.get().key == f"masters/{left.object_id}"

    intents_age()
    assert vault_sweep() == 1
    assert ObjectKey.objects.get().object_id == kept.pk
    assert not ObjectIntent.objects.exists()
    assert [path.name for path in (tmp_path / "vault").rglob("*") if path.is_file()] == [str(kept.pk)]
    assert object_verify(kept)
    assert object_verify(seal(source, move=True))
    assert not source.exists()


@pytest.mark.parametrize("where", ["while rotating", "within a batch"])
def test_a_rotation_that_was_killed_leaves_every_key_whole_and_goes_on(make, settings, tmp_path, where, monkeypatch):
    ring = encrypt(settings, tmp_path)
    stored = [seal(make(f"file {number}".encode())) for number in range(5)]
    old, new = ring.key_id(), ring.key_make().id
    killed(make(b"unused"), where, settings)
    expected = {("file", old): 3, ("file", new): 2} if where == "while rotating" else {("file", old): 5}
    assert keys_in_use() == expected
    assert all(object_verify(each) for each in stored)
    monkeypatch.setattr(rotation, "BATCH_ROWS", 2)
    assert keys_rotate().count == expected["file", old]
    assert keys_in_use() == {("file", new): 5}
    assert all(object_verify(each) for each in stored)
