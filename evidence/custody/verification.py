"""The whole record computed anew: bodies, columns, leaves, tiles, checkpoints. Finds what was changed, and names where.

Reads in the order of the tree, in batches, in flat memory. A newcomer's trap: that all holds here shows only that the
database agrees with itself and with what this key signed; that nothing was cut off since is shown by a checkpoint that
somebody else kept.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Max
from django.utils.dateparse import parse_datetime

from evidence.custody.models import Event, Leaf, SubjectCounter, Tile, TreeHead
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.hashing import EMPTY_ROOT, leaf_hash, node_hash
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of
from evidence.custody.tree.tiles import WIDTH

BATCH = 2_000
TOLD_AT_MOST = 200


@dataclass(slots=True)
class Verified:
    """What was looked at and what is wrong; nothing in `wrong`: it holds. At most TOLD_AT_MOST faults are kept."""

    events: int = 0
    leaves: int = 0
    heads: int = 0
    waiting: int = 0
    wrong: list[str] = field(default_factory=list)
    faults: int = 0

    def tell(self, said: str) -> None:
        """Note a fault."""
        self.faults += 1
        if len(self.wrong) < TOLD_AT_MOST:
            self.wrong.append(said)


def record_verify(trusted: Sequence[Verifier] = ()) -> Verified:
    """Compute everything anew. `trusted`: each checkpoint must bear one of these keys; none: they are not checked."""
    found = Verified()
    heads = _Heads(found, trusted)
    tree = _Tree(found)
    heads.reached(tree)
    for event, index in _in_order(found):
        tree.add(index, leaf_hash(bytes(event.body)))
        _columns_check(found, event)
        heads.reached(tree)
    tree.end()
    heads.end(tree)
    found.events = Event.objects.count()
    found.waiting = found.events - found.leaves
    _subjects_check(found)
    return found


def _in_order(found: Verified) -> Iterator[tuple[Event, int]]:
    """Each event with its place; places without an event, and gaps between places, are told."""
    expected = 0
    while rows := list(Leaf.objects.filter(index__gte=expected).order_by("index")[:BATCH]):
        events = Event.objects.in_bulk([row.position for row in rows])
        for row in rows:
            if row.index != expected:
                found.tell(f"Places {expected} to {row.index - 1} of the tree are missing.")
            expected = row.index + 1
            found.leaves += 1
            event = events.get(row.position)
            if event is None:
                found.tell(f"The event of place {row.index} (row {row.position}) is missing.")
                continue
            yield event, row.index


class _Tree:
    """Leaves added one by one; tiles compared as they fill; the root at any moment, from a hash a full subtree."""

    def __init__(self, found: Verified) -> None:
        self._found = found
        self._subtrees: list[tuple[int, bytes]] = []
        self._filling: list[list[bytes]] = []
        self._numbers: list[int] = []
        self.size = 0

    @property
    def root(self) -> bytes:
        found = b""
        for _, right in reversed(self._subtrees):
            found = node_hash(right, found) if found else right
        return found or EMPTY_ROOT

    def add(self, index: int, leaf: bytes) -> None:
        self.size = index + 1
        height, joined = 0, leaf
        while self._subtrees and self._subtrees[-1][0] == height:
            joined = node_hash(self._subtrees.pop()[1], joined)
            height += 1
            if height % 8 == 0:
                self._tile_add(height // 8, joined)
        self._subtrees.append((height, joined))
        self._tile_add(0, leaf)

    def _tile_add(self, level: int, hashed: bytes) -> None:
        while len(self._filling) <= level:
            self._filling.append([])
            self._numbers.append(0)
        self._filling[level].append(hashed)
        if len(self._filling[level]) == WIDTH:
            self._compare(level)
            self._filling[level] = []
            self._numbers[level] += 1

    def _compare(self, level: int) -> None:
        number, computed = self._numbers[level], b"".join(self._filling[level])
        stored = Tile.objects.filter(level=level, number=number).values_list("hashes", flat=True).first()
        if stored is None:
            self._found.tell(f"Tile {number} of level {level} is missing.")
        elif bytes(stored) != computed:
            self._found.tell(_tile_said(level, number, bytes(stored), computed))

    def end(self) -> None:
        """Compare the tiles that are not full, and see that there are no others."""
        count = 0
        for level, filling in enumerate(self._filling):
            if filling:
                self._compare(level)
            count += self._numbers[level] + bool(filling)
        extra = Tile.objects.count() - count
        if extra > 0:
            self._found.tell(f"There are {extra} tiles that belong to no event.")


def _tile_said(level: int, number: int, stored: bytes, computed: bytes) -> str:
    at = next((i for i in range(0, len(computed), 32) if stored[i : i + 32] != computed[i : i + 32]), len(computed))
    if level:
        return f"Tile {number} of level {level} is not what the leaves below it give, from hash {at // 32} on."
    return (
        f"Event {number * WIDTH + at // 32} of the tree is not the one that was placed there, or its tile was changed."
    )


class _Heads:
    """Signed checkpoints, met in the order of their sizes."""

    def __init__(self, found: Verified, trusted: Sequence[Verifier]) -> None:
        self._found = found
        self._trusted = trusted
        self._last = 0
        self._waiting = list(TreeHead.objects.order_by("size", "id").values_list("size", flat=True).distinct())

    def reached(self, tree: _Tree) -> None:
        while self._waiting and self._waiting[0] == tree.size:
            self._check(self._waiting.pop(0), tree.root)

    def _check(self, size: int, root: bytes) -> None:
        for head in TreeHead.objects.filter(size=size).order_by("id").iterator(BATCH):
            self._found.heads += 1
            if bytes(head.root) != root:
                self._found.tell(f"Checkpoint {head.id} over {size:,} events has another root: it was changed.")
            self._signature_check(head)

    def _signature_check(self, head: TreeHead) -> None:
        try:
            note = note_read(head.note)
            stated = Checkpoint.read(note.text)
            if self._trusted:
                signatures_of(note, self._trusted)
        except NoteInvalid as wrong:
            self._found.tell(f"Checkpoint {head.id} over {head.size:,} events does not verify: {wrong}")
            return
        if (stated.size, stated.root) != (head.size, bytes(head.root)):
            self._found.tell(f"Checkpoint {head.id} says something else than its note.")

    def end(self, tree: _Tree) -> None:
        for size in self._waiting:
            self._found.tell(
                f"A checkpoint over {size:,} events was signed, and the tree has {tree.size:,}: events were cut off."
            )


def _columns_check(found: Verified, event: Event) -> None:
    """The indexed columns say what the hashed body says."""
    try:
        body = json.loads(bytes(event.body))
        differing = [name for name, said in _stated(body).items() if getattr(event, name) != said]
    except (ValueError, KeyError, TypeError):
        found.tell(f"The body of event {event.uuid} cannot be read.")
        return
    for name in differing:
        found.tell(f"Event {event.uuid}: its column '{name}' is not what its body says.")


def _stated(body: dict[str, Any]) -> dict[str, Any]:
    actor, subject = body["actor"], body["subject"]
    return {
        "uuid": UUID(body["id"]), "act": UUID(body["act"]), "follows": _uuid(body["follows"]), "verb": body["verb"],
        "category": body["category"], "outcome": body["outcome"], "at": parse_datetime(body["at"]),
        "actor_kind": actor["kind"], "actor_id": _uuid(actor["id"]), "subject_kind": subject["kind"],
        "subject_id": UUID(subject["id"]), "subject_seq": body["subject_seq"], "request": UUID(body["request"]),
    }  # fmt: skip


def _uuid(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _subjects_check(found: Verified) -> None:
    """Each subject's events are 1 to n, and n is what its counter says: a row that was dropped leaves a gap."""
    subjects = (
        Event.objects.order_by().values("subject_kind", "subject_id").annotate(n=Count("*"), last=Max("subject_seq"))
    )
    for row in subjects.exclude(n=F("last")).iterator(BATCH):
        found.tell(
            f"{row['subject_kind']} {row['subject_id']} has {row['n']} events of {row['last']}: some are missing."
        )
    lasts = {(row["subject_kind"], row["subject_id"]): row["last"] for row in subjects.iterator(BATCH)}
    for counter in SubjectCounter.objects.iterator(BATCH):
        last = lasts.get((counter.subject_kind, counter.subject_id), 0)
        if last != counter.last:
            found.tell(f"{counter.subject_kind} {counter.subject_id} counted {counter.last} events and has {last}.")
