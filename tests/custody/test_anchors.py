"""Checkpoints are cosigned by a witness that runs elsewhere, and a history that was set back is met by it."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.custody.anchors import Witness, anchor, anchored, witnesses_publish, witnesses_read
from evidence.custody.checkpoints import checkpoint_make, head_last, head_over, key_publish, keys_of, note_of, proofs_of
from evidence.custody.errors import WitnessUnknown
from evidence.custody.models import Anchor, Event
from evidence.custody.signing import Signer, signer_read
from evidence.custody.tree.note import COSIGNATURE, Verifier, note_read, signatures_of
from evidence.custody.witness.asking import WitnessAhead, WitnessAway, WitnessRefused
from tests.custody.conftest import note, recording
from tests.custody.sealing import placed
from tests.custody.test_checkpoints import emptied
from tests.custody.witness.making import NAME, started

pytestmark = pytest.mark.django_db(transaction=True)


class Ours:
    """The log of this test, as the witness's `--log` takes it."""

    def __init__(self, signer: Signer) -> None:
        self.verifier = signer.verifier


@pytest.fixture
def signer(settings, tmp_path: Path) -> Signer:
    settings.LOG_KEY_FILE = tmp_path / "log" / "log.pem"
    return signer_read()


@pytest.fixture
def witness(signer: Signer, tmp_path: Path, settings) -> Iterator[Witness]:
    with started(tmp_path / "witness", [Ours(signer)], "--name", NAME) as there:  # type: ignore[list-item]
        settings.LOG_WITNESSES = f"{there.url} {there.key.text}"
        (found,) = witnesses_read()
        witnesses_publish([found])
        yield found


def sealed(signer: Signer, times: int = 3) -> None:
    key_publish(signer)
    note(recording(), times=times)
    placed()
    assert checkpoint_make(signer) is not None


def test_what_a_witness_cosigned_is_anchored_and_its_cosignature_goes_along(signer, witness):
    sealed(signer)
    assert anchor(witness) is not None
    assert anchor(witness) is None, "once a checkpoint"
    sealed(signer)
    events = list(Event.objects.order_by("position").values_list("uuid", flat=True))
    assert anchored(events) == set(events[:3])
    head = head_over(events[:3])
    assert head is not None
    whole = note_read(note_of(head))
    assert [key for key, _ in signatures_of(whole, [witness.verifier])] == [witness.verifier]
    assert keys_of(head) == [signer.verifier, witness.verifier]
    assert proofs_of(events[:1], head)[events[0]].checkpoint == note_of(head)


def test_a_proof_leads_to_the_oldest_checkpoint_that_somebody_cosigned(signer, witness):
    sealed(signer)
    first = head_last()
    sealed(signer)
    anchor(witness)
    sealed(signer)
    events = list(Event.objects.order_by("position").values_list("uuid", flat=True))
    found = head_over(events[:3])
    assert first is not None
    assert found is not None
    assert (found.size, first.size) == (6, 3)


def test_the_sequencer_has_each_checkpoint_cosigned(signer, witness):
    note(recording(), times=4)
    out = StringIO()
    call_command("sequencer", "--once", stdout=out)
    assert f"Cosigned by {NAME}." in out.getvalue()
    assert Anchor.objects.get().head.size == 4


def test_a_record_that_was_set_back_is_met_by_the_witness_even_with_the_key_and_without_its_memory(signer, witness):
    sealed(signer, times=5)
    anchor(witness)
    emptied()
    signer.memory.unlink()
    sealed(signer, times=2)
    with pytest.raises(WitnessAhead, match="5 entries"):
        anchor(witness)
    sealed(signer, times=6)
    with pytest.raises(WitnessRefused):
        anchor(witness)
    assert not Anchor.objects.exists()


def test_a_witness_that_is_away_is_said_and_nothing_is_kept(signer):
    sealed(signer)
    away = Witness("http://127.0.0.1:9", Verifier(NAME, bytes(32), COSIGNATURE))
    with pytest.raises(WitnessAway):
        anchor(away)
    assert not Anchor.objects.exists()


def test_anybody_reads_the_witness_and_its_cosignature(signer, witness):
    sealed(signer)
    anchor(witness)
    told = Client(HTTP_HOST=django_settings.SITE_HOSTS["public"][0]).get("/api/v1/log").json()
    assert [each["key"] for each in told["witnesses"]] == [witness.verifier.text]
    assert signatures_of(note_read(told["checkpoint"]), [witness.verifier])


def test_nobody_can_take_an_anchor_away(signer, witness):
    sealed(signer)
    anchor(witness)
    for change in (Anchor.objects.all().delete, lambda: Anchor.objects.update(name="another")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "said",
    ["https://witness.example", "https://witness.example key", f"ftp://witness.example {{key}} {NAME}"],
    ids=["no key", "no such key", "no such address"],
)
def test_a_setting_that_names_no_witness_is_refused_in_words(said, settings, signer):
    settings.LOG_WITNESSES = said.replace("{key}", Verifier(NAME, bytes(32), COSIGNATURE).text).removesuffix(f" {NAME}")
    with pytest.raises(WitnessUnknown, match="LOG_WITNESSES"):
        witnesses_read()
    with pytest.raises(CommandError, match="LOG_WITNESSES"):
        call_command("sequencer", "--once")
