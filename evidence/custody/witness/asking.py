"""How a log asks a witness for its cosignature (C2SP tlog-witness, the client's side).

What comes back is another's: its length, its time and its words are limited, redirects are not followed, and it counts
for nothing but a cosignature that the configured key verifies.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import requests

from evidence.custody.tree.note import NoteInvalid, Signature, Verifier, note_read, signatures_of
from evidence.custody.witness.submission import submission_text

ANSWER_MAX_BYTES = 64 * 1024
_WORDS_MAX = 300
_SIZE_KIND = "text/x.tlog.size"
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n?")
ProofOf = Callable[[int, int], Sequence[bytes]]
"""The hashes that show the tree of the first size to be the beginning of that of the second."""


class AskingFailed(Exception):
    """Base of the family: there is no cosignature; the message says why."""


class WitnessAway(AskingFailed):
    """The witness that was asked does not answer: ask again later."""


class WitnessRefused(AskingFailed):
    """It answered, and did not cosign. `status`: of HTTP; 200 where its answer is no cosignature of its key."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"The witness refused ({status}): {words}")
        self.status = status
        self.words = words


class WitnessAhead(AskingFailed):
    """It has cosigned more entries than we have: our log was set back."""

    def __init__(self, *, known: int, size: int) -> None:
        super().__init__(
            f"The witness has cosigned {known:,} entries of this record, which has {size:,}: the record was set back. "
            "Bring back the backup that is whole; sign nothing before."
        )
        self.known = known
        self.size = size


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    kind: str
    text: str

    @property
    def refusal(self) -> WitnessRefused:
        words = "".join(letter if letter.isprintable() else " " for letter in self.text[:_WORDS_MAX]).strip()
        return WitnessRefused(self.status, words or "It gave no reason.")

    @property
    def known(self) -> int:
        """The size that a 409 tells."""
        found = _SIZE.fullmatch(self.text)
        if self.kind.partition(";")[0].strip().lower() != _SIZE_KIND or found is None:
            raise self.refusal
        return int(found[1])


def cosignature_ask(
    *, url: str, witness: Verifier, note: str, size: int, old: int, proof_of: ProofOf, timeout_s: float
) -> Signature:
    """The witness's cosignature of a checkpoint.

    `url`: the witness's submission prefix, http or https. `witness`: its public key, a cosignature's. `note`: the
    signed checkpoint, over `size` entries. `old`: the size it cosigned last, as far as we know; 0 if we do not.
    `timeout_s`: for each of at most two requests.

    Raises:
        WitnessAway: it does not answer, or cannot at the moment: ask again later.
        WitnessRefused: it answered, and did not cosign; or its answer is no cosignature by its key.
        WitnessAhead: it has cosigned more than we have.
    """

    def sent(known: int) -> _Answer:
        return _sent(url, submission_text(old=known, proof=proof_of(known, size), note=note), timeout_s)

    old = min(old, size)
    answer = sent(old)
    if answer.status == 409:
        known = answer.known
        if known > size:
            raise WitnessAhead(known=known, size=size)
        if known == old:
            raise WitnessRefused(409, f"It knows another root over {known:,} entries of this log.")
        answer = sent(known)
        if answer.status == 409 and answer.known > size:
            raise WitnessAhead(known=answer.known, size=size)
    if answer.status >= 500 or answer.status == 429:
        raise WitnessAway(f"The witness cannot answer at the moment ({answer.status}).")
    if answer.status != 200:
        raise answer.refusal
    return _cosignature(answer, witness, note)


def _cosignature(answer: _Answer, witness: Verifier, note: str) -> Signature:
    text = note_read(note).text
    try:
        told = note_read(f"{text}\n{answer.text}")
        if told.text != text:
            raise NoteInvalid("It is more than signature lines.")
        return signatures_of(told, [witness])[-1][1]
    except NoteInvalid as wrong:
        raise WitnessRefused(200, f"What it sent is no cosignature by {witness.name}. {wrong}") from wrong


def _sent(url: str, body: str, timeout_s: float) -> _Answer:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Encoding": "identity"}
    until = time.monotonic() + timeout_s
    try:
        with requests.post(
            f"{url.rstrip('/')}/add-checkpoint",
            data=body.encode(), headers=headers, timeout=timeout_s, allow_redirects=False, stream=True,
        ) as response:  # fmt: skip
            content = _read(response, until)
            return _Answer(response.status_code, response.headers.get("Content-Type", ""), content)
    except requests.RequestException as away:
        raise WitnessAway(f"The witness did not answer ({type(away).__name__}).") from away


def _read(response: requests.Response, until: float) -> str:
    """Byte by byte: a witness that lets its answer drip is not waited for longer than one that says nothing."""
    content = bytearray()
    for piece in response.iter_content(chunk_size=1):
        content += piece
        if len(content) > ANSWER_MAX_BYTES:
            raise WitnessAway("The witness answers with more than any answer has.")
        if time.monotonic() > until:
            raise WitnessAway("The witness answers too slowly.")
    return content.decode(errors="replace")
