"""C2SP signed notes: a text, an empty line, signature lines; Ed25519 signatures (type 1), cosignatures (type 4).

A verifier believes only keys it was given: a line by an unknown key is passed over, and one that claims a known key and
does not verify spoils the whole note. A newcomer's trap: a key's name and id say which key a line claims, nothing more.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 1
COSIGNATURE = 4
SIGNATURES_MAX = 64
KEY_BYTES = 32
Sign = Callable[[bytes], bytes]


class NoteInvalid(ValueError):
    """It is no signed note, or no key that we trust has signed it; the message says which."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that is trusted under a name. `kind`: ED25519 or COSIGNATURE."""

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, kind, public key)."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """As it is published and configured: `name+hash+key`."""
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def read(cls, text: str) -> "Verifier":
        """From its text.

        Raises:
            NoteInvalid: it is no verifier key of a kind known here, or its id is not that of its key.
        """
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as wrong:
            raise NoteInvalid("A verifier key looks like this: name+id+key.") from wrong
        if not is_name(name) or len(raw) != 1 + KEY_BYTES or raw[0] not in {ED25519, COSIGNATURE}:
            raise NoteInvalid(f"The key of '{name[:80]}' is not an Ed25519 key.")
        found = cls(name, raw[1:], raw[0])
        if found.key_id.hex() != key_id:
            raise NoteInvalid(f"The id of the key of '{name[:80]}' does not belong to it: it was changed or cut.")
        return found


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `blob`: what follows the key's id; for a cosignature the time, then the signature."""

    name: str
    key_id: bytes
    blob: bytes

    @property
    def line(self) -> str:
        """With its newline."""
        return f"\N{EM DASH} {self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"

    @property
    def signed_at(self) -> int:
        """Of a cosignature: POSIX seconds."""
        return int.from_bytes(self.blob[:8], "big")


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note. `text` ends with a newline."""

    text: str
    signatures: tuple[Signature, ...]

    @property
    def whole(self) -> str:
        """Text, empty line, signature lines."""
        return f"{self.text}\n{''.join(signature.line for signature in self.signatures)}"

    def with_signatures(self, more: Iterable[Signature]) -> "Note":
        """With further lines; the same line is not repeated."""
        kept = dict.fromkeys((*self.signatures, *more))
        return Note(self.text, tuple(kept))


def is_name(name: str) -> bool:
    """Whether a key may be called so: no space, no plus, not empty."""
    return bool(name) and "+" not in name and not any(letter.isspace() or ord(letter) < 32 for letter in name)


def note_read(whole: str | bytes) -> Note:
    """A note as it was written, its signatures not checked.

    Raises:
        NoteInvalid: it is none.
    """
    try:
        text = whole.decode() if isinstance(whole, bytes) else whole
    except UnicodeDecodeError as wrong:
        raise NoteInvalid("A note is text in UTF-8.") from wrong
    if any(ord(letter) < 32 and letter != "\n" for letter in text):
        raise NoteInvalid("A note holds no control characters.")
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteInvalid("A note is a text, an empty line, and signature lines.")
    lines = tail[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise NoteInvalid(f"A note with more than {SIGNATURES_MAX} signatures is not read.")
    return Note(f"{body}\n", tuple(_signature(line) for line in lines))


def note_signed(text: str, verifier: Verifier, sign: Sign) -> Note:
    """A note with one Ed25519 signature; `sign` has the private key, wherever that is."""
    return Note(text, (Signature(verifier.name, verifier.key_id, sign(text.encode())),))


def cosigned(text: str, verifier: Verifier, sign: Sign, at_s: int) -> Signature:
    """A witness's line for a checkpoint's text (C2SP tlog-cosignature, v1) at a POSIX time."""
    return Signature(verifier.name, verifier.key_id, at_s.to_bytes(8, "big") + sign(_cosigned_bytes(text, at_s)))


def signatures_of(note: Note, trusted: Sequence[Verifier]) -> list[tuple[Verifier, Signature]]:
    """The lines by trusted keys, all of which verify.

    Raises:
        NoteInvalid: a line claims a trusted key and does not verify, or no trusted key has signed.
    """
    keys = {(key.name, key.key_id): key for key in trusted}
    found = []
    for signature in note.signatures:
        key = keys.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not _verifies(note.text, key, signature):
            raise NoteInvalid(f"The signature by {key.name} is not of this text.")
        found.append((key, signature))
    if not found:
        raise NoteInvalid("No key that is trusted has signed this.")
    return found


def public_of(private: Ed25519PrivateKey) -> bytes:
    """The public key, 32 bytes."""
    return private.public_key().public_bytes_raw()


def _verifies(text: str, key: Verifier, signature: Signature) -> bool:
    blob = signature.blob
    message, signed = text.encode(), blob
    if key.kind == COSIGNATURE:
        message, signed = _cosigned_bytes(text, signature.signed_at), blob[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signed, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _cosigned_bytes(text: str, at_s: int) -> bytes:
    return f"cosignature/v1\ntime {at_s}\n{text}".encode()


def _signature(line: str) -> Signature:
    dash, name, encoded = [*line.split(" "), "", ""][:3]
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as wrong:
        raise NoteInvalid("A signature line is not in Base64.") from wrong
    if dash != "\N{EM DASH}" or not is_name(name) or len(raw) < 5 or line.count(" ") != 2:
        raise NoteInvalid("A signature line looks like this: dash, name, signature.")
    return Signature(name, raw[:4], raw[4:])
