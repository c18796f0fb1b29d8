"""How fast the rolling check reads beside `hashlib.file_digest` on the same file, in one run: `make bench`.

Both read from the disc: the file is dropped from memory before each round. Rounds alternate, each way round, and the
medians are compared; the check also asks for the size, moves its rows and says how far it is. Aim: at least 80 % of the
bare digest's speed.
"""

import hashlib
import os
import statistics
import sys
import time
from pathlib import Path

import pytest
from django.utils import timezone

from evidence.vault.choice import store_current
from evidence.vault.models import CheckResult, ObjectClass, RunScope, StoredObject
from evidence.vault.services import object_put, object_register
from tests.vault.checks import read_all, vault_new

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AIM = 0.8
MIB = 512
ROUNDS = 5
say = sys.stdout.write


def test_rolling_check_beside_a_bare_digest(tmp_path, settings):
    vault_new(settings, tmp_path)
    source = tmp_path / "footage"
    with source.open("wb") as out:
        for _ in range(MIB):
            out.write(os.urandom(1024**2))
    stored = object_register(object_put(object_class=ObjectClass.MASTER, source=source))
    path = store_current().local(key=stored.key) or source  # beside S3 it is the file before it was put there
    rounds = []
    for number in range(ROUNDS):
        ours_first = ours_s(stored) if number % 2 else None
        bare = bare_s(path)
        rounds.append((bare, ours_first or ours_s(stored)))
    for bare, ours in rounds:
        say(f"\nhashlib.file_digest {bare:6.2f} s   rolling check {ours:6.2f} s   {bare / ours:.0%}")
    bare, ours = (statistics.median(column) for column in zip(*rounds, strict=True))
    say(f"\nmedian: bare {MIB / bare:.0f} MiB/s, ours {MIB / ours:.0f} MiB/s: {bare / ours:.0%} (aim {AIM:.0%})\n")


def bare_s(path: Path) -> float:
    with path.open("rb", buffering=0) as content:
        os.posix_fadvise(content.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        began_at = time.monotonic()
        hashlib.file_digest(content, "sha256")
        return time.monotonic() - began_at


def ours_s(stored: StoredObject) -> float:
    StoredObject.objects.filter(pk=stored.pk).update(verified_at=timezone.now())
    began_at = time.monotonic()
    run = read_all(RunScope.FULL)
    took_s = time.monotonic() - began_at
    assert (run.objects_count, run.trouble_count) == (1, 0)
    assert StoredObject.objects.get(pk=stored.pk).check_result == CheckResult.SOUND
    return took_s
