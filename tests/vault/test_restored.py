"""A file that was brought back from a replica is another version in S3: a release takes it up, nothing else does."""

import pytest

from evidence.custody.models import Event
from evidence.custody.queries import lines
from evidence.custody.verbs import Verb
from evidence.identity.roles import Role
from evidence.vault import checking, reconciling
from evidence.vault.models import CheckResult, RunScope, StoredObject
from evidence.vault.services import object_read
from tests import factories
from tests.vault.checks import bucket, client, compare, flip, put, read_all, vault_new
from workers.handlers.quarantine import quarantine_release, quarantine_tell

pytestmark = [pytest.mark.shape, pytest.mark.django_db]
CONTENT = b"sixty seconds of footage"


@pytest.fixture(autouse=True)
def _clean(monkeypatch, settings, tmp_path):
    vault_new(settings, tmp_path)
    monkeypatch.setattr(checking, "PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(reconciling, "GRACE", reconciling.GRACE * 0)


@pytest.fixture
def s3():
    with_client = client()
    yield with_client
    with_client.close()


@pytest.fixture
def stored(tmp_path):
    """The Master of a recording, found damaged and in quarantine; another file beside it is well."""
    factories.scene(tmp_path)
    stored = factories.scene(tmp_path).file.stored
    flip(stored)
    return _quarantined(stored)


def _quarantined(stored):
    read_all(RunScope.FULL, on_trouble=quarantine_tell)
    stored.refresh_from_db()
    assert stored.quarantined_at
    return stored


def brought_back(s3, stored, content: bytes = CONTENT) -> str:
    return s3.put_object(Bucket=bucket(), Key=stored.key, Body=content)["VersionId"]


def release(stored):
    checked = quarantine_release(stored=stored, actor=factories.who(Role.EVIDENCE_MANAGER).actor, reason="Restored")
    stored.refresh_from_db()
    return checked


def test_restored_version_is_read_from_the_release_on_which_says_which_it_was_and_which_it_is(s3, stored):
    before, restored = stored.version_id, brought_back(s3, stored)
    assert release(stored).result == CheckResult.SOUND
    assert (stored.version_id, stored.versions_before, stored.quarantined_at) == (restored, [before], None)
    assert b"".join(object_read(stored, 0, len(CONTENT))) == CONTENT
    event = Event.objects.get(verb=Verb.FILE_RELEASED)
    (line,) = lines([event])
    assert line.body["data"]["version_before"] == before
    assert line.body["data"]["version"] == restored
    # the damaged one stays where it is, known: nobody is alarmed by it for ever
    assert compare().total == 0
    assert s3.head_object(Bucket=bucket(), Key=stored.key, VersionId=before)


def test_restored_version_is_taken_up_where_the_sealed_one_is_gone_and_a_marker_is_over_it(s3, stored):
    restored = brought_back(s3, stored)
    s3.delete_object(Bucket=bucket(), Key=stored.key, VersionId=stored.version_id)
    s3.delete_object(Bucket=bucket(), Key=stored.key)
    assert release(stored).result == CheckResult.SOUND
    assert stored.version_id == restored
    assert [(found["finding"], found["key"]) for found in compare().first] == [("marker", stored.key)]


def test_version_whose_bytes_are_not_what_was_sealed_is_not_taken_up(s3, stored):
    before = stored.version_id
    brought_back(s3, stored, b"SIXTY seconds of footage")
    brought_back(s3, stored, b"longer than what was sealed")
    assert release(stored).result == CheckResult.DAMAGED
    assert (stored.version_id, stored.versions_before) == (before, [])
    assert stored.quarantined_at
    assert not Event.objects.filter(verb=Verb.FILE_RELEASED).exists()


def test_newest_right_version_is_taken_up_past_a_wrong_one(s3, stored):
    restored = brought_back(s3, stored)
    brought_back(s3, stored, b"SIXTY seconds of footage")
    assert release(stored).result == CheckResult.SOUND
    assert stored.version_id == restored


def test_checks_alone_never_take_a_restored_version_up(s3, stored):
    before, _ = stored.version_id, brought_back(s3, stored)
    read_all(RunScope.FULL)
    compare()
    stored.refresh_from_db()
    assert (stored.version_id, stored.versions_before) == (before, [])
    assert stored.quarantined_at


def test_file_whose_sealed_version_is_right_again_keeps_it(s3, stored):
    brought_back(s3, stored)
    release(stored)
    restored = stored.version_id
    StoredObject.objects.filter(pk=stored.pk).update(quarantined_at=stored.sealed_at)
    stored.refresh_from_db()
    brought_back(s3, stored)
    assert release(stored).result == CheckResult.SOUND
    assert stored.version_id == restored
    second = lines([Event.objects.filter(verb=Verb.FILE_RELEASED).latest("position")])[0]
    assert "version" not in second.body["data"]


@pytest.mark.django_db(transaction=True)
def test_restored_version_is_locked_as_the_sealed_one_was(s3, stored, settings):
    restored = brought_back(s3, stored)
    settings.LOCK_MODE, settings.LOCK_DAYS = "governance", 1
    release(stored)
    held = s3.get_object_retention(Bucket=bucket(), Key=stored.key, VersionId=restored)["Retention"]
    assert held["Mode"] == "GOVERNANCE"
    assert stored.locked_until == held["RetainUntilDate"]
    s3.delete_object(Bucket=bucket(), Key=stored.key, VersionId=restored, BypassGovernanceRetention=True)


def test_many_findings_of_one_kind_hide_none_of_another(s3, make, monkeypatch):
    monkeypatch.setattr(reconciling, "KEPT_AT_MOST", 2)
    rows = sorted((put(make, bytes([number])) for number in range(4)), key=lambda row: row.key)
    for row in rows[:3]:
        brought_back(s3, row, b"another")
    s3.delete_object(Bucket=bucket(), Key=rows[3].key)
    found = compare()
    assert found.numbers == {"version": 3, "marker": 1}
    assert [(each["finding"], each["key"]) for each in found.first] == [
        ("version", rows[0].key), ("version", rows[1].key), ("marker", rows[3].key),
    ]  # fmt: skip
