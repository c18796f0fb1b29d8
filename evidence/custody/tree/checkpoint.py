"""Checkpoints (C2SP tlog-checkpoint) and proofs that travel alone (tlog-proof), as they are written and read."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from evidence.custody.tree.hashing import HASH_BYTES, is_included
from evidence.custody.tree.note import NoteInvalid, note_read

PROOF_HEADER = "c2sp.org/tlog-proof@v1"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
PROOF_HASHES_MAX = 63


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the tree that a signature stands under: `size` entries, `root` over them, of the log `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def read(cls, text: str) -> "Checkpoint":
        """From a note's text; further lines are passed over.

        Raises:
            NoteInvalid: it is no checkpoint.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]) or not _NUMBER.fullmatch(lines[1]):
            raise NoteInvalid("A checkpoint is three lines: log, number of entries, root.")
        return cls(lines[0], int(lines[1]), _hash(lines[2]))


@dataclass(frozen=True, slots=True)
class Proof:
    """That one entry is in the log: its number, the hashes beside its way up, and the signed checkpoint."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str

    @property
    def text(self) -> str:
        """As a `.tlog-proof` file holds it."""
        lines = [PROOF_HEADER, f"index {self.index}", *(base64.b64encode(each).decode() for each in self.hashes)]
        return "\n".join(lines) + f"\n\n{self.checkpoint}"

    @classmethod
    def read(cls, text: str) -> "Proof":
        """From such a file.

        Raises:
            NoteInvalid: it is none.
        """
        head, gap, checkpoint = text.partition("\n\n")
        lines = head.split("\n")
        if not gap or lines[0] != PROOF_HEADER:
            raise NoteInvalid(f"A proof begins with '{PROOF_HEADER}'.")
        rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
        number = rest[0].removeprefix("index ") if rest else ""
        if not rest or rest[0] == number or not _NUMBER.fullmatch(number) or len(rest) > 1 + PROOF_HASHES_MAX:
            raise NoteInvalid("A proof names the number of its entry, then one hash a line.")
        return cls(int(number), tuple(_hash(line) for line in rest[1:]), checkpoint)

    def shows(self, entry_hash: bytes) -> bool:
        """Whether it leads from the entry to the root of its checkpoint. Signatures are not looked at here."""
        stated = Checkpoint.read(note_read(self.checkpoint).text)
        return is_included(
            index=self.index, size=stated.size, leaf=entry_hash, proof=self.hashes, root=stated.root
        )  # fmt: skip


def hash_lines(hashes: Sequence[bytes]) -> str:
    """One hash a line, as the witness protocol sends a consistency proof."""
    return "".join(f"{base64.b64encode(each).decode()}\n" for each in hashes)


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError) as wrong:
        raise NoteInvalid("A hash is not in Base64.") from wrong
    if len(found) != HASH_BYTES:
        raise NoteInvalid("A hash has 32 bytes.")
    return found
