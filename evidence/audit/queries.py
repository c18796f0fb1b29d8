"""Reads of the custody record for people: one item's record as its reader may see it, and searches across items."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from evidence.audit.errors import CheckpointsSwapped, CheckpointUnknown
from evidence.audit.policy import is_withheld
from evidence.audit.words import Entry, entries
from evidence.court.bundle.record import erased_facts, leaf_hash
from evidence.custody.checkpoints import head_last, keys_known, note_of, proofs_of, witnesses_known
from evidence.custody.models import Commitment, Event, LogKey, TreeHead
from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.sequencing import tile_read
from evidence.custody.tree.tiles import TileMissing, consistency_proof
from evidence.custody.verbs import Category, Verb
from evidence.http.templatetags.words import times
from evidence.identity.models import Person, SecurityEntry
from evidence.identity.who import Who
from evidence.recordings.models import Recording
from evidence.recordings.policy import KIND, sees_others
from evidence.recordings.reasons import LABELS

Summary = list[tuple[str, str]]
_AT_ONCE = 5_000
"""Well under the number of parameters that SQLite takes in one statement."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line as its reader may see it: `line` is None where it is withheld, and only its place and hash are told."""

    seq: int
    uuid: UUID
    leaf_sha256: str
    line: Line | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for in the record; empty fields do not narrow. Times UTC."""

    actor: UUID | None = None
    item: UUID | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """True when it says a person, an item, or a time from which."""
        return bool(self.actor or self.item or self.from_at)

    @property
    def data(self) -> dict[str, object]:
        """As it stands in the event of the search."""
        return {
            "person": str(self.actor) if self.actor else None, "item": str(self.item) if self.item else None,
            "from": self.from_at.isoformat() if self.from_at else None,
            "until": self.until_at.isoformat() if self.until_at else None,
        }  # fmt: skip


def record_of(who: Who, recording: Recording) -> list[ReadLine]:
    """Every line of a recording's record, 1 to n without a gap."""
    return read_as(who, subject_events(KIND, recording.id))


def read_as(who: Who, events: Iterable[Event]) -> list[ReadLine]:
    """These events as their reader may see them, in the order given."""
    return [
        ReadLine(line.seq, line.uuid, leaf_hash(line.raw), None if is_withheld(who, line) else line)
        for line in lines(events)
    ]


def own_lines(who: Who, recording: Recording) -> list[Line]:
    """What this person did with a recording."""
    return lines(subject_events(KIND, recording.id).filter(actor_kind=who.actor.kind.value, actor_id=who.id))


def told(shown: Iterable[Line]) -> list[Entry]:
    """Lines in plain words, newest first."""
    return entries(shown, reasons=LABELS)[::-1]


def summary_of(who: Who, recording: Recording) -> Summary:
    """Continuity in a few lines that betray nobody's look: what was done to it and with it, never who watched.

    What others were given and what others made of it is counted for those alone who are told of it (`sees_others`)."""
    counts: dict[str, int] = {}
    for verb, category in subject_events(KIND, recording.id).filter(outcome="done").values_list("verb", "category"):
        counts[verb] = counts.get(verb, 0) + 1
        if category == Category.DISCLOSURE:
            counts[category] = counts.get(category, 0) + 1
    changed = sum(counts.get(verb, 0) for verb in (Verb.CATEGORY_CHANGED, Verb.DETAILS_CHANGED, Verb.MARKER_ADDED))
    others = [
        ("Working copies made of it", str(counts.get(Verb.COPY_MADE, 0))),
        ("Given to somebody", _often(counts.get(Category.DISCLOSURE, 0))),
    ]
    return [
        ("Originals sealed", str(counts.get(Verb.MASTER_SEALED, 0) + counts.get(Verb.COPY_SEALED, 0))),
        *(others if sees_others(who, recording) else []),
        ("Produced as an exhibit", _often(counts.get(Verb.EXHIBIT_PRODUCED, 0))),
        ("Tagged or marked", _often(changed)),
    ]


def _often(count: int) -> str:
    return times(count).capitalize()


def found_by(search: Search) -> QuerySet[Event]:
    """Events that match, newest first."""
    exact: dict[str, Any] = {
        "actor_id": search.actor, "subject_id": search.item, "at__gte": search.from_at, "at__lt": search.until_at,
    }  # fmt: skip
    return Event.objects.filter(**{name: value for name, value in exact.items() if value}).order_by("-position")


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuritySearch:
    """What is looked for in the security log; empty fields do not narrow."""

    person: Person | None = None
    kind: str = ""


