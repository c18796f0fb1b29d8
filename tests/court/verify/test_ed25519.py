"""Ed25519 as verify.py computes it where there is no library: RFC 8032's vectors, and the library's verdicts."""

import base64
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from evidence.court.bundle import verify
from evidence.custody.tree.note import public_of
from tests.court.verify.pressing import (
    Log,
)

pytestmark = pytest.mark.once


VECTORS = [  # public key, message, and the two halves of the signature
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da",
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac",
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip
ORDER = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.parametrize(("public", "message", "point", "scalar"), VECTORS)
def test_signatures_of_rfc_8032_verify(public, message, point, scalar):
    key, text, signature = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(point + scalar)
    assert verify.is_signed_here(key, text, signature)
    assert not verify.is_signed_here(key, text + b"x", signature)


@pytest.mark.parametrize("verified", [verify.is_signed_here, verify.is_signed])
def test_whatever_is_changed_of_a_signature_it_is_refused(verified):
    for turn in range(8):
        private, message = Ed25519PrivateKey.generate(), secrets.token_bytes(turn * 40)
        public, signature = public_of(private), private.sign(message)
        scalar = int.from_bytes(signature[32:], "little")
        assert verified(public, message, signature)
        assert not verified(public, message + b"\0", signature)
        assert not verified(public_of(Ed25519PrivateKey.generate()), message, signature)
        for at in (0, 31, 32, 62):
            spoilt = bytearray(signature)
            spoilt[at] ^= 1 << turn
            assert not verified(public, message, bytes(spoilt))
        assert not verified(public, message, signature[:32] + (scalar + ORDER).to_bytes(32, "little"))
        assert not verified(public, message, signature[:63])
        assert not verified(public, message, signature + b"\0")
        assert not verified(public, message, b"")


def test_both_ways_of_verifying_agree_on_any_key():
    for turn in range(40):
        public, message = secrets.token_bytes(31) + bytes([turn]), b"message"
        signature = secrets.token_bytes(32) + bytes(32)
        assert verify.is_signed_here(public, message, signature) == verify.is_signed(public, message, signature)
    private = Ed25519PrivateKey.generate()
    Ed25519PublicKey.from_public_bytes(public_of(private)).verify(private.sign(b"x"), b"x")
    assert verify.is_signed_here(public_of(private), b"x", private.sign(b"x"))


@pytest.mark.parametrize(
    "public",
    [
        (2**255 - 18).to_bytes(32, "little"),  # y is 1, for which everything would verify, and not below p
        (2**255 - 19).to_bytes(32, "little"),
        (2**255 - 1).to_bytes(32, "little"),
        (1 | 1 << 255).to_bytes(32, "little"),  # x is 0 and said to be odd
        (2).to_bytes(32, "little"),  # on no curve
        bytes(31),
        b"",
    ],
)
def test_key_that_is_no_point_is_refused(public):
    identity = (1).to_bytes(32, "little") + bytes(32)
    assert not verify.is_signed_here(public, b"", identity)


def test_key_text_is_read_as_it_is_written_elsewhere():
    for key in (Log().key, Log().witness):
        assert verify.key_read(f"{key.text}\n").text == key.text
    for text in (
        "",
        "name",
        "name+00000000",
        "name+00000000+!",
        "a b+00000000+" + base64.b64encode(b"x" * 33).decode(),
    ):
        with pytest.raises(verify.Wrong):
            verify.key_read(text)
