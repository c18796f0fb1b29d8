"""A process is killed in the middle of a put, as by the kernel: nothing half is visible and nothing is lost."""

import signal
import subprocess
import sys

import pytest

from evidence.vault.choice import store_current
from evidence.vault.errors import ObjectMissing
from evidence.vault.models import ObjectClass, ObjectIntent, StoredObject
from evidence.vault.services import object_put, object_register, object_verify, vault_sweep
from tests.servers.live import environment
from tests.vault.conftest import intents_age, sha256

CONTENT = b"evidence" * (5 * 1024**2)
_CHILD = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put
at = float(sys.argv[2])
def die(done, total):
    if done >= at * total:
        os.kill(os.getpid(), signal.SIGKILL)
object_put(object_class=ObjectClass.MASTER, source=Path(sys.argv[1]), move=sys.argv[3] == "move", on_progress=die)
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("how", "at"), [("move", 0.0), ("copy", 0.6), ("copy", 1.0), ("move", 1.0)])
def test_a_put_killed_half_way_shows_nothing_loses_nothing_and_is_swept(make, at, how):
    source = make(CONTENT)
    child = subprocess.run(
        [sys.executable, "-c", _CHILD, source, str(at), how], env={**environment(), "PYTHONPATH": "."}, check=False
    )
    assert child.returncode == -signal.SIGKILL
    assert sha256(source.read_bytes()) == sha256(CONTENT)
    assert not StoredObject.objects.exists()
    key = ObjectIntent.objects.get().key

    intents_age()
    assert vault_sweep() == 1
    with pytest.raises(ObjectMissing):
        next(store_current().read(key=key, version_id="null", start=0, end=1))
    stored = object_register(object_put(object_class=ObjectClass.MASTER, source=source, move=True))
    assert object_verify(stored)
    assert not source.exists()
