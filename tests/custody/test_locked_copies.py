"""Copies of checkpoints, locked away in a second bucket: nobody takes one away, and no other history is signed."""

import logging
import threading
from io import StringIO
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from evidence.custody.anchor_checks import anchors_check
from evidence.custody.anchoring import asking
from evidence.custody.anchoring.asking import ask_until, outside_of
from evidence.custody.anchoring.bucket import Found
from evidence.custody.anchoring.copying import LockedCopies, copy_key
from evidence.custody.anchors import anchor_states, anchored
from evidence.custody.checkpoints import checkpoint_make, head_last, key_publish
from evidence.custody.errors import AnchorAway, AnchorRefused, AnchorUnknown, TreeRefused
from evidence.custody.models import Anchor, AnchorKind, Event, LogKey, TreeHead
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.note import Verifier, note_signed, public_of
from evidence.custody.triggers import triggers_install, triggers_remove
from evidence.custody.verified import Verified
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed
from tests.custody.test_checkpoints import emptied
from tests.servers.s3 import Store

pytestmark = [pytest.mark.shape, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def signer(settings, tmp_path: Path) -> Signer:
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    return signer_read()


@pytest.fixture
def client(settings):
    client = Store(settings.VAULT_S3["endpoint"]).client()
    yield client
    client.close()


@pytest.fixture
def bucket(settings) -> str:
    name = f"copies-{uuid4().hex[:12]}"
    Store(settings.VAULT_S3["endpoint"]).bucket_make(name)
    settings.LOG_COPY_URL, settings.LOG_COPY_S3 = f"s3://{name}/force", settings.VAULT_S3
    return name


@pytest.fixture
def copies(signer: Signer, bucket: str) -> LockedCopies:
    return read(signer)


def read(signer: Signer) -> LockedCopies:
    found = LockedCopies.read(signer)
    assert found is not None
    return found


def sealed(signer: Signer, times: int = 3) -> TreeHead:
    key_publish(signer)
    note(recording(), times=times)
    placed()
    head = checkpoint_make(signer)
    assert head is not None
    return head


def kept(anchor: Anchor | None) -> Found:
    assert anchor is not None
    return Found(*bytes(anchor.proof).decode().splitlines())


def put_back(signer: Signer) -> None:
    """An older backup of everything: of the database, and of what the key remembers."""
    emptied()
    signer.memory.unlink()


def test_each_newest_checkpoint_lies_in_the_bucket_and_nobody_can_take_it_away(signer, copies, client, bucket):
    head = sealed(signer)
    made = copies.step()
    found = kept(made)
    assert made is not None
    assert (made.head, made.kind, made.name) == (head, AnchorKind.COPY, f"{bucket}/force")
    assert found.key == copy_key("force/", 3, head.note.encode())
    got = client.get_object(Bucket=bucket, Key=found.key, VersionId=found.version_id)
    assert got["Body"].read().decode() == head.note
    assert (got["ObjectLockMode"], got["ObjectLockRetainUntilDate"].year) == ("COMPLIANCE", timezone.now().year + 10)
    with pytest.raises(ClientError):
        client.delete_object(Bucket=bucket, Key=found.key, VersionId=found.version_id)
    assert copies.step() is None, "once a checkpoint"
    assert anchored(Event.objects.values_list("uuid", flat=True)) == set(Event.objects.values_list("uuid", flat=True))


def test_the_sequencer_keeps_a_copy_of_each_checkpoint(signer, bucket):
    note(recording(), times=4)
    out = StringIO()
    call_command("sequencer", "--once", stdout=out)
    assert f"Kept by {bucket}/force." in out.getvalue()
    assert Anchor.objects.get().head.size == 4


def test_an_older_backup_is_not_signed_over_though_the_key_forgot_as_well(signer, copies):
    sealed(signer, times=5)
    copies.step()
    put_back(signer)
    note(recording(), times=2)
    with pytest.raises(CommandError, match="a checkpoint over 5 was signed before"):
        call_command("sequencer", "--once")
    assert head_last() is None


def test_a_record_written_anew_to_a_greater_length_is_not_signed_over(signer, copies):
    sealed(signer, times=5)
    copies.step()
    put_back(signer)
    note(recording(), times=8)
    with pytest.raises(CommandError, match="The first 5 events are not those that were signed"):
        call_command("sequencer", "--once")
    assert head_last() is None


def test_a_fork_that_was_signed_while_the_bucket_was_away_is_met_when_it_is_back(signer, copies, settings, caplog):
    sealed(signer, times=5)
    copies.step()
    put_back(signer)
    note(recording(), times=2)
    there, settings.LOG_COPY_S3 = settings.LOG_COPY_S3, {**settings.LOG_COPY_S3, "endpoint": "http://127.0.0.1:9"}
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("sequencer", "--once")
    assert head_last() is not None, "the work went on"
    assert "without having seen the locked copies" in caplog.text
    settings.LOG_COPY_S3 = there
    back = read(signer)
    with pytest.raises(TreeRefused):
        back.step()
    note(recording())
    placed()
    with pytest.raises(TreeRefused):
        checkpoint_make(signer, back.remembered())
    assert not Anchor.objects.exists()


def test_a_bucket_that_is_away_is_told_as_a_lag_and_made_up_for(signer, copies, bucket, settings):
    (state,) = anchor_states()
    assert (state.name, state.size, state.is_late) == (f"{bucket}/force", None, False)
    sealed(signer)
    copies.step()
    head = sealed(signer)
    triggers_remove(connection)
    TreeHead.objects.update(at=timezone.now() - 2 * asking.LATE)
    triggers_install(connection)
    (state,) = anchor_states()
    assert (state.size, state.is_late) == (3, True)
    copies.step()
    (state,) = anchor_states()
    assert (state.size, state.is_late) == (head.size, False)


def test_one_that_stays_away_is_alarmed_in_the_log(signer, copies, settings, monkeypatch, caplog):
    monkeypatch.setattr(asking, "EVERY_S", 0.0)
    settings.LOG_COPY_S3 = {**settings.LOG_COPY_S3, "endpoint": "http://127.0.0.1:9"}
    sealed(signer)
    ending = threading.Event()
    monkeypatch.setattr(ending, "wait", lambda _: len(caplog.records) >= 1)
    (away,) = outside_of([], read(signer), [])
    with caplog.at_level(logging.WARNING):
        ask_until(ending, away)
        triggers_remove(connection)
        TreeHead.objects.update(at=timezone.now() - 2 * asking.LATE)
        triggers_install(connection)
        monkeypatch.setattr(ending, "wait", lambda _: len(caplog.records) >= 2)
        ask_until(ending, away)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.CRITICAL]
    assert "waited for it for too long" in caplog.text


