"""A custody report as plain data, gathered once: PDF and JSON are written from this.

A report of an item lists its record 1 to n without a gap; what its reader may not see is there by number and leaf hash.
A report across items, by person or days, leaves such lines out. A newcomer's trap: it never counts what it left out,
and says the same words whether there was anything or not; a number would tell that somebody looked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from evidence.audit.policy import sees_consultations
from evidence.audit.queries import ReadLine, Search, openings_of
from evidence.cases.models import Case, Exhibit
from evidence.custody.anchors import anchored
from evidence.custody.checkpoints import head_last, keys_of, note_of, places_of, proofs_of
from evidence.custody.models import TreeHead
from evidence.custody.parties import Actor, Reason
from evidence.custody.queries import Line
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.note import Verifier, note_read
from evidence.custody.tree.tiles import TileMissing
from evidence.identity.who import Who
from evidence.recordings.models import FileRole, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.queries import files_of

LINES_MAX = 2_000
"""What is made while somebody waits for it: a line takes about 5 ms of PDF and 1 ms of proof on a slow core."""
WITHHELD = "withheld"
NUMBERED = (
    "Who only looked, or was refused, is told to auditors and professional standards. Every such line of others is "
    "here with its number and leaf hash."
)
LEFT_OUT = (
    "Who only looked, or was refused, is told to auditors and professional standards. Any such lines of others are "
    "left out of this report."
)


class ScopeKind(StrEnum):
    """What a report is of."""

    RECORDING = "recording"
    CASE = "case"
    SEARCH = "search"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a report is of. `title` for people; of a search `search` is what was looked for, `person` whose acts."""

    kind: ScopeKind
    id: UUID | None = None
    title: str = ""
    search: Search | None = None
    person: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLine:
    """One line. `line` is None where it is withheld. `state`: recorded, sealed or anchored; `proof`: its tlog-proof,
    None while it is only recorded; `texts`: by field what opens its commitment."""

    seq: int
    leaf_sha256: str
    state: str
    proof: str | None
    line: Line | None
    texts: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, kw_only=True)
class ReportItem:
    """An item with its record, as it was read and, once it is sealed, as `lines`. `is_told` False: a part of the case
    whose record this reader may not read; of it no more is said than by which references the case has it. `sha256s`: of
    its sealed files."""

    kind: str
    id: UUID | None
    title: str
    references: tuple[str, ...] = ()
    sha256s: tuple[str, ...] = ()
    is_told: bool = True
    read: tuple[ReadLine, ...] = ()
    lines: tuple[ReportLine, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReportLog:
    """The log's newest checkpoint when the report was made, to which all proofs lead. `note`: as it is signed; `keys`:
    under whose names; `problem`: why nothing could be proved."""

    note: str
    signed_at: datetime
    checkpoint: Checkpoint
    keys: Sequence[Verifier]
    problem: str


@dataclass(frozen=True, kw_only=True)
class Report:
    """A report. `items` of a recording or a case, `lines` of a search. `log` is None before the first checkpoint."""

    force: str
    made_at: datetime
    made_by: Actor
    post: str
    reason: Reason
    scope: Scope
    withholding: str
    log: ReportLog | None
    items: tuple[ReportItem, ...] = ()
    lines: tuple[ReportLine, ...] = ()

    @property
    def count(self) -> int:
        """How many lines stand in it."""
        return len(self.lines) + sum(len(item.lines) for item in self.items)


def withholding_words(who: Who, scope: ScopeKind) -> str:
    """What this reader is told of what they are not shown; '' for who sees all."""
    if sees_consultations(who):
        return ""
    return LEFT_OUT if scope == ScopeKind.SEARCH else NUMBERED


def case_exhibits(who: Who, case: Case) -> tuple[dict[Recording, tuple[str, ...]], list[str]]:
    """The recordings that are or were exhibits of the case and whose record this reader may read, each with its
    references; and the references of all others."""
    exhibits = list(Exhibit.objects.filter(case=case))
    readable = RECORDINGS.rows(who, Right.CUSTODY).filter(pk__in=[each.recording_id for each in exhibits])
    rows = {row.pk: row for row in readable.select_related("officer")}
    found: dict[Recording, tuple[str, ...]] = {}
    for exhibit in exhibits:
        if exhibit.recording_id in rows:
            recording = rows[exhibit.recording_id]
            found[recording] = (*found.get(recording, ()), exhibit.reference)
    return found, [each.reference for each in exhibits if each.recording_id not in rows]


def sha256s_of(recording: Recording) -> tuple[str, ...]:
    """SHA-256 of its sealed files, by part."""
    return tuple(file.sha256 for file in files_of(recording, FileRole.MASTER, FileRole.COPY))


class Sealer:
    """Gives lines their states and proofs, all to one checkpoint: the newest when it was made."""

    def __init__(self) -> None:
        self._head: TreeHead | None = head_last()
        self._problem = ""

    def sealed(self, read: Sequence[ReadLine]) -> Iterator[ReportLine]:
        """These lines as they stand in a report."""
        events = [item.uuid for item in read]
        shown = [item.uuid for item in read if item.line is not None]
        size = self._head.size if self._head else 0
        inside = {event for event, place in places_of(events).items() if place < size}
        beyond = anchored(events)
        proofs, texts = self._proofs(events), openings_of(shown)
        for item in read:
            state = ("anchored" if item.uuid in beyond else "sealed") if item.uuid in inside else "recorded"
            yield ReportLine(
                seq=item.seq, leaf_sha256=item.leaf_sha256, state=state, proof=proofs.get(item.uuid), line=item.line,
                texts=texts.get(item.uuid, {}),
            )  # fmt: skip

    @property
    def log(self) -> ReportLog | None:
        """The checkpoint; call when all lines are sealed."""
        if self._head is None:
            return None
        note = note_of(self._head)
        return ReportLog(
            note=note, signed_at=self._head.at, checkpoint=Checkpoint.read(note_read(note).text),
            keys=keys_of(self._head), problem=self._problem,
        )  # fmt: skip

    def _proofs(self, events: Sequence[UUID]) -> dict[UUID, str]:
        if self._head is None:
            return {}
        try:
            return {event: proof.text for event, proof in proofs_of(events, self._head).items()}
        except TileMissing as damaged:
            self._problem = f"The tree over the record is damaged, nothing can be proved. {damaged}"
            return {}
