"""The folder of a witness: its key, its memory, the list of the logs it watches. Here it is opened, or refused.

A newcomer's trap: key and memory belong together. A key whose memory is gone must not sign, for it would vouch for
anything; only a person can say that it is new, with `--begin`.
"""

import os
import stat
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import uuid4

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from evidence.custody.tree.note import COSIGNATURE, ED25519, NoteInvalid, Verifier, is_name, public_of
from evidence.custody.witness.errors import WitnessNotReady
from evidence.custody.witness.memory import Memory, folder_sync
from evidence.custody.witness.witness import Witness

KEY = "witness.pem"
MEMORY = "witness.sqlite3"
LOGS = "logs"


def witness_open(
    folder: Path,
    *,
    name: str = "",
    logs: Sequence[str] = (),
    is_key_made: bool,
    is_begun: bool = False,
    is_clock_accepted: bool = False,
    now: Callable[[], float] = time.time,
) -> Witness:
    """The witness of a folder. `name`: needed the first time. `logs`: public keys, besides those in the file.
    `is_key_made`: a missing key is made. `is_begun`: a missing memory is made, also where there is a key.

    Raises:
        WitnessNotReady: it must not start; the message says what to do.
        MemoryFailed: its memory cannot be used.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    watched = _logs(folder / LOGS, logs)
    key, memory = folder / KEY, Memory(folder / MEMORY)
    if not key.exists() and not is_key_made:
        raise WitnessNotReady(f"The key of the witness is missing. Put it there: {key} (Ed25519 in PEM).")
    if not memory.path.exists():
        if key.exists() and not is_begun:
            raise WitnessNotReady(
                f"There is a key and no memory of what it cosigned: {memory.path} is missing. Bring it back from its "
                "backup. Only for a key that never cosigned anything: --begin."
            )
        if not is_name(name):
            raise WitnessNotReady("A new witness needs a name without spaces, for example --name psd.example/witness.")
        memory = Memory.make(memory.path, name=name)
    if name not in {"", memory.name}:
        raise WitnessNotReady(f"The witness of this folder is called {memory.name}, not {name}.")
    _clock_check(memory, now, is_accepted=is_clock_accepted)
    private = _key(key)
    verifier = Verifier(memory.name, public_of(private), COSIGNATURE)
    return Witness(verifier=verifier, sign=private.sign, logs=watched, memory=memory, now=now)


def _clock_check(memory: Memory, now: Callable[[], float], *, is_accepted: bool) -> None:
    at_s = int(now())
    with memory.turn() as turn:
        if at_s >= turn.signed_at:
            return
        if not is_accepted:
            raise WitnessNotReady(
                f"The clock of this machine is {turn.signed_at - at_s} seconds before the newest cosignature. Set it "
                "right. If it is right and was wrong before: --accept-clock."
            )
        turn.clock_set(at_s)


def _logs(file: Path, given: Sequence[str]) -> dict[str, list[Verifier]]:
    try:
        lines = file.read_text().splitlines() if file.exists() else []
    except (OSError, UnicodeDecodeError) as wrong:
        raise WitnessNotReady(f"The list of logs, {file}, cannot be read.") from wrong
    texts = [*given, *(line for each in lines if (line := each.strip()) and not line.startswith("#"))]
    found: dict[str, list[Verifier]] = {}
    for text in dict.fromkeys(texts):
        try:
            key = Verifier.read(text)
        except NoteInvalid as wrong:
            raise WitnessNotReady(f"This is no public key of a log: {text[:200]!r}. {wrong}") from wrong
        if key.kind != ED25519:
            raise WitnessNotReady(f"The key of {key.name} is a witness's, not a log's.")
        found.setdefault(key.name, []).append(key)
    if not found:
        raise WitnessNotReady(f"There is no log to watch. Name its public key with --log, or in {file}, one a line.")
    return found


def _key(path: Path) -> Ed25519PrivateKey:
    if not path.exists():
        _key_make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise WitnessNotReady(f"The key of the witness, {path}, cannot be read: it must be Ed25519 in PEM.") from wrong
    if not isinstance(key, Ed25519PrivateKey):
        raise WitnessNotReady(f"The key of the witness, {path}, is of another kind: it must be Ed25519 in PEM.")
    return key


def _key_make(path: Path) -> None:
    """Whole or not at all, and on the disc; of two that begin at once the first one's key stays."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    temporary = path.with_name(f".{path.name}-{uuid4()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, stat.S_IRUSR | stat.S_IWUSR)
    with os.fdopen(handle, "wb") as out:
        out.write(pem)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink()
    folder_sync(path.parent)
