"""Receipts: our signature that a file is sealed, on which a camera may be wiped.

Ed25519 over the canonical bytes of `receipt`. The private key is a file, read by whoever seals; public keys are rows,
kept for good. A newcomer's trap: the bytes signed are `canonical_bytes(receipt)`, never the JSON as it was sent.
"""

import base64
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from django.conf import settings

from evidence.custody.canonical import canonical_bytes, time_text
from evidence.custody.parties import ActorKind
from evidence.custody.services import Act
from evidence.custody.verbs import Verb
from evidence.ingest.errors import ReceiptKeyMissing
from evidence.ingest.models import ReceiptKey, Upload
from evidence.recordings.models import RecordingFile
from evidence.recordings.subjects import subject_of

VERSION = 1


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs. `key_id`: first 16 hexadecimal figures of the SHA-256 of the raw public key."""

    private: Ed25519PrivateKey

    @property
    def public_raw(self) -> bytes:
        """The public key, 32 bytes."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def key_id(self) -> str:
        """How receipts and the list of keys name it."""
        return hashlib.sha256(self.public_raw).hexdigest()[:16]


def signer_read() -> Signer:
    """The signing key; made at first use where this is no production installation.

    Raises:
        ReceiptKeyMissing: there is none, or it is no Ed25519 key.
    """
    path = Path(settings.RECEIPT_KEY_FILE)
    if not path.exists():
        if settings.IS_PRODUCTION:
            raise ReceiptKeyMissing("The key that signs receipts is missing. Put it where RECEIPT_KEY_FILE says.")
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ReceiptKeyMissing("The key that signs receipts cannot be read: it must be Ed25519 in PEM.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ReceiptKeyMissing("The key that signs receipts is of another kind: it must be Ed25519 in PEM.")
    return Signer(key)


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = path.with_name(f".{path.name}-{uuid4()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(pem)
            out.flush()
            os.fsync(out.fileno())
        # link, not rename: of two processes that begin at once the first one's key stays
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()


def receipt_issue(*, deed: Act, upload: Upload, file: RecordingFile, signer: Signer, rule: str) -> None:
    """Sign the receipt of an upload that was just sealed, inside the act that sealed it. Once an upload."""
    if upload.sealed_at is None:
        raise ValueError("Only what is sealed gets a receipt.")
    ReceiptKey.objects.get_or_create(
        key_id=signer.key_id, defaults={"public_key": base64.b64encode(signer.public_raw).decode()}
    )
    receipt = {
        "v": VERSION,
        "id": str(uuid4()),
        "upload": str(upload.id),
        "recording": str(file.recording_id),
        "file": str(file.id),
        "sha256": file.sha256,
        "size": file.size_bytes,
        "sealed_at": time_text(upload.sealed_at),
        "dock": str(upload.owner_id) if upload.owner_kind == ActorKind.DOCK else None,
    }
    signature = base64.b64encode(signer.private.sign(canonical_bytes(receipt))).decode()
    upload.receipt = {"receipt": receipt, "key_id": signer.key_id, "signature": signature}
    deed.record(
        Verb.RECEIPT_ISSUED, subject_of(file.recording, file), rule=rule,
        data={"upload": str(upload.id), "receipt": receipt["id"], "key": signer.key_id},
    )  # fmt: skip
