"""Signed notes, checkpoints and proofs: the vectors of others' implementations, and every way to spoil one."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.custody.tree.checkpoint import Checkpoint, Proof
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import (
    COSIGNATURE,
    NoteInvalid,
    Verifier,
    cosigned,
    note_read,
    note_signed,
    public_of,
    signatures_of,
)
from evidence.custody.tree.tiles import inclusion_proof, root_of
from tests.custody.tree.test_tree import grown, leaves

# golang.org/x/mod/sumdb/note, the example of its documentation
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
DASH = "\N{EM DASH}"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    f"{DASH} PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = Verifier("continuity.example/custody", public_of(KEY))
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
WITNESS = Verifier("witness.example/psd", public_of(WITNESS_KEY), COSIGNATURE)
STATED = Checkpoint(LOG.name, 20_852_163, leaf_hash(b"x"))


def test_a_note_signed_by_another_implementation_verifies():
    verifier = Verifier.read(NEUMANN)
    assert verifier.text == NEUMANN
    note = note_read(NOTE)
    assert signatures_of(note, [verifier])[0][0].name == "PeterNeumann"
    assert note.whole == NOTE


@pytest.mark.parametrize("at", range(0, 98, 7))
def test_a_changed_letter_of_the_text_spoils_the_note(at):
    changed = NOTE[:at] + ("X" if NOTE[at] != "X" else "Y") + NOTE[at + 1 :]
    with pytest.raises(NoteInvalid):
        signatures_of(note_read(changed), [Verifier.read(NEUMANN)])


def test_a_note_by_nobody_we_trust_is_refused_and_unknown_lines_are_passed_over():
    with pytest.raises(NoteInvalid, match="No key that is trusted"):
        signatures_of(note_read(NOTE), [LOG])
    note = note_signed("words\n", LOG, KEY.sign).with_signatures(note_read(NOTE).signatures)
    assert [key.name for key, _ in signatures_of(note, [LOG])] == [LOG.name]


def test_a_line_that_claims_a_trusted_key_and_does_not_verify_spoils_the_whole_note():
    false = note_signed("other words\n", LOG, KEY.sign).signatures
    note = note_signed("words\n", LOG, KEY.sign).with_signatures(false)
    with pytest.raises(NoteInvalid, match="not of this text"):
        signatures_of(note, [LOG])


def test_a_cosignature_says_when_and_stands_for_that_text_and_time_alone():
    line = cosigned(STATED.text, WITNESS, WITNESS_KEY.sign, 1_764_000_000)
    signed = note_signed(STATED.text, LOG, KEY.sign)
    found = dict(signatures_of(note_read(signed.with_signatures([line]).whole), [LOG, WITNESS]))
    assert found[WITNESS].signed_at == 1_764_000_000
    later = replace(line, blob=(1_764_000_001).to_bytes(8, "big") + line.blob[8:])
    with pytest.raises(NoteInvalid, match="not of this text"):
        signatures_of(signed.with_signatures([later]), [LOG, WITNESS])


@pytest.mark.parametrize(
    "text",
    [
        "", "words", "words\n\n", "a\n\nb\n", "a\n\n- name AAAA\n", f"a\n\n{DASH} name !!!!\n",
        f"a\tb\n\n{DASH} n AAAAAAAA\n", f"a\n\n{DASH} na+me AAAAAAAA\n", "a\n\n" + f"{DASH} n AAAAAAAA\n" * 65,
    ],
)  # fmt: skip
def test_what_is_no_note_is_refused(text):
    with pytest.raises(NoteInvalid):
        note_read(text)


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+00000000+AAAA", NEUMANN.replace("c74f20a3", "c74f20a4"), NEUMANN[:-4] + "AAAA", "na me+1+AA=="],
)
def test_what_is_no_key_is_refused(text):
    with pytest.raises(NoteInvalid):
        Verifier.read(text)


def test_a_checkpoint_is_read_as_it_is_written():
    assert Checkpoint.read(STATED.text) == STATED
    assert Checkpoint.read(STATED.text + "an extension\n") == STATED


@pytest.mark.parametrize("spoil", [("20852163", "020852163"), ("20852163", "-1"), ("20852163", "1e3"), ("\n", "\n\n")])
def test_what_is_no_checkpoint_is_refused(spoil):
    with pytest.raises(NoteInvalid):
        Checkpoint.read(STATED.text.replace(*spoil))


def test_a_proof_travels_alone_and_shows_its_entry_and_no_other():
    kept = grown(700)
    checkpoint = note_signed(Checkpoint(LOG.name, 700, root_of(kept.read, 700)).text, LOG, KEY.sign).whole
    proof = Proof(613, tuple(inclusion_proof(kept.read, 613, 700)), checkpoint)
    assert Proof.read(proof.text) == proof
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\nindex 613\n")
    assert proof.shows(leaves(1, 613)[0])
    assert not proof.shows(leaves(1, 612)[0])
    assert Proof.read(proof.text.replace("v1\nindex", "v1\nextra AAAA\nindex")) == proof


@pytest.mark.parametrize(
    "text", ["", "\n\nx", "\nindex 01\n\nx", "\n7\n\nx", "\nindex 7\nAAAA\n\nx", "\nindex 7\nx", "\nextra AAAA\n\nx"]
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(NoteInvalid):
        Proof.read(f"c2sp.org/tlog-proof@v1{text}")