def test_a_copy_that_was_written_before_a_crash_is_taken_for_what_it_is(signer, copies):
    head = sealed(signer)
    first = kept(copies.step())
    triggers_remove(connection)
    Anchor.objects.all().delete()
    triggers_install(connection)
    again = read(signer).step()
    assert again is not None
    assert (kept(again), again.head) == (first, head)


def test_what_is_put_on_top_of_a_copy_or_hides_it_changes_nothing_and_is_alarmed(
    signer, copies, client, bucket, caplog
):
    sealed(signer, times=5)
    found = kept(copies.step())
    client.put_object(Bucket=bucket, Key=found.key, Body=b"another")
    client.delete_object(Bucket=bucket, Key=found.key)
    private = Ed25519PrivateKey.generate()
    forged = note_signed(
        Checkpoint(signer.origin, 10**6, bytes(32)).text, Verifier(signer.origin, public_of(private)), private.sign
    ).whole.encode()
    client.put_object(Bucket=bucket, Key=copy_key("force/", 10**6, forged), Body=forged)
    back = read(signer)
    back.look()
    assert [stated.size for stated in back.remembered()] == [5]
    assert "somebody tried to delete it" in caplog.text
    assert "no checkpoint that this log has signed" in caplog.text


def test_a_bucket_whose_copies_no_key_of_this_log_has_signed_stops_the_signing(signer, copies, settings, tmp_path):
    sealed(signer)
    copies.step()
    emptied()
    triggers_remove(connection)
    LogKey.objects.all().delete()
    triggers_install(connection)
    settings.LOG_KEY_FILE = tmp_path / "new" / "log.pem"
    note(recording())
    with pytest.raises(CommandError, match="none among the newest that a key of this log has signed"):
        call_command("sequencer", "--once")
    assert head_last() is None


def test_a_bucket_without_locks_takes_no_copy(signer, client, settings):
    name = f"unlocked-{uuid4().hex[:12]}"
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    settings.LOG_COPY_URL, settings.LOG_COPY_S3 = f"s3://{name}", settings.VAULT_S3
    sealed(signer)
    with pytest.raises(AnchorRefused, match=name):
        read(signer).step()
    assert not Anchor.objects.exists()


def test_a_bucket_that_does_not_exist_or_does_not_answer_is_told_apart(signer, settings):
    sealed(signer)
    settings.LOG_COPY_URL, settings.LOG_COPY_S3 = "s3://there-is-none", settings.VAULT_S3
    with pytest.raises(AnchorRefused, match="must exist"):
        read(signer).step()
    settings.LOG_COPY_S3 = {**settings.VAULT_S3, "endpoint": "http://127.0.0.1:9"}
    with pytest.raises(AnchorAway):
        read(signer).step()


@pytest.mark.parametrize(("url", "years"), [("https://bucket", 10), ("s3:///prefix", 10), ("s3://bucket", 0)])
def test_a_setting_that_names_no_bucket_is_refused_in_words(url, years, settings, signer):
    settings.LOG_COPY_URL, settings.LOG_COPY_YEARS = url, years
    with pytest.raises(AnchorUnknown, match="LOG_COPY"):
        LockedCopies.read(signer)


def test_a_row_that_names_another_checkpoints_copy_is_found_offline(signer, copies):
    first = sealed(signer)
    copies.step()
    second = sealed(signer)
    found = Verified()
    anchors_check(found)
    assert found.wrong == []
    triggers_remove(connection)
    Anchor.objects.update(head=second)
    triggers_install(connection)
    anchors_check(found)
    assert first.size < second.size
    assert [f"of checkpoint {second.id}" in said for said in found.wrong] == [True]
