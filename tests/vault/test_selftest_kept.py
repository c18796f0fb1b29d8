"""What the self-test of the store found is kept, and a worker has the store tried when it starts, and daily."""

import pytest
from django.conf import settings as product
from django.core.management import CommandError, call_command

from evidence.jobs.models import Job, JobState
from evidence.vault import selftest
from evidence.vault.models import SelfTestResult
from evidence.vault.queries import store_name
from evidence.vault.services import vault_selftest
from tests.jobs.running import jobs_run, waits_until
from tests.servers import live
from tests.vault.test_selftest import Careless
from workers.handlers.locking import selftest_ask


@pytest.mark.django_db
def test_result_is_kept_with_each_check_in_words(shape):
    found = vault_selftest()
    kept = SelfTestResult.objects.get()
    assert (kept.store, kept.is_sound, kept.is_write_once) == (store_name(), True, shape == "force")
    assert [check["name"] for check in kept.checks] == [check.name for check in found.checks]
    assert all(check["says"] for check in kept.checks)


@pytest.mark.django_db
def test_unsound_result_is_kept_too_and_a_store_that_cannot_be_tried_leaves_none(monkeypatch, tmp_path, settings):
    with monkeypatch.context() as patch:
        patch.setattr(selftest, "store_current", lambda: Careless(tmp_path / "vault"))
        with pytest.raises(CommandError, match="Do not use this store"):
            call_command("vault_selftest")
    assert not SelfTestResult.objects.get().is_sound
    settings.VAULT_URL = "ftp://somewhere"
    with pytest.raises(CommandError):
        call_command("vault_selftest")
    assert SelfTestResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_self_test_is_asked_for_once_a_day():
    for _ in range(2):
        selftest_ask()
        jobs_run()
    assert list(Job.objects.values_list("kind", "state")) == [("vault.selftest", JobState.SUCCEEDED)]
    assert SelfTestResult.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_worker_has_the_store_tried_when_it_starts(tmp_path):
    with live.worker(tmp_path / "worker.log", [product.JOB_VAULT_QUEUE]):
        waits_until(SelfTestResult.objects.exists, 60, "the self-test")
    assert SelfTestResult.objects.get().is_sound
