"""`verify_vault` and `vault_release`: what they say to somebody at a terminal, and how they end."""

import io

import pytest
from django.core.management import CommandError, call_command

from evidence.custody.models import Event
from evidence.identity.models import SecurityEntry, SecurityKind
from evidence.identity.roles import Role
from evidence.vault import checking, reconciling
from evidence.vault.models import RunKind, RunScope, StoredObject, VaultRun
from evidence.vault.runs import run_held
from tests import factories
from tests.vault.checks import aged, change, flip, lies, remove, strange_key, vault_new

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clean(monkeypatch, settings, tmp_path):
    vault_new(settings, tmp_path)
    monkeypatch.setattr(checking, "PAUSES_S", (0.0, 0.0, 0.0))
    monkeypatch.setattr(reconciling, "GRACE", reconciling.GRACE * 0)


@pytest.fixture
def scene(tmp_path):
    """A recording, and another one that nothing happens to."""
    factories.scene(tmp_path)
    return factories.scene(tmp_path)


def said(*arguments: str, ends: str = "") -> str:
    """What the command prints; `ends`: what its last words match where exit status 1 is expected."""
    out = io.StringIO()
    if ends:
        with pytest.raises(CommandError, match=ends):
            call_command(*arguments, stdout=out)
    else:
        call_command(*arguments, stdout=out)
    return " ".join(out.getvalue().split())


def test_vault_that_holds_is_said_to_hold(scene):
    text = said("verify_vault", "--full")
    assert "Compared: 2 files on the list, 2 in the vault, 48 bytes." in text
    assert "Read: 2 files, 48 bytes of them as they were sealed." in text
    assert text.endswith("All of it holds.")
    assert "The last time was" in said("verify_vault")


def test_flipped_byte_is_named_with_its_recording_and_what_to_do(scene):
    stored = scene.file.stored
    flip(stored)
    found = lies(stored)
    assert said("verify_vault").endswith("All of it holds.")
    text = said("verify_vault", "--full", ends="Something does not hold: 1 in all")
    assert f"{stored.key}: Damaged. Its SHA-256 in the vault is" in text
    assert f"Original of recording {scene.recording.id}" in text
    assert f"manage.py vault_release {stored.pk} --as NAME --reason TEXT" in text
    assert lies(stored) == found
    # it stays said for as long as it is so
    assert "In quarantine: 1." in said("verify_vault", ends="Something does not hold: 1 in all")


def test_removed_and_unknown_files_are_named(scene):
    remove(scene.file.stored)
    key = strange_key()
    text = said("verify_vault", ends="Something does not hold: 2 in all")
    assert f"{scene.file.stored.key}: Its row is there, and its bytes are not in the vault." in text
    assert f"/recordings/{scene.recording.id}/" in text
    assert f"{key}: It lies in the vault, and no row speaks of it." in text
    assert "Remove nothing before it is known where it came from" in text


def test_share_is_read_and_what_is_overdue_is_said(scene):
    aged(scene.file.stored, 100)
    text = said("verify_vault", "--sample", "100", "--mb-per-s", "0")
    assert "Read: 2 files" in text
    aged(scene.file.stored, 100)
    assert "Not read for more than 90 days: 1 files." in said("verify_vault", ends="1 in all")


def test_check_that_is_under_way_is_not_doubled(scene):
    with run_held(kind=RunKind.FIXITY, scope=RunScope.ROLLING, owner="job 1"):
        said("verify_vault", "--full", ends="already, since .* by job 1")


def test_vault_that_is_away_is_said_to_be(scene, settings):
    settings.VAULT_URL = "ftp://somewhere"
    said("verify_vault", ends="CONTINUITY_VAULT_URL")


def test_share_beyond_reason_is_refused(scene):
    said("verify_vault", "--sample", "101", ends="from 0 to 100")


def test_interrupted_check_goes_on_at_the_next_call(scene, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checking, "digest", stopped)
        with pytest.raises(KeyboardInterrupt):
            call_command("verify_vault", "--full", stdout=io.StringIO())
    said("verify_vault", "--full")
    assert VaultRun.objects.get(kind=RunKind.FIXITY).is_complete


def test_restored_file_is_released_in_the_name_of_an_evidence_manager(scene):
    stored = scene.file.stored
    content = lies(stored)
    flip(stored)
    said("verify_vault", "--full", ends="1 in all")
    manager = factories.person(Role.EVIDENCE_MANAGER, username="patel")
    release = ("vault_release", str(stored.pk), "--as", "patel", "--reason", "Restored from the replica")
    said(*release, ends="stays in quarantine. Its SHA-256")
    change(stored, content)
    assert "is what was sealed, and released" in said(*release)
    assert StoredObject.objects.get(pk=stored.pk).quarantined_at is None
    event = Event.objects.get(verb="recording:file:released")
    assert event.actor_id == manager.id
    asserted = SecurityEntry.objects.filter(kind=SecurityKind.NAME_ASSERTED, about=manager)
    assert asserted.count() == 2  # the refused one too
    assert said("verify_vault", "--full").endswith("All of it holds.")


def test_nobody_but_an_evidence_manager_releases(scene):
    factories.person(Role.ADMINISTRATOR, username="root1")
    said("vault_release", str(scene.file.stored.pk), "--as", "root1", "--reason", "x", ends="is no evidence manager")
    factories.person(Role.EVIDENCE_MANAGER, username="patel")
    said("vault_release", str(scene.file.stored.pk), "--as", "patel", "--reason", "x", ends="No file of this id")
