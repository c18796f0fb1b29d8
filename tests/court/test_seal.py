"""What makes a disc provable: each line's proof, the checkpoint, its key, and the program that checks them, alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from evidence.court.bundle.facts import bundle_facts
from evidence.court.bundle.seal import seal_of
from evidence.court.models import DiscSetState
from evidence.court.planning import set_plan_of
from evidence.custody.models import LogKey, Tile
from evidence.custody.triggers import triggers_install, triggers_remove
from evidence.jobs.models import JobState
from tests.court import making
from tests.custody.sealing import record_seal
from workers.handlers.attempt import attempt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def disc(tmp_path: Path) -> Path:
    """With a redaction and an old Master with its original."""
    bench = making.bench()
    redaction = making.copied(making.recorded(bench.officer), bench.oic)
    making.watched(redaction, bench.oic)
    exhibits = [bench.exhibit(each) for each in (redaction, making.recorded_old(bench.officer).recording)]
    disc_set = making.built(bench.request(*exhibits, with_originals=True))
    assert (disc_set.state, disc_set.problem) == (DiscSetState.MADE, "")
    return making.opened(making.image(disc_set, tmp_path), tmp_path / "disc")


def verified(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """As a stranger runs it: their own Python, nothing installed, nothing of ours but the disc."""
    argv = [sys.executable, "-I", "-S", "verify.py", *options]
    return subprocess.run(argv, cwd=root, capture_output=True, text=True, check=False)


def test_a_disc_is_checked_by_the_program_on_it_against_the_published_key(disc):
    key = LogKey.objects.get().verifier
    done = verified(disc, "--key", key)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout


def test_a_disc_signed_by_somebody_else_does_not_pass_for_the_forces(disc):
    other = "another.example/custody+" + LogKey.objects.get().verifier.split("+", 1)[1]
    assert verified(disc, "--key", other).returncode != 0


@pytest.mark.parametrize(
    "place",
    ["data/exhibits/AB_1/AB_1_redaction.mp4", "metadata/custody/AB_1.events.jsonl", "metadata/custody/checkpoint"],
)
def test_a_byte_changed_anywhere_is_found_also_where_the_lists_were_made_anew(disc, place):
    path = disc / place
    content = path.read_bytes()
    at = content.index(b"done") if place.endswith("jsonl") else len(content) - 20
    path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    for manifest in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        names = [line.partition("  ")[2] for line in (disc / manifest).read_text().splitlines()]
        listed = subprocess.run(["sha256sum", *names], cwd=disc, capture_output=True, check=True)
        (disc / manifest).write_bytes(listed.stdout)
    done = verified(disc)
    assert done.returncode == 1, done.stdout
    assert "FAIL" in done.stdout


def test_every_line_carries_its_proof_to_the_one_checkpoint_of_the_disc(disc):
    checkpoint = (disc / "metadata/custody/checkpoint").read_text()
    records = sorted((disc / "metadata/custody").glob("*.jsonl"))
    assert records
    for record in records:
        proofs = [json.loads(line)["proof"] for line in record.read_text().splitlines()]
        assert proofs
        assert all(proof.endswith(f"\n\n{checkpoint}") for proof in proofs)


def test_the_same_set_is_sealed_by_the_same_checkpoint_whenever_it_is_made():
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    bundle = bundle_facts(disc_set, set_plan_of(disc_set))
    assert seal_of(bundle) is None
    record_seal()
    first = seal_of(bundle)
    making.recorded(bench.officer)
    record_seal()
    assert first is not None
    assert seal_of(bundle) == first


def test_discs_wait_for_the_record_to_be_sealed_and_no_attempt_is_lost_by_it(monkeypatch):
    monkeypatch.setattr("workers.handlers.disc_data.SEALED_WITHIN_S", 0.1)
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    attempt(making.job(disc_set).pk)
    job = making.job(disc_set)
    assert (job.state, job.error_code, job.attempt) == (JobState.QUEUED, "record-not-sealed", 0)
    assert "sequencer" in job.error
    assert making.built(disc_set).state == DiscSetState.REQUESTED  # not due yet
    type(job).objects.update(not_before=job.created_at)
    assert making.built(disc_set).state == DiscSetState.MADE


def test_no_disc_is_made_that_nobody_could_check(monkeypatch):
    bench = making.bench()
    disc_set = bench.request(bench.exhibit(making.recorded(bench.officer).recording))
    record_seal()
    from django.db import connection

    triggers_remove(connection)
    Tile.objects.all().delete()
    triggers_install(connection)
    attempt(making.job(disc_set).pk)
    job = making.job(disc_set)
    assert (job.state, job.error_code) == (JobState.QUEUED, "record-damaged")
    assert "verify_custody" in job.error
