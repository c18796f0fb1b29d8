"""A disc carries the timestamp of its checkpoint and the exact bytes that were stamped; a change of either is found."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from evidence.court.bundle import verify
from evidence.court.bundle.facts import Bundle, bundle_facts
from evidence.court.bundle.seal import Seal, seal_of
from evidence.court.bundle.tree import documents_write
from evidence.court.models import DiscSet, DiscSetState
from evidence.court.planning import set_plan_of
from evidence.custody.anchoring.stamping import Stamper
from evidence.custody.checkpoints import head_last
from evidence.custody.models import Anchor, AnchorKind, LogKey
from evidence.custody.tree.note import COSIGNATURE, Verifier, cosigned, note_read, public_of
from tests.court import making
from tests.court.test_seal import verified
from tests.custody.authority import Told, authority
from tests.custody.sealing import record_seal

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
TSR, STAMPED, CHECKPOINT = verify.TIMESTAMP, verify.STAMPED, "metadata/custody/checkpoint"


@pytest.fixture
def tsa(tmp_path: Path, settings) -> Iterator[Told]:
    with authority(tmp_path / "tsa") as there:
        settings.LOG_TIMESTAMPS = there.setting
        yield there


def asked() -> DiscSet:
    bench = making.bench()
    return bench.request(bench.exhibit(making.recorded(bench.officer).recording))


def witnessed() -> None:
    """The newest checkpoint is cosigned, as a witness would."""
    head, private = head_last(), Ed25519PrivateKey.generate()
    assert head is not None
    witness = Verifier("witness.example", public_of(private), COSIGNATURE)
    LogKey.objects.create(verifier=witness.text, at=timezone.now())
    line = cosigned(note_read(head.note).text, witness, private.sign, 1_780_000_000).line
    Anchor.objects.create(head=head, kind=AnchorKind.WITNESS, name=witness.name, proof=line.encode(), at=timezone.now())


def stamped() -> Stamper:
    (stamper,) = Stamper.all()
    assert stamper.step() is not None
    return stamper


def facts(disc_set: DiscSet) -> tuple[Bundle, Seal]:
    bundle = bundle_facts(disc_set, set_plan_of(disc_set))
    seal = seal_of(bundle)
    assert seal is not None
    return bundle, seal


def test_a_disc_carries_the_timestamp_and_what_it_is_of_and_openssl_checks_it_as_the_program_says(tsa, tmp_path):
    disc_set = asked()
    record_seal()
    stamped()
    made = Anchor.objects.get()
    witnessed()
    assert making.built(disc_set).state == DiscSetState.MADE
    disc = making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")
    assert (disc / TSR).read_bytes() == bytes(made.proof)
    assert (disc / STAMPED).read_text() == made.head.note
    assert (disc / CHECKPOINT).read_text() != made.head.note
    done = verified(disc)
    assert done.returncode == 0, done.stdout
    assert f"{TSR}: is of the checkpoint, and states that it was there on {timezone.now():%Y-%m-%d} at" in done.stdout
    (line,) = [line.partition("openssl ")[2] for line in done.stdout.splitlines() if "openssl ts -verify" in line]
    argv = ["openssl", *line.replace("ca.pem", str(tsa.certificates)).split()]
    assert subprocess.run(argv, cwd=disc, capture_output=True, check=False).returncode == 0
    changes(disc)


def changes(disc: Path) -> None:
    """Each is found by name."""
    for path, at in ((TSR, (disc / TSR).read_bytes().index(b"\x18\x0f20") + 5), (STAMPED, 3)):
        content = (disc / path).read_bytes()
        (disc / path).write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        done = verified(disc)
        assert done.returncode == 1
        assert f"{path}: was changed" in done.stdout
        (disc / path).write_bytes(content)
    (disc / TSR).unlink()
    done = verified(disc)
    assert done.returncode == 1
    assert f"{TSR}: is missing" in done.stdout


def test_without_cosignatures_the_checkpoint_itself_is_what_was_stamped(tsa, tmp_path):
    disc_set = asked()
    record_seal()
    stamped()
    bundle, seal = facts(disc_set)
    documents_write(tmp_path / "disc", bundle, seal, 1)
    assert (tmp_path / "disc" / TSR).read_bytes() == seal.timestamp
    assert not (tmp_path / "disc" / STAMPED).exists()


def test_the_same_set_has_the_same_timestamp_whenever_it_is_made(tsa, tmp_path, settings):
    disc_set = asked()
    record_seal()
    assert facts(disc_set)[1].timestamp == b""
    stamped()
    _, first = facts(disc_set)
    making.recorded(making.bench("20AB1234626").officer)
    record_seal()
    settings.LOG_TIMESTAMP_EVERY_S = 0
    with authority(tmp_path / "another") as there:
        settings.LOG_TIMESTAMPS = there.setting
        stamped()
    assert facts(disc_set)[1] == first
    assert first.timestamp


def test_the_checkpoint_of_each_request_is_stamped_also_where_nothing_new_is_told_and_waited_for(tsa):
    bench = making.bench()
    exhibit = bench.exhibit(making.recorded(bench.officer).recording)
    record_seal()
    first = bench.request(exhibit)
    record_seal()
    assert not facts(first)[1].is_due, "no authority has ever stamped"
    stamper = stamped()
    later = bench.request(exhibit)
    record_seal()
    assert facts(later)[1].is_due
    assert stamper.step() is not None
    assert not facts(later)[1].is_due
    assert facts(later)[1].timestamp != facts(first)[1].timestamp != b""
