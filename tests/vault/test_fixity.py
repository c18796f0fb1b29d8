"""Reading again: whose turn it is, what is done about what is wrong, and what a retry, a crash and an outage change."""

import logging
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings as live_settings
from django.utils import timezone

from evidence.vault import checking, fixity
from evidence.vault.checking import object_check
from evidence.vault.choice import store_current
from evidence.vault.errors import ObjectMissing, ObjectQuarantined, RunBusy, RunLost, VaultUnavailable
from evidence.vault.models import CheckResult, ObjectClass, RunKind, RunScope, SampleDraw, StoredObject, VaultRun
from evidence.vault.pace import Pace
from evidence.vault.runs import SILENT, run_count, run_end, run_held
from evidence.vault.services import object_local, object_read, object_suspect, object_verify
from tests.servers.live import environment
from tests.vault.checks import aged, cut, flip, lengthen, lies, put, read_all, remove, vault_new

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(monkeypatch, settings, tmp_path):
    """A vault of this test alone, and no waiting between tries."""
    vault_new(settings, tmp_path)
    monkeypatch.setattr(checking, "PAUSES_S", (0.0, 0.0, 0.0))


@pytest.fixture
def no_sample(settings):
    settings.FIXITY_SAMPLE_PERCENT = 0


class Flaky:
    """The configured store, whose reads fail, or give other bytes, so many times."""

    def __init__(self, times: int, error: Exception | None = None) -> None:
        self._store, self._times, self._error = store_current(), times, error

    def __getattr__(self, name):
        return getattr(self._store, name)

    def read(self, **asked):
        pieces = self._store.read(**asked)
        if not self._times:
            return pieces
        self._times -= 1
        if self._error is not None:
            raise self._error
        return iter([b"?" * (asked["end"] - asked["start"])])


class Away:
    """A store that answers nothing."""

    name = "any"

    def __getattr__(self, name):
        def refuse(**_):
            raise VaultUnavailable("The store cannot be reached.")

        return refuse


@pytest.mark.parametrize("harm", [flip, cut, lengthen], ids=["flipped byte", "truncated", "lengthened"])
def test_object_that_is_not_what_was_sealed_is_quarantined_told_and_not_repaired(make, no_sample, caplog, harm):
    sound, stored = aged(put(make, b"sound"), 100), aged(put(make, b"evidence"), 100)
    harm(stored)
    found = lies(stored)
    told = []
    with caplog.at_level(logging.CRITICAL):
        run = read_all(on_trouble=lambda row, checked: told.append((row.pk, checked.result, checked.tries)))
    assert told == [(stored.pk, CheckResult.DAMAGED, 4)]
    assert (run.objects_count, run.trouble_count) == (2, 1)
    stored.refresh_from_db()
    assert stored.quarantined_at
    assert stored.check_result == CheckResult.DAMAGED
    assert "sealed" in stored.quarantine_reason
    assert lies(stored) == found
    assert stored.key in caplog.text
    sound.refresh_from_db()
    assert (sound.quarantined_at, sound.check_result) == (None, CheckResult.SOUND)
    with pytest.raises(ObjectQuarantined, match="in quarantine"):
        object_read(stored, 0, 1)
    with pytest.raises(ObjectQuarantined), object_local(stored):
        pytest.fail("it was given out")
    assert not object_verify(stored)


def test_removed_file_is_quarantined_as_missing_where_the_vault_still_has_others(make, no_sample):
    aged(put(make, b"sound"), 100)
    stored = aged(put(make, b"evidence"), 100)
    remove(stored)
    read_all()
    stored.refresh_from_db()
    assert (stored.check_result, bool(stored.quarantined_at)) == (CheckResult.MISSING, True)


def test_vault_that_lost_everything_counts_as_away_and_nobody_is_accused(make, no_sample):
    rows = [aged(put(make, bytes([number])), 100) for number in range(4)]
    for row in rows:
        remove(row)
    with pytest.raises(VaultUnavailable, match="another one, not mounted, or lost"):
        read_all()
    assert not StoredObject.objects.exclude(quarantined_at=None).exists()
    assert VaultRun.objects.get().ended_at is None


def test_vault_that_does_not_answer_accuses_nobody(make, monkeypatch):
    stored = put(make, b"evidence")
    put(make, b"another")
    monkeypatch.setattr(checking, "store_named", lambda _: Away())
    with pytest.raises(VaultUnavailable):
        object_check(stored, lambda _: None)
    stored.refresh_from_db()
    assert stored.quarantined_at is None


def test_object_that_alone_cannot_be_read_is_unreadable(make, monkeypatch):
    stored = put(make, b"evidence")
    put(make, b"another")
    store = Flaky(4, VaultUnavailable("The store refused (InternalError)."))
    monkeypatch.setattr(checking, "store_named", lambda _: store)
    checked = object_check(stored, lambda _: None)
    assert checked.result == CheckResult.UNREADABLE
    assert "InternalError" in checked.says


@pytest.mark.parametrize("error", [None, ObjectMissing("Gone for a moment."), VaultUnavailable("Busy.")])
def test_read_that_succeeds_on_a_retry_is_no_mismatch(make, monkeypatch, no_sample, error):
    stored = aged(put(make, b"evidence"), 100)
    store = Flaky(3, error)
    monkeypatch.setattr(checking, "store_named", lambda _: store)
    run = read_all()
    stored.refresh_from_db()
    assert (run.trouble_count, run.retried_count, stored.check_result) == (0, 1, CheckResult.SOUND)


