"""Seals and trust: proofs, checkpoint, keys, witnesses, and the timestamp."""

import hashlib
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from evidence.court.bundle import verify
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import COSIGNATURE, Signature, Verifier, cosigned, note_signed
from evidence.custody.tree.tiles import inclusion_proof, root_of, tiles_after
from tests.court.verify.pressing import (
    CHECKPOINT,
    COPY,
    KEYS,
    ORIGIN,
    SEEN_AT_S,
    Log,
    checked,
    fails,
    later_of,
    text_of,
)
from tests.custody.authority import authority_make, openssl

pytestmark = pytest.mark.once


def test_proof_of_another_line_fails(disc):
    disc.line_change(COPY, 1, proof=disc.lines(COPY)[1]["proof"])
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "its proof does not lead to the signed checkpoint")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda proof: proof.replace("index 300", "index 9999999"),
        lambda proof: proof.replace("index 300", "index -1"),
        lambda proof: proof.replace("index 300\n", "index 300\n" + "A" * 43 + "=\n"),
        lambda proof: "\n".join(line for at, line in enumerate(proof.split("\n")) if at != 2),
        lambda proof: proof.replace("tlog-proof@v1", "tlog-proof@v2"),
        lambda proof: proof.partition("\n\n")[0],
        lambda proof: "",
        lambda proof: "\n\n",
    ],
)
def test_proof_that_is_none_fails(disc, spoil):
    assert "index 300\n" in disc.lines(COPY)[0]["proof"]
    disc.line_change(COPY, 1, proof=spoil(disc.lines(COPY)[0]["proof"]))
    disc.relisted()
    fails(disc, "AB_1.events.jsonl, line 1", "proof")


def test_lines_without_a_proof_are_not_checked(disc):
    disc.line_change(COPY, 3, proof=None)
    disc.line_change(COPY, 4, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "not checked  2 lines were not under a checkpoint when the disc was made" in said
    assert said.splitlines()[-1].startswith("Everything that was checked holds. 5 things could not be checked")


def test_line_without_a_proof_before_lines_that_have_one_is_named(disc):
    disc.line_change(COPY, 2, proof=None)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "AB_1.events.jsonl, line 2: has no proof, and lines after it have one" in said


def test_checkpoint_that_was_changed_fails(disc):
    size = len(disc.log.leaves)
    disc.write(CHECKPOINT, disc.log.note().replace(f"\n{size}\n", f"\n{size + 1}\n").encode())
    disc.relisted()
    fails(disc, CHECKPOINT, f"the signature by {ORIGIN} is not of this text")
    fails(disc, "AB_1.events.jsonl, line 1", "another checkpoint than the one on the disc")


def test_checkpoint_signed_by_another_key_fails(disc):
    text = text_of(disc)
    disc.sealed(note_signed(text, disc.log.key, Ed25519PrivateKey.generate().sign).whole)
    disc.relisted()
    fails(disc, CHECKPOINT, f"the signature by {ORIGIN} is not of this text")
    fails(disc, "is signed by no key of that log on this disc")
    disc.sealed(Log().note(text=text, with_witness=False))
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_checkpoint_signed_by_a_witness_alone_fails(disc):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, SEEN_AT_S)
    disc.sealed(f"{text}\n{seen.line}")
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_witness_that_is_called_like_the_log_does_not_sign_for_it(disc):
    text, named = text_of(disc), Verifier(ORIGIN, disc.log.witness.public, COSIGNATURE)
    disc.sealed(f"{text}\n{cosigned(text, named, disc.log.witnessing.sign, SEEN_AT_S).line}")
    disc.write(KEYS, f"{named.text}\n".encode())
    disc.relisted()
    fails(disc, "is signed by no key of that log on this disc")


def test_proofs_lead_where_those_of_the_custody_record_lead():
    leaves = [leaf_hash(bytes([number])) for number in range(9)]
    for size in range(10):
        tiles = tiles_after(lambda *_: b"", 0, leaves[:size])
        read = {(tile.level, tile.number): tile.hashes for tile in tiles}
        root = root_of(lambda level, number, read=read: read[level, number], size)
        for place in range(size):
            proof = inclusion_proof(lambda level, number, read=read: read[level, number], place, size)
            assert verify.root_from(place, size, leaves[place], proof) == root
            assert verify.root_from(place, size, leaves[place], [*proof, root]) == b""
            assert not proof or verify.root_from(place, size, leaves[place], proof[:-1]) == b""
        for length in range(6):
            assert verify.root_from(size, size, root, [root] * length) == b""


