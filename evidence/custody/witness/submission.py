"""What a log sends to a witness: the size the witness knows, the proof from there, and the signed checkpoint.

Read as strictly as it is specified, because it comes from anybody. Signatures are not looked at here.
"""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.custody.tree.checkpoint import PROOF_HASHES_MAX, Checkpoint, hash_lines
from evidence.custody.tree.hashing import HASH_BYTES
from evidence.custody.tree.note import Note, NoteInvalid, note_read

SIZE_MAX = 2**63 - 1
"""What a memory can hold; no log has more entries."""
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


class SubmissionInvalid(ValueError):
    """It is no submission; the message says why."""


@dataclass(frozen=True, slots=True)
class Submission:
    """`old`: the size that the sender believes the witness to know. `proof`: from there to the checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def submission_read(body: bytes) -> Submission:
    """From a request's body.

    Raises:
        SubmissionInvalid: it is none.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        raise SubmissionInvalid("It is not text in UTF-8.") from wrong
    head, gap, whole = text.partition("\n\n")
    first, *rest = head.split("\n")
    old = _OLD.fullmatch(first)
    if not gap or old is None:
        raise SubmissionInvalid("It begins with 'old' and a size, then a proof, an empty line and a checkpoint.")
    if len(rest) > PROOF_HASHES_MAX:
        raise SubmissionInvalid(f"A proof has at most {PROOF_HASHES_MAX} lines.")
    proof = tuple(_hash(line) for line in rest)
    try:
        note = note_read(whole)
        checkpoint = Checkpoint.read(note.text)
    except NoteInvalid as wrong:
        raise SubmissionInvalid(str(wrong)) from wrong
    if max(checkpoint.size, int(old[1])) > SIZE_MAX:
        raise SubmissionInvalid("No log has so many entries.")
    if int(old[1]) > checkpoint.size:
        raise SubmissionInvalid(f"The old size, {old[1]}, is greater than that of the checkpoint, {checkpoint.size}.")
    return Submission(int(old[1]), proof, note, checkpoint)


def submission_text(*, old: int, proof: Sequence[bytes], note: str) -> str:
    """As a log sends it."""
    return f"old {old}\n{hash_lines(proof)}\n{note}"


def _hash(line: str) -> bytes:
    """One way to write each hash: Base64 that decodes alike but is spelt otherwise is refused."""
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise SubmissionInvalid("A line of the proof is not in Base64.") from wrong
    if len(found) != HASH_BYTES or base64.b64encode(found).decode() != line:
        raise SubmissionInvalid("A line of the proof is not a hash of 32 bytes.")
    return found