def test_oldest_are_read_first_and_only_those_whose_turn_it_is(make, no_sample, monkeypatch):
    days = [82, 95, 10, 88]
    rows = {aged(put(make, bytes([day])), day).pk: day for day in days}
    order = []
    plain = fixity.object_check
    monkeypatch.setattr(fixity, "object_check", lambda row, read: (order.append(rows[row.pk]), plain(row, read))[1])
    run = read_all()
    assert order == [95, 88, 82]
    assert run.bytes_count == 3


def test_suspected_object_is_read_before_all_others(make, no_sample, monkeypatch):
    aged(put(make, b"old"), 100)
    young = put(make, b"young")
    object_suspect(young)
    order = []
    plain = fixity.object_check
    monkeypatch.setattr(fixity, "object_check", lambda row, read: (order.append(row.pk), plain(row, read))[1])
    read_all()
    assert order[0] == young.pk
    young.refresh_from_db()
    assert young.suspected_at is None


def test_object_met_damaged_elsewhere_is_suspected(make):
    stored = put(make, b"evidence")
    flip(stored)
    assert not object_verify(stored)
    stored.refresh_from_db()
    assert stored.suspected_at


@pytest.mark.parametrize(("percent", "wanted"), [(1, 1), (10, 3), (100, 30)])
def test_share_of_the_month_is_drawn_once_and_read_once(make, settings, percent, wanted):
    settings.FIXITY_SAMPLE_PERCENT = percent
    for number in range(30):
        aged(put(make, bytes([number])), 1)
    assert read_all().objects_count == wanted
    assert SampleDraw.objects.count() == 1
    assert read_all().objects_count == 0


def test_full_run_reads_everything_once(make):
    for number in range(3):
        put(make, bytes([number]))
    assert read_all(RunScope.FULL).objects_count == 3


def test_reader_never_exceeds_its_budget_and_does_not_catch_up():
    now, slept = [0.0], []

    def wait(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(2, clock=lambda: now[0], wait=wait)
    for _ in range(10):
        pace(1_000_000)
    assert now[0] == pytest.approx(5.0)
    now[0] += 60  # a long wait for something else
    for _ in range(4):
        pace(1_000_000)
    assert now[0] == pytest.approx(67.0)
    assert max(slept) <= 0.5


def test_every_byte_read_is_charged_retries_too(make, no_sample):
    stored = aged(put(make, b"x" * 3_000_000), 100)
    counted = []
    read_all(on_read=counted.append)
    assert sum(counted) == 3_000_000
    assert max(counted) <= 1024 * 1024
    aged(stored, 100)
    flip(stored)
    counted.clear()
    read_all(on_read=counted.append)
    assert sum(counted) == 4 * 3_000_000


def test_two_runs_are_never_open_at_once_and_a_silent_one_is_taken_over(make):
    with run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="one") as first:
        with (
            pytest.raises(RunBusy, match=r"already, since .* by one"),
            run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="two"),
        ):
            pytest.fail("two at once")
        run_count(first, objects_count=5)
        VaultRun.objects.update(beat_at=timezone.now() - SILENT - timedelta(seconds=1))
        with run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="two") as second:
            assert (second.pk, second.objects_count) == (first.pk, 5)
            with pytest.raises(RunLost):
                run_count(first, objects_count=1)
            run_end(second, result={})
    assert VaultRun.objects.count() == 1


def test_run_of_another_scope_gives_up_the_one_whose_owner_died():
    with pytest.raises(KeyError), run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="one"):
        raise KeyError
    with run_held(kind=RunKind.FIXITY, scope=RunScope.FULL, owner="two") as second:
        run_end(second, result={})
    assert sorted(VaultRun.objects.values_list("scope", "is_complete")) == [("full", True), ("rolling", False)]


_CHILD = """
import os, signal, sys
import django
django.setup()
from evidence.vault.fixity import fixity_run
from evidence.vault.models import RunKind, RunScope
from evidence.vault.runs import run_held
left = int(sys.argv[1])
def die(count):
    global left
    left -= count
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
with run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="test") as run:
    fixity_run(run, mb_per_s=0, on_trouble=lambda *_: None, on_read=die)
"""


@pytest.mark.django_db(transaction=True)
def test_run_killed_in_the_middle_goes_on_where_it_was(make, settings):
    settings.FIXITY_SAMPLE_PERCENT = 0
    rows = [aged(put(make, bytes([number]) * 2_000_000), 100 - number) for number in range(4)]
    env = {
        **environment(),
        "PYTHONPATH": ".",
        "CONTINUITY_FIXITY_SAMPLE_PERCENT": "0",
        "CONTINUITY_VAULT_URL": settings.VAULT_URL,
    }
    # two are done, and half of the third
    child = subprocess.run([sys.executable, "-c", _CHILD, "4500000"], env=env, cwd=live_settings.BASE_DIR, check=False)
    assert child.returncode == -signal.SIGKILL
    killed = VaultRun.objects.get()
    assert (killed.objects_count, killed.ended_at) == (2, None)
    read = []
    run = read_all(on_read=read.append)
    assert run.pk == killed.pk
    assert (run.objects_count, run.bytes_count, sum(read)) == (4, 8_000_000, 4_000_000)
    assert all(StoredObject.objects.get(pk=row.pk).check_result == CheckResult.SOUND for row in rows)


def test_objects_disposed_of_are_not_read(make, no_sample):
    stored = aged(put(make, b"gone", ObjectClass.DERIVED), 100)
    StoredObject.objects.filter(pk=stored.pk).update(destroyed_at=timezone.now())
    assert read_all().objects_count == 0