def test_key_of_the_log_that_is_given_is_trusted(disc, tmp_path):
    keys = tmp_path / "keys"
    keys.write_text(f"{disc.log.key.text}\n{disc.log.witness.text}\n")
    for given in (disc.log.key.text, str(keys)):
        status, said = checked(disc, "--key", given)
        assert status == 0, said
        assert f"ok           {disc.log.key.text} is a key that was given with --key" in said
        assert "Compare" not in said
    assert "saw this checkpoint" in checked(disc, "--key", str(keys))[1]
    assert "not checked  no witness" in checked(disc, "--key", disc.log.key.text)[1]


@pytest.mark.parametrize("added", [0, 1, 9, 200])
def test_a_later_checkpoint_that_continues_the_one_on_the_disc_says_so(disc, tmp_path, added):
    later = tmp_path / "later.json"
    later.write_text(json.dumps(later_of(disc, added=added)))
    status, said = checked(disc, "--later", str(later), "--key", disc.log.key.text)
    assert status == 0, said
    assert f"ok           the log, now of {len(disc.log.leaves) + added} entries, still holds everything" in said


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda disc: later_of(disc, changed=5), "does not continue the one on the disc"),
        (lambda disc: later_of(disc, changed=len(disc.log.leaves) - 1), "does not continue"),
        (lambda disc: later_of(disc) | {"hashes": []}, "does not continue"),
        (lambda disc: later_of(disc) | {"hashes": ["x"]}, "later.json"),
        (lambda disc: later_of(disc) | {"old": 7}, "ask for old="),
        (lambda disc: later_of(disc) | {"checkpoint": Log().note(text=text_of(disc))}, "not signed by a key"),
        (lambda disc: [], "later.json"),
    ],
    ids=["an entry changed", "the last changed", "no hashes", "no hash", "another size", "another key", "no answer"],
)  # fmt: skip
def test_a_later_checkpoint_that_proves_nothing_fails(disc, tmp_path, spoil, word):
    later = tmp_path / "later.json"
    later.write_text(json.dumps(spoil(disc)))
    fails(disc, word, options=["--later", str(later)])


def test_a_file_with_a_later_checkpoint_that_is_not_there_is_not_checked(disc, tmp_path):
    status, said = checked(disc, "--later", str(tmp_path / "later.json"), "--key", disc.log.key.text)
    assert status == 2
    assert "later.json: could not be read" in said


def test_key_of_another_log_that_is_given_fails(disc):
    words = "is signed by no key of that log that was given with --key"
    fails(disc, words, options=["--key", Log("another.example").key.text])
    fails(disc, words, options=["--key", Log().key.text])
    fails(disc, words, options=["--key", disc.log.witness.text])


def test_key_of_another_name_does_not_sign_for_the_log(disc):
    other = Verifier("another.example", disc.log.key.public)
    text = text_of(disc)
    disc.sealed(note_signed(text, other, disc.log.private.sign).whole)
    disc.write(KEYS, f"{other.text}\n".encode())
    disc.relisted()
    fails(disc, "is signed by no key of that log")


def test_checkpoint_of_another_log_fails(disc):
    bundle = disc.bundle()
    bundle["log"]["origin"] = "another.example"
    disc.bundle_write(bundle)
    disc.relisted()
    fails(disc, CHECKPOINT, f"is of the log '{ORIGIN}', and bundle.json names another")


@pytest.mark.parametrize("at_s", [SEEN_AT_S + 1, 2**64 - 1])
def test_cosignature_that_is_not_of_this_text_fails(disc, at_s):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, SEEN_AT_S)
    moved = Signature(seen.name, seen.key_id, at_s.to_bytes(8, "big") + seen.blob[8:])
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([moved]).whole)
    disc.relisted()
    fails(disc, CHECKPOINT, "the signature by witness.example.org is not of this text")


def test_cosignature_of_no_moment_is_told_in_words(disc):
    text = text_of(disc)
    seen = cosigned(text, disc.log.witness, disc.log.witnessing.sign, 2**64 - 1)
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([seen]).whole)
    disc.relisted()
    assert "saw this checkpoint at a time that is none" in checked(disc)[1]


