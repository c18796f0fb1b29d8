"""What a witness decides: whether a checkpoint continues what it knows of that log, and only then its cosignature.

Statuses and their order are C2SP tlog-witness's. A newcomer's trap: anybody may send a checkpoint that a log signed,
with any proof; so a proof that fails is worth keeping and accuses nobody, while two roots of one size do.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from evidence.custody.tree.checkpoint import hash_lines
from evidence.custody.tree.hashing import EMPTY_ROOT, is_consistent
from evidence.custody.tree.note import Note, NoteInvalid, Sign, Verifier, cosigned, signatures_of
from evidence.custody.witness.errors import MemoryFailed
from evidence.custody.witness.memory import FORK, UNPROVEN, Conflict, Memory, Seen, Turn
from evidence.custody.witness.submission import Submission, SubmissionInvalid, submission_read

WORDS = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """To a request. `kind`: its media type."""

    status: int
    text: str
    kind: str = WORDS


@dataclass(frozen=True, slots=True)
class Witness:
    """`verifier`: its public key, a cosignature's. `logs`: the keys of each log that it watches, by origin. `now`: the
    clock, POSIX seconds."""

    verifier: Verifier
    sign: Sign
    logs: Mapping[str, Sequence[Verifier]]
    memory: Memory
    now: Callable[[], float]

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to a submission; what it cosigns is remembered, on the disc, before this returns."""
        try:
            asked = submission_read(body)
        except SubmissionInvalid as wrong:
            return Answer(400, f"{wrong}\n")
        keys = self.logs.get(asked.checkpoint.origin)
        if keys is None:
            return Answer(404, "This witness does not watch that log.\n")
        try:
            signed = Note(asked.note.text, tuple(signature for _, signature in signatures_of(asked.note, keys)))
        except NoteInvalid as wrong:
            return Answer(403, f"{wrong}\n")
        try:
            with self.memory.turn() as turn:
                return self._judged(turn, asked, signed)
        except MemoryFailed as failed:
            log.critical("nothing is cosigned: %s", failed)
            return Answer(503, "The witness cannot remember, so it signs nothing. Ask again later.\n")

    def log_of(self, digest: str) -> str | None:
        """The origin of the log whose `log_id` this is."""
        return next((origin for origin in self.logs if log_id(origin) == digest), None)

    def _judged(self, turn: Turn, asked: Submission, signed: Note) -> Answer:
        stated = asked.checkpoint
        known = turn.seen(stated.origin) or Seen(stated.origin, 0, EMPTY_ROOT, "")
        at_s = int(self.now())
        conflict = Conflict(
            origin=stated.origin, kind=FORK, size=stated.size, root=stated.root, at=at_s, note=signed.whole,
            proof=hash_lines(asked.proof), known=known.note,
        )  # fmt: skip
        if stated.size == known.size and stated.root != known.root:
            _conflict_keep(turn, conflict)
            return Answer(409, f"{known.size}\n", SIZE)
        if asked.old != known.size:
            return Answer(409, f"{known.size}\n", SIZE)
        if not is_consistent(
            old=known.size, new=stated.size, old_root=known.root, new_root=stated.root, proof=asked.proof
        ):  # fmt: skip
            if 0 < known.size < stated.size:
                _conflict_keep(turn, replace(conflict, kind=UNPROVEN))
            return Answer(422, "The proof does not show that this checkpoint continues the one cosigned before.\n")
        if at_s < turn.signed_at:
            log.critical("nothing is cosigned: the clock is before the newest cosignature")
            return Answer(503, "The clock of the witness went back, so it signs nothing. Ask again later.\n")
        line = cosigned(signed.text, self.verifier, self.sign, at_s)
        turn.keep(
            Seen(stated.origin, stated.size, stated.root, signed.with_signatures([line]).whole), at_s=at_s
        )  # fmt: skip
        return Answer(200, line.line)


def log_id(origin: str) -> str:
    """How a log is called in addresses: SHA-256 of its origin, in hexadecimal digits."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _conflict_keep(turn: Turn, conflict: Conflict) -> None:
    if turn.conflict_keep(conflict):
        log.critical(
            "%s: a checkpoint over %s of the log %s, signed by it, does not fit what was cosigned; kept as evidence, "
            "`manage.py witness --conflicts` shows it", conflict.kind, conflict.size, conflict.origin,
        )  # fmt: skip
