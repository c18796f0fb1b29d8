"""The log's public keys and newest checkpoint: for anybody, without signing in, and silent about every recording."""

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.custody.checkpoints import checkpoint_make, head_last, key_publish, proofs_of
from evidence.custody.models import Event, LogKey
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import signer_read
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import Verifier, note_read, signatures_of
from tests.custody.conftest import note, recording
from tests.custody.sealing import record_seal

pytestmark = pytest.mark.django_db(transaction=True)


def browser(site: str) -> Client:
    return Client(HTTP_HOST=settings.SITE_HOSTS[site][0])


@pytest.mark.parametrize("site", ["force", "share", "public"])
def test_anybody_reads_the_keys_and_checks_the_checkpoint_with_them(site):
    note(recording(), times=3)
    record_seal()
    told = browser(site).get("/api/v1/log").json()
    keys = [Verifier.read(each["key"]) for each in told["keys"]]
    signed = note_read(told["checkpoint"])
    assert [key for key, _ in signatures_of(signed, keys)] == keys
    page = browser(site).get("/log")
    text = page.content.decode()
    assert page.status_code == 200
    assert told["keys"][0]["key"] in text
    assert bytes(head_last().root).hex() in text
    assert not page.cookies


def test_what_is_published_names_no_recording_and_nobody():
    subject = recording()
    note(subject)
    record_seal()
    for address in ("/log", "/api/v1/log"):
        text = browser("public").get(address).content.decode()
        assert str(subject.id) not in text
        assert "Jones" not in text


def test_before_the_first_checkpoint_the_page_says_so():
    assert "Nothing has been signed yet" in browser("public").get("/log").content.decode()
    assert browser("public").get("/api/v1/log").json() == {"keys": [], "witnesses": [], "checkpoint": None}


def test_a_key_that_no_longer_signs_stays_and_nobody_can_take_it_away():
    first = record_seal()
    note(recording())
    second = record_seal()
    told = [each["key"] for each in browser("public").get("/api/v1/log").json()["keys"]]
    assert told == [first.verifier.text, second.verifier.text]
    for change in (LogKey.objects.all().delete, lambda: LogKey.objects.update(verifier="another")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_the_sequencer_publishes_its_key_once(tmp_path):
    settings_before, settings.LOG_KEY_FILE = settings.LOG_KEY_FILE, tmp_path / "log.pem"
    try:
        signer = signer_read()
    finally:
        settings.LOG_KEY_FILE = settings_before
    key_publish(signer)
    key_publish(signer)
    assert LogKey.objects.get().verifier == signer.verifier.text


def test_a_proof_from_the_record_leads_to_what_is_published():
    subject = recording()
    note(subject, times=5)
    signer = record_seal()
    event = Event.objects.filter(subject_id=subject.id).first()
    proof = proofs_of([event.uuid])[event.uuid]
    assert proof.shows(leaf_hash(bytes(event.body)))
    assert proof.checkpoint == browser("public").get("/api/v1/log").json()["checkpoint"]
    assert sequence_all() == 0
    assert checkpoint_make(signer) is None
