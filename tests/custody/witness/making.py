"""A log as a witness meets it: its key, its tree, and what it sends; and the witness itself as a process."""

import base64
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.bootstrap.system import ROOT
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import COSIGNATURE, Note, Verifier, note_read, note_signed, public_of, signatures_of
from evidence.custody.tree.tiles import consistency_proof, root_of
from evidence.custody.witness.folder import MEMORY
from evidence.custody.witness.memory import Memory
from evidence.custody.witness.submission import submission_text
from evidence.custody.witness.witness import Answer, Witness
from tests.custody.tree.test_tree import Kept, grown
from tests.servers.running import free_ports, port_answers, server
from workers.exec.process import Running

NAME = "psd.example/witness"


def forked(at: int, size: int) -> Kept:
    """The same first `at` entries as `grown`, then others."""
    kept = grown(at) if at else Kept()
    kept.add([leaf_hash(f"other {number}".encode()) for number in range(at, size)])
    return kept


@dataclass
class Log:
    """A log of the tree that `grown` grows."""

    origin: str
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.origin, public_of(self.private))

    def note(self, kept: Kept, size: int | None = None) -> str:
        return self.signed(kept.size if size is None else size, root_of(kept.read, kept.size if size is None else size))

    def signed(self, size: int, root: bytes) -> str:
        return note_signed(Checkpoint(self.origin, size, root).text, self.verifier, self.private.sign).whole

    def body(self, old: int, kept: Kept, size: int | None = None) -> str:
        """With the true proof from `old`."""
        to = kept.size if size is None else size
        return submission_text(old=old, proof=consistency_proof(kept.read, old, to), note=self.note(kept, to))


@dataclass(frozen=True)
class Started:
    """A witness that runs. `key`: as its page tells it."""

    port: int
    folder: Path
    running: Running
    log_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> Verifier:
        line = next(each for each in self.get("/").text.split("\n") if each.startswith("Public key: "))
        return Verifier.read(line.removeprefix("Public key: "))

    @property
    def memory(self) -> Memory:
        return Memory(self.folder / MEMORY)

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", timeout=20)

    def add(self, body: str | bytes) -> requests.Response:
        content = body.encode() if isinstance(body, str) else body
        return requests.post(f"{self.url}/add-checkpoint", data=content, timeout=20)

    def said(self) -> str:
        return self.log_file.read_text(errors="replace")


@contextmanager
def started(folder: Path, logs: Sequence[Log], *options: str, **environment: str) -> Iterator[Started]:
    """`manage.py witness`, as an operator starts it, until the block ends."""
    (port,) = free_ports(1)
    argv = [sys.executable, str(ROOT / "manage.py"), "witness", "--folder", str(folder), "--port", str(port), *options]
    argv += [word for log in logs for word in ("--log", log.verifier.text)]
    with running(argv, port, folder, **environment) as there:
        yield there


@contextmanager
def running(argv: Sequence[str], port: int, folder: Path, **environment: str) -> Iterator[Started]:
    """Any process that serves a witness."""
    log_file = folder.with_name(f"{folder.name}-{port}.log")
    env = installation(folder.parent / "data", **environment)
    ready = {"is_ready": lambda: port_answers(port), "timeout_s": 60}
    # killed at the end: how it ends when it is asked to has a test of its own
    with server(argv, **ready, log=log_file, grace_s=0, cwd=ROOT, env=env) as process:
        yield Started(port, folder, process, log_file)


def installation(data: Path, **environment: str) -> dict[str, str]:
    """A machine of its own: nothing of this session's database reaches it."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CONTINUITY_")}
    return {**others, "CONTINUITY_DATA": str(data), "PYTHONUNBUFFERED": "1", **environment}


def cosignature_in(answer: requests.Response | Answer, note: str, key: Verifier) -> int:
    """When the witness cosigned; fails where the answer is no cosignature of this note."""
    told = note_read(note)
    assert answer.text.endswith("\n")
    whole = note_read(told.whole + answer.text)
    assert whole.text == told.text
    return signatures_of(Note(whole.text, whole.signatures[len(told.signatures) :]), [key])[0][1].signed_at


def witness_of(folder: Path, *logs: Log, now=lambda: 1_800_000_000.0) -> Witness:
    """One in this process, with a clock of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / MEMORY
    memory = Memory(path) if path.exists() else Memory.make(path, name=NAME)
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = Verifier(NAME, public_of(private), COSIGNATURE)
    watched = {log.origin: [log.verifier] for log in logs}
    return Witness(verifier=key, sign=private.sign, logs=watched, memory=memory, now=now)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()