def security_found(search: SecuritySearch, before: UUID | None = None) -> QuerySet[SecurityEntry]:
    """Lines of the security log that match, newest first; older than the line `before`.

    A person's lines are those of what they did, of what was done to them, and of sign-ins tried with their name.
    """
    found = SecurityEntry.objects.select_related("person", "about")
    if search.kind:
        found = found.filter(kind=search.kind)
    if search.person is not None:
        tried = Q(person=None, kind__startswith="sign-in", detail__iexact=search.person.username)
        found = found.filter(Q(person=search.person) | Q(about=search.person) | tried)
    last = SecurityEntry.objects.filter(pk=before).first() if before else None
    if last is not None:
        found = found.filter(Q(at__lt=last.at) | Q(at=last.at, id__lt=last.id))
    return found.order_by("-at", "-id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What anybody may know of the log: its public keys, the newest last, those of its witnesses, and its newest
    checkpoint with its signed note, cosignatures included."""

    keys: Sequence[LogKey]
    witnesses: Sequence[LogKey]
    head: TreeHead | None
    note: str

    @property
    def newest(self) -> LogKey | None:
        """The key that signs now."""
        return self.keys[-1] if self.keys else None

    @property
    def root(self) -> str:
        """The root under the newest checkpoint, hex; '' before the first."""
        return bytes(self.head.root).hex() if self.head else ""


def published() -> Published:
    """The log as it is shown to everybody. It says nothing of any recording."""
    head = head_last()
    return Published(
        keys=keys_known(), witnesses=witnesses_known(), head=head, note=note_of(head) if head else "",
    )  # fmt: skip


def consistency_of(old: int, new: int | None) -> dict[str, Any]:
    """That the checkpoint over `new` events, or the newest, continues the one over `old`: `hashes` (RFC 9162, 2.1.4) in
    Base64, and the newer `checkpoint` as it is signed.

    Raises:
        CheckpointUnknown: one of them was never signed. CheckpointsSwapped: `old` is the newer one.
        TileMissing: the tree is damaged.
    """
    later = head_last() if new is None else TreeHead.objects.filter(size=new).order_by("-id").first()
    if later is None:
        raise CheckpointUnknown(new or 0)
    if old > later.size:
        raise CheckpointsSwapped
    if not TreeHead.objects.filter(size=old).exists():
        raise CheckpointUnknown(old)
    hashes = consistency_proof(cache(tile_read), old, later.size)
    told = [b64encode(each).decode() for each in hashes]
    return {"old": old, "new": later.size, "hashes": told, "checkpoint": note_of(later)}


def jsonl_of(read: Iterable[ReadLine]) -> Iterator[str]:
    """One JSON line an event: `seq`, `leaf`, `withheld`, `proof` (that it is in the tree, as a `.tlog-proof` file has
    it; null while it is not under a signed checkpoint); whole ones also `body` (the very text that is hashed) and
    `texts` (field to salt and text), so that anybody can check the commitments, and `erased` for those that were
    erased. Where the tree is damaged no line has a proof and each says so as `problem`: the record itself is whole
    without it."""
    items = list(read)
    problem: dict[str, str] = {}
    try:
        proofs = proofs_of([item.uuid for item in items])
    except TileMissing as damaged:
        proofs, problem = {}, {"problem": f"The tree over the record is damaged, nothing can be proved. {damaged}"}
    opened = openings_of([item.uuid for item in items if item.line is not None])
    for item in items:
        proof = proofs.get(item.uuid)
        facts: dict[str, Any] = {
            "seq": item.seq, "leaf": item.leaf_sha256, "withheld": item.line is None,
            "proof": proof.text if proof else None, **problem,
        }  # fmt: skip
        if item.line is not None:
            facts |= {"body": item.line.raw.decode(), "texts": opened.get(item.uuid, {})}
            facts |= erased_facts(item.line)
        yield f"{json.dumps(facts, ensure_ascii=False, sort_keys=True)}\n"


def openings_of(events: Sequence[UUID]) -> dict[UUID, dict[str, dict[str, str]]]:
    """What opens the commitments of these events: by field, salt (hex) and text. Erased ones are absent."""
    found: dict[UUID, dict[str, dict[str, str]]] = {}
    for start in range(0, len(events), _AT_ONCE):
        for row in Commitment.objects.filter(event__in=events[start : start + _AT_ONCE]).order_by("field"):
            opening = {"salt": bytes(row.salt).hex(), "text": row.text}
            found.setdefault(row.event, {})[row.field] = opening
    return found
