"""Locks of the bucket's own: placed when an object is registered, put off by a rolling run, and told when they fail.

For the shape that has S3. The tests' account may do all it likes to the bucket: only the lock stands in its way.
"""

import io
from datetime import timedelta
from functools import cache
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from django.core.management import CommandError, call_command
from django.utils import timezone

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.verbs import Verb
from evidence.custody.words import line_words
from evidence.jobs.models import Job, JobState
from evidence.vault import lock_run
from evidence.vault.choice import store_current
from evidence.vault.errors import LockRefused, ObjectLocked, RunBusy, VaultUnavailable
from evidence.vault.lock_run import locks_extend
from evidence.vault.locking import object_lock
from evidence.vault.models import ObjectClass, RunKind, RunScope, StoredObject, VaultRun
from evidence.vault.runs import run_end, run_held
from evidence.vault.services import object_discard, object_put
from tests.jobs.running import jobs_run
from tests.servers.s3 import Store
from tests.vault.checks import bucket, client, put
from workers.handlers import locking
from workers.handlers.locking import locks_ask

pytestmark = [pytest.mark.shape, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


@cache
def _bucket_made(endpoint: str) -> str:
    name = f"locks-{uuid4().hex[:12]}"
    Store(endpoint).bucket_make(name)
    return name


@pytest.fixture(autouse=True)
def _locked_bucket(settings):
    settings.VAULT_URL = f"s3://{_bucket_made(settings.VAULT_S3['endpoint'])}"
    settings.LOCK_MODE = "governance"


@pytest.fixture
def s3():
    with_client = client()
    yield with_client
    with_client.close()


def held(s3, stored: StoredObject) -> tuple[str, timedelta]:
    """How the store itself says it is locked, and for how long from now."""
    answer = s3.get_object_retention(Bucket=bucket(), Key=stored.key, VersionId=stored.version_id)["Retention"]
    return answer["Mode"], answer["RetainUntilDate"] - timezone.now()


def ends_in(stored: StoredObject, days: float | None) -> StoredObject:
    """As if its lock had been placed so long ago that this much of it is left; None: as if none were known."""
    until = None if days is None else timezone.now() + days * DAY
    StoredObject.objects.filter(pk=stored.pk).update(locked_until=until)
    stored.refresh_from_db()
    return stored


def sealed(make, name: str, settings, days: float) -> StoredObject:
    """An object whose lock in the store ends in so many days."""
    settings.LOCK_DAYS = days
    stored = put(make, name.encode())
    settings.LOCK_DAYS = 30
    stored.refresh_from_db()
    return stored


def extend(**options):
    with run_held(kind=RunKind.LOCKS, scope=RunScope.ROLLING, owner="test") as run:
        locked = locks_extend(run, **options)
        run_end(run, result=locked.as_result())
    return locked


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_what_is_registered_is_locked_in_the_store_and_cannot_be_deleted(make, s3, settings, mode):
    settings.LOCK_MODE, settings.LOCK_DAYS = mode, 1
    stored = put(make, mode.encode())
    said, left = held(s3, stored)
    assert said == mode.upper()
    assert DAY - timedelta(minutes=1) < left <= DAY
    stored.refresh_from_db()
    assert abs(stored.locked_until - timezone.now() - left) < timedelta(seconds=1)
    with pytest.raises(ObjectLocked):
        store_current().drop(key=stored.key)
    assert store_current().size(key=stored.key, version_id=stored.version_id) == len(mode)


def test_what_was_put_and_not_registered_is_not_locked_and_can_be_discarded(make):
    made = object_put(object_class=ObjectClass.COPY, source=make(b"one"))
    object_discard(made)
    assert store_current().size(key=made.key, version_id=made.version_id) is None


def test_locks_that_end_soon_are_put_off_the_missing_and_the_soonest_first_and_others_left_alone(make, s3, settings):
    far, near, soon = (sealed(make, f"in {days}", settings, days) for days in (25, 9, 2))
    none = ends_in(sealed(make, "none", settings, 1), None)
    ended = ends_in(sealed(make, "ended", settings, 1), -1)
    keys = []

    def noted(stored, store):
        keys.append(stored.key)
        return object_lock(stored, store)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock_run, "object_lock", noted)
        locked = extend()
    assert keys == [none.key, ended.key, soon.key, near.key]
    assert (locked.extended, locked.refused) == (4, 0)
    for stored in (none, ended, soon, near):
        mode, left = held(s3, stored)
        assert (mode, round(left / DAY)) == ("GOVERNANCE", 30)
        stored.refresh_from_db()
        assert round((stored.locked_until - timezone.now()) / DAY) == 30
    assert round(held(s3, far)[1] / DAY) == 25


