"""The key that signs checkpoints, and what it remembers. It lives with the sequencer, never in a web process.

Beside the key lies a file with the last checkpoint it signed. A database that was restored from an older backup, or
written anew, does not match it, and nothing is signed until a person has found out why. A newcomer's trap: that file
is as much a part of the key as the key itself; whoever moves one moves both.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from evidence.custody.errors import SigningKeyMissing
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, note_signed, public_of, signatures_of


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in a file, under the log's name."""

    private: Ed25519PrivateKey
    path: Path
    origin: str

    @property
    def verifier(self) -> Verifier:
        """The public key, as it is published."""
        return Verifier(self.origin, public_of(self.private))

    @property
    def memory(self) -> Path:
        """The file with the last checkpoint that was signed."""
        return self.path.with_suffix(".checkpoint")

    def last(self) -> Checkpoint | None:
        """What it signed last, None before the first.

        Raises:
            SigningKeyMissing: the memory cannot be read, or this key has not signed it.
        """
        if not self.memory.exists():
            return None
        try:
            note = note_read(self.memory.read_bytes())
            signatures_of(note, [self.verifier])
            return Checkpoint.read(note.text)
        except (OSError, NoteInvalid) as wrong:
            raise SigningKeyMissing(
                f"The file {self.memory.name} beside the log's key is damaged ({wrong}). Bring it back from its "
                "backup: without it nobody could tell whether the record was set back."
            ) from wrong

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note; remembered, and on the disk, before it is returned."""
        note = note_signed(checkpoint.text, self.verifier, self.private.sign).whole
        _written(self.memory, note.encode())
        return note


def signer_read() -> Signer:
    """The key that signs; made at first use where this is no production installation.

    Raises:
        SigningKeyMissing: there is none, or it is no Ed25519 key.
    """
    path = Path(settings.LOG_KEY_FILE)
    if not path.exists():
        if settings.IS_PRODUCTION:
            raise SigningKeyMissing("The key that signs checkpoints is missing. Put it where LOG_KEY_FILE says.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _written(path, pem, is_first=True)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningKeyMissing("The key that signs checkpoints cannot be read: it must be Ed25519 in PEM.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyMissing("The key that signs checkpoints is of another kind: it must be Ed25519 in PEM.")
    return Signer(key, path, settings.LOG_ORIGIN)


def _written(path: Path, content: bytes, *, is_first: bool = False) -> None:
    """Whole or not at all, and on the disk; `is_first`: of two that begin at once the first one's file stays."""
    temporary = path.with_name(f".{path.name}-{uuid4()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    if is_first:
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
    else:
        temporary.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
