"""The log's public keys and newest checkpoint: for anybody, without signing in, and silent about every recording."""

from base64 import b64decode

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import Client

from evidence.court.bundle.verify import Checkpoint as Told
from evidence.court.bundle.verify import is_continued
from evidence.custody.checkpoints import checkpoint_make, head_last, key_publish, proofs_of
from evidence.custody.models import Event, LogKey, TreeHead
from evidence.custody.sequencing import sequence_all
from evidence.custody.signing import signer_read
from evidence.custody.tree.checkpoint import Checkpoint
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


def test_anybody_gets_the_proof_that_one_checkpoint_continues_another():
    sizes = []
    for _ in range(3):
        note(recording(), times=5)
        record_seal()
        sizes.append(head_last().size)
    for old, new in [(sizes[0], sizes[1]), (sizes[0], sizes[2]), (sizes[2], sizes[2])]:
        told = browser("public").get(f"/api/v1/log/consistency?old={old}&new={new}").json()
        later, earlier = Checkpoint.read(note_read(told["checkpoint"]).text), TreeHead.objects.get(size=old)
        hashes = [b64decode(each) for each in told["hashes"]]
        assert is_continued(Told("", "", old, bytes(earlier.root)), Told("", "", later.size, later.root), hashes)
        assert (later.size == old) or not is_continued(
            Told("", "", old, bytes(32)), Told("", "", later.size, later.root), hashes
        )
    newest = browser("public").get(f"/api/v1/log/consistency?old={sizes[0]}").json()
    assert newest["new"] == sizes[2]


def test_a_checkpoint_that_nobody_signed_is_not_found_and_one_cannot_continue_a_later_one():
    note(recording(), times=5)
    record_seal()
    size = head_last().size
    ask = browser("public")
    assert ask.get(f"/api/v1/log/consistency?old={size - 1}").json()["code"] == "checkpoint-unknown"
    assert ask.get(f"/api/v1/log/consistency?old={size}&new={size + 1}").status_code == 404
    assert ask.get(f"/api/v1/log/consistency?old={size + 1}").json()["code"] == "checkpoints-swapped"
    assert ask.get("/api/v1/log/consistency").status_code == 400
