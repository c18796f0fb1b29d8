"""Checkpoints: signed after each batch and hourly, never over less or other than before; proofs lead to them."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from evidence.custody.checkpoints import checkpoint_make, head_last, proofs_of
from evidence.custody.checkpoints import sealed as is_sealed
from evidence.custody.errors import SigningKeyMissing, TreeRefused
from evidence.custody.models import Anchor, Event, Leaf, Tile, TreeHead
from evidence.custody.sequencing import tile_read, tree_size
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import note_read, signatures_of
from evidence.custody.tree.tiles import root_of
from evidence.custody.triggers import triggers_install, triggers_remove
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def signer(settings, tmp_path: Path) -> Signer:
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    return signer_read()


def sealed(signer: Signer, times: int = 3) -> TreeHead:
    note(recording(), times=times)
    placed()
    head = checkpoint_make(signer)
    assert head is not None
    return head


def emptied() -> None:
    """The tables as an older backup would leave them: what only somebody who owns the database can do."""
    triggers_remove(connection)
    for model in (Anchor, TreeHead, Tile, Leaf, Event):
        model.objects.all().delete()
    triggers_install(connection)


def test_a_checkpoint_is_over_all_that_has_a_place_and_verifies_by_the_public_key(signer):
    head = sealed(signer)
    found = note_read(head.note)
    assert signatures_of(found, [signer.verifier])
    assert Checkpoint.read(found.text) == Checkpoint("localhost/custody", 3, root_of(tile_read, 3))


def test_it_is_signed_anew_for_each_batch_and_at_least_hourly_even_when_nothing_happened(signer):
    first = sealed(signer)
    assert checkpoint_make(signer) is None
    assert sealed(signer, times=1).size == first.size + 1
    triggers_remove(connection)
    TreeHead.objects.update(at=timezone.now() - timedelta(hours=1, seconds=1))
    triggers_install(connection)
    again = checkpoint_make(signer)
    assert again is not None
    assert again.size == first.size + 1


def test_each_sealed_event_has_a_proof_and_one_that_only_has_a_place_has_none(signer):
    sealed(signer, times=300)
    events = list(Event.objects.order_by("position"))
    proofs = proofs_of([event.uuid for event in events])
    assert len(proofs) == 300
    for event in events[:3] + events[-3:]:
        assert proofs[event.uuid].shows(leaf_hash(bytes(event.body)))
        assert not proofs[event.uuid].shows(leaf_hash(bytes(events[100].body)))
    note(recording())
    placed()
    newest = Event.objects.order_by("position").last()
    assert newest is not None
    assert proofs_of([newest.uuid]) == {}
    assert is_sealed([newest.uuid, events[0].uuid]) == {events[0].uuid}


def test_an_older_backup_is_not_signed_over(signer):
    sealed(signer, times=5)
    emptied()
    note(recording(), times=2)
    placed()
    with pytest.raises(TreeRefused, match="2 events in its tree, and a checkpoint over 5 was signed before"):
        checkpoint_make(signer)
    assert head_last() is None


def test_a_record_written_anew_to_the_same_length_is_not_signed_over(signer):
    sealed(signer, times=5)
    emptied()
    note(recording(), times=8)
    placed()
    with pytest.raises(TreeRefused, match="The first 5 events are not those that were signed"):
        checkpoint_make(signer)


def test_a_key_whose_memory_was_spoiled_signs_nothing(signer):
    sealed(signer)
    signer.memory.write_bytes(signer.memory.read_bytes().replace(b"\n3\n", b"\n1\n"))
    note(recording())
    placed()
    with pytest.raises(SigningKeyMissing, match="damaged"):
        checkpoint_make(signer)


def test_a_sequencer_that_died_after_signing_and_before_the_database_knew_goes_on(signer):
    note(recording(), times=3)
    placed()
    signer.sign(Checkpoint(signer.origin, 3, root_of(tile_read, 3)))
    head = checkpoint_make(signer)
    assert head is not None
    assert (head.size, signer.last().size) == (3, 3)  # type: ignore[union-attr]


def test_the_key_is_private_to_its_owner_and_stays_the_same(signer):
    assert signer.path.stat().st_mode & 0o777 == 0o600
    assert signer.path.parent.stat().st_mode & 0o777 == 0o700
    assert signer_read().verifier == signer.verifier


def test_in_production_a_missing_key_is_not_made(settings, tmp_path):
    settings.IS_PRODUCTION, settings.LOG_KEY_FILE = True, tmp_path / "log.pem"
    with pytest.raises(SigningKeyMissing, match="LOG_KEY_FILE"):
        signer_read()


def test_the_command_places_and_signs_once(signer):
    note(recording(), times=4)
    out = StringIO()
    call_command("sequencer", "--once", stdout=out)
    assert out.getvalue().startswith("4 events placed, signed a checkpoint over 4.")
    assert tree_size() == 4
    emptied()
    note(recording())
    with pytest.raises(CommandError, match="set back or cut"):
        call_command("sequencer", "--once", stdout=out)