def test_no_witness_is_no_failure(disc):
    disc.sealed(disc.log.note(with_witness=False))
    disc.relisted()
    status, said = checked(disc)
    assert (status, "not checked  no witness" in said) == (0, True)


def test_signature_of_a_key_that_nobody_knows_is_passed_over(disc):
    text = text_of(disc)
    unknown = cosigned(text, Log().witness, Ed25519PrivateKey.generate().sign, SEEN_AT_S)
    disc.sealed(note_signed(text, disc.log.key, disc.log.private.sign).with_signatures([unknown]).whole)
    disc.relisted()
    assert checked(disc)[0] == 0


def test_key_on_the_disc_whose_id_is_not_its_own_fails(disc):
    disc.write(KEYS, f"{ORIGIN}+00000000+{disc.log.key.text.split('+', 2)[2]}\n".encode())
    disc.relisted()
    fails(disc, f"{KEYS}, line 1", "the id of the key")


@pytest.fixture(scope="module")
def stamp(tmp_path_factory):
    """What an authority answers for these bytes."""
    folder = authority_make(tmp_path_factory.mktemp("authority") / "tsa")

    def answer(content: bytes) -> bytes:
        (folder / "content").write_bytes(content)
        openssl(folder, "ts", "-query", "-data", "content", "-sha256", "-cert", "-out", "question")
        openssl(folder, "ts", "-reply", "-config", "ts.cnf", "-queryfile", "question", "-out", "answer")
        return (folder / "answer").read_bytes()

    return answer


def test_timestamp_has_to_be_of_this_checkpoint(disc, stamp):
    content = (disc.root / CHECKPOINT).read_bytes()
    disc.write(verify.TIMESTAMP, stamp(content))
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert f"{verify.TIMESTAMP}: is of the checkpoint, and states that it was there on {time.gmtime().tm_year}-" in said
    assert f"openssl ts -verify -data {CHECKPOINT} -in {verify.TIMESTAMP} -CAfile ca.pem" in said
    disc.write(verify.TIMESTAMP, stamp(b"something else"))
    disc.relisted()
    fails(disc, verify.TIMESTAMP, "is not of the checkpoint on the disc")


def test_what_was_stamped_before_a_witness_signed_lies_beside_and_says_the_same(disc, stamp):
    text, signatures = (disc.root / CHECKPOINT).read_text().split("\n\n")
    before = f"{text}\n\n{signatures.splitlines()[0]}\n"
    disc.write(verify.STAMPED, before.encode())
    disc.write(verify.TIMESTAMP, stamp(before.encode()))
    disc.relisted()
    status, said = checked(disc)
    assert status == 0, said
    assert f"openssl ts -verify -data {verify.STAMPED} -in {verify.TIMESTAMP}" in said
    other = before.replace(ORIGIN, f"{ORIGIN}.example")
    disc.write(verify.STAMPED, other.encode())
    disc.write(verify.TIMESTAMP, stamp(other.encode()))
    disc.relisted()
    fails(disc, verify.STAMPED, "is not of the checkpoint on the disc")
    (disc.root / verify.TIMESTAMP).unlink()
    disc.relisted()
    fails(disc, verify.TIMESTAMP, "is missing")


@pytest.mark.parametrize("broken", ["cut", "changed", "empty", "of another hash"])
def test_timestamp_that_cannot_be_one_is_told(disc, stamp, broken):
    content = (disc.root / CHECKPOINT).read_bytes()
    whole = stamp(content)
    at = whole.index(hashlib.sha256(content).digest())
    raws = {"cut": whole[:-1], "changed": whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], "empty": b""}
    # a bit that makes it the object identifier of SHA-512
    raws["of another hash"] = whole[:at].replace(verify.SHA256_OID, verify.SHA256_OID[:-1] + b"\3") + whole[at:]
    disc.write(verify.TIMESTAMP, raws[broken])
    disc.relisted()
    fails(
        disc, verify.TIMESTAMP, {"changed": "not of the checkpoint", "of another hash": "SHA-256"}.get(broken, "is no")
    )


def test_older_disc_without_a_log_could_not_be_checked_for_seals(disc):
    bundle = disc.bundle() | {"v": 2}
    del bundle["log"]
    disc.bundle_write(bundle)
    disc.relisted()
    status, said = checked(disc)
    assert status == 2
    assert "not checked  there is no checkpoint on this disc" in said
    assert "FAIL" not in said