def test_what_was_disposed_of_is_locked_no_longer(make, s3, settings):
    stored = sealed(make, "gone", settings, days=2)
    StoredObject.objects.update(destroyed_at=timezone.now())
    assert extend().extended == 0
    assert round(held(s3, stored)[1] / DAY) == 2


def test_run_that_was_stopped_goes_on_with_what_is_left(make, settings, monkeypatch):
    monkeypatch.setattr(lock_run, "PAGE_ROWS", 2)
    for number in range(5):
        sealed(make, f"row {number}", settings, days=1 + number / 10)

    def stopped(count):
        if count == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extend(on_step=stopped)
    assert VaultRun.objects.get().objects_count == 2
    assert extend().extended == 3
    run = VaultRun.objects.get()
    assert (run.is_complete, run.objects_count, run.trouble_count) == (True, 5, 0)


def test_run_does_no_more_than_it_may_and_says_that_more_is_left(make, settings):
    for number in range(3):
        sealed(make, f"part {number}", settings, days=1)
    assert extend(at_most=2).is_more
    assert not extend(at_most=2).is_more


def test_one_run_at_a_time(make):
    with run_held(kind=RunKind.LOCKS, scope=RunScope.ROLLING, owner="job 1"), pytest.raises(RunBusy):
        extend()


def test_refused_lock_is_counted_and_told_holds_up_no_other_and_is_tried_again(make, s3, settings, monkeypatch, caplog):
    gone, poor, good = (sealed(make, f"in {days}", settings, days) for days in (1, 2, 3))
    s3.delete_object(Bucket=bucket(), Key=gone.key, VersionId=gone.version_id, BypassGovernanceRetention=True)
    allowed = store_current()._retention_put

    def refusing(key, *rest):
        if key == poor.key:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObjectRetention")
        allowed(key, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(store_current(), "_retention_put", refusing)
        locked = extend()
    assert (locked.extended, locked.refused) == (1, 2)
    assert [found["key"] for found in locked.first] == [gone.key, poor.key]
    assert "refused to lock it (AccessDenied)" in locked.first[1]["says"]
    assert poor.key in caplog.text
    gone.refresh_from_db()
    assert gone.suspected_at  # it is read next, and quarantined if it stays so
    assert round(held(s3, good)[1] / DAY) == 30
    again = extend()
    assert (again.extended, again.refused) == (1, 1)


def test_store_that_refuses_everything_is_not_asked_for_every_object(make, settings, monkeypatch):
    for number in range(5):
        sealed(make, f"all {number}", settings, days=1)
    monkeypatch.setattr(lock_run, "REFUSED_IN_A_ROW", 3)

    def refusing(*_):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "PutObjectRetention")

    monkeypatch.setattr(store_current(), "_retention_put", refusing)
    locked = extend()
    assert (locked.refused, locked.is_more) == (3, False)


def test_lock_that_is_confirmed_and_not_there_is_a_refusal(make, settings, monkeypatch):
    stored = sealed(make, "empty words", settings, days=1)
    monkeypatch.setattr(store_current(), "_retention_put", lambda *_: None)
    with pytest.raises(LockRefused, match="confirmed a lock that it does not have"):
        object_lock(stored, store_current())
    stored.refresh_from_db()
    assert stored.locked_until < timezone.now() + 2 * DAY


