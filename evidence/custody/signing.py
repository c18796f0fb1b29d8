"""The key that signs checkpoints, and what it remembers. It lives with the sequencer, never in a web process.

Beside the key lies a file with the last checkpoint it signed. A database that was restored from an older backup, or
written anew, does not match it, and nothing is signed until a person has found out why. A newcomer's trap: that file
is as much a part of the key as the key itself; whoever moves one moves both.
"""

import os
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from evidence.custody.errors import SigningKeyMissing
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.note import Note, NoteInvalid, Verifier, note_read, note_signed, public_of, signatures_of


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in a file, under the log's name. `coming`: the key that is to follow it, which signs as well for as
    long as both are configured, so that whoever knows only one of them can check what is signed meanwhile."""

    private: Ed25519PrivateKey
    path: Path
    origin: str
    coming: "Signer | None" = None

    @property
    def verifier(self) -> Verifier:
        """The public key, as it is published."""
        return Verifier(self.origin, public_of(self.private))

    @property
    def verifiers(self) -> list[Verifier]:
        """The public keys of all that sign now."""
        return [self.verifier, *(self.coming.verifiers if self.coming else [])]

    @property
    def memory(self) -> Path:
        """The file with the last checkpoint that was signed."""
        return self.path.with_suffix(".checkpoint")

    def remembered(self) -> list[Checkpoint]:
        """What each of the keys signed last. Raises SigningKeyMissing as `last`."""
        own = self.last()
        return [*([own] if own else []), *(self.coming.remembered() if self.coming else [])]

    def last(self) -> Checkpoint | None:
        """What this key signed last, None before the first.

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
        """The note, signed with every key; remembered beside each, and on the disk, before it is returned."""
        note = self._signed(checkpoint.text).whole
        signer: Signer | None = self
        while signer:
            _written(signer.memory, note.encode())
            signer = signer.coming
        return note

    def _signed(self, text: str) -> Note:
        note = note_signed(text, self.verifier, self.private.sign)
        return note.with_signatures(self.coming._signed(text).signatures) if self.coming else note


def signer_read() -> Signer:
    """The key that signs, with the one that is to follow it where LOG_KEY_COMING_FILE names one. The first is made at
    first use where this is no production installation.

    Raises:
        SigningKeyMissing: there is none, or it is no Ed25519 key.
    """
    coming = settings.LOG_KEY_COMING_FILE
    if coming is None:
        return _read(Path(settings.LOG_KEY_FILE))
    if not coming.exists():
        raise SigningKeyMissing("LOG_KEY_COMING_FILE names no file: the key that is to follow is missing.")
    return replace(_read(Path(settings.LOG_KEY_FILE)), coming=_read(coming))


def _read(path: Path) -> Signer:
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