def test_store_that_is_away_ends_the_run_and_accuses_nothing(make, settings, monkeypatch):
    stored = sealed(make, "away", settings, days=1)

    def away(**_):
        raise VaultUnavailable("The store cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(store_current(), "lock", away)
        with pytest.raises(VaultUnavailable):
            extend()
    assert VaultRun.objects.get().trouble_count == 0
    assert extend().extended == 1
    stored.refresh_from_db()
    assert stored.suspected_at is None


def test_object_that_is_sealed_while_locks_are_refused_is_sealed_and_locked_by_the_next_run(make, monkeypatch, caplog):
    def refusing(**_):
        raise LockRefused("The store refused to lock it (AccessDenied).")

    with monkeypatch.context() as patch:
        patch.setattr(store_current(), "lock", refusing)
        stored = put(make, b"sealed all the same")
    assert f"{stored.key} of the vault has no lock yet" in caplog.text
    assert extend().extended == 1


def test_longer_lock_stays_and_one_of_another_mode_is_extended_in_its_own(make, s3, settings):
    longer, stricter = (sealed(make, name, settings, days=days) for name, days in [("longer", 50), ("plain", 40)])
    settings.LOCK_MODE = "compliance"
    for stored in (longer, stricter):
        ends_in(stored, 1)
    settings.LOCK_DAYS = 45
    assert extend().extended == 2
    assert [(mode, round(left / DAY)) for mode, left in (held(s3, longer), held(s3, stricter))] == [
        ("GOVERNANCE", 50), ("GOVERNANCE", 45),
    ]  # fmt: skip
    longer.refresh_from_db()
    assert round((longer.locked_until - timezone.now()) / DAY) == 50


def test_nothing_is_locked_where_the_setting_is_off_or_the_bucket_cannot(make, s3, settings):
    settings.LOCK_MODE = "off"
    off = put(make, b"off")
    name = f"plain-{uuid4().hex[:12]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    settings.VAULT_URL, settings.LOCK_MODE = f"s3://{name}", "governance"
    plain = put(make, b"plain")
    for stored in (off, plain):
        stored.refresh_from_db()
        assert stored.locked_until is None
    locks_ask()
    assert not Job.objects.exists()
    out = io.StringIO()
    call_command("vault_lock", stdout=out)
    assert "Nothing is locked here" in out.getvalue()


def test_daily_job_extends_says_so_in_the_record_and_comes_again_only_for_what_it_left(make, settings, monkeypatch):
    for number in range(3):
        sealed(make, f"job {number}", settings, days=1)
    monkeypatch.setattr(locking, "OBJECTS_AT_MOST", 2)
    for _ in range(3):
        locks_ask()
        jobs_run()
    assert list(Job.objects.values_list("kind", "state")) == [("vault.lock", JobState.SUCCEEDED)] * 2
    events = Event.objects.filter(verb=Verb.VAULT_LOCKED).order_by("position")
    assert [line_words(line).partition("extended ")[2] for line in lines(events)] == [
        "the store's own locks of 2 files", "the store's own locks of 1 files",
    ]  # fmt: skip


def test_command_extends_at_once_and_fails_where_a_lock_is_refused(make, s3, settings):
    stored, other = (sealed(make, name, settings, days=1) for name in ("command", "other"))
    s3.delete_object(Bucket=bucket(), Key=other.key, VersionId=other.version_id, BypassGovernanceRetention=True)
    out = io.StringIO()
    with pytest.raises(CommandError, match="s3:PutObjectRetention"):
        call_command("vault_lock", stdout=out)
    assert "Extended: 1. Refused: 1." in out.getvalue()
    assert other.key in out.getvalue()
    assert round(held(s3, stored)[1] / DAY) == 30
