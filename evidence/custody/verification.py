"""The whole record computed anew: bodies, columns, leaves, tiles, checkpoints. Finds what was changed, and names where.

Reads in the order of the tree, in batches, in flat memory. A newcomer's trap: that all holds here shows only that the
database agrees with itself and with what this key signed; that nothing was cut off since is shown by a checkpoint that
somebody else kept.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from evidence.custody.anchor_checks import anchors_check
from evidence.custody.clock import Clock
from evidence.custody.models import Event, TreeHead
from evidence.custody.placed import BATCH, COLUMNS, Placed, columns_text, placed
from evidence.custody.recomputing import Recomputed, leaf_stored
from evidence.custody.text_checks import gone_check, texts_check
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of
from evidence.custody.verified import Verified

_SUBJECTS = """
    SELECT kind, id, count, last, counted FROM (
        SELECT e.kind, e.id, e.count, e.last, coalesce(c.last, 0) AS counted FROM (
            SELECT subject_kind AS kind, subject_id AS id, count(*) AS count, max(subject_seq) AS last
            FROM custody_event GROUP BY subject_kind, subject_id
        ) e LEFT JOIN custody_subjectcounter c ON c.subject_kind = e.kind AND c.subject_id = e.id
        UNION ALL
        SELECT c.subject_kind, c.subject_id, 0, 0, c.last FROM custody_subjectcounter c WHERE NOT EXISTS (
            SELECT 1 FROM custody_event e WHERE e.subject_kind = c.subject_kind AND e.subject_id = c.subject_id
        )
    ) found WHERE count <> last OR counted <> last
"""


def record_verify(trusted: Sequence[Verifier] = ()) -> Verified:
    """Compute everything anew. `trusted`: each checkpoint must bear one of these keys; none: they are not checked."""
    found = Verified()
    tree = Recomputed(found.tell)
    heads = _Heads(found, trusted, tree)
    heads.reached()
    for rows in placed():
        _batch(found, tree, heads, rows)
    tree.end()
    heads.end()
    found.events = Event.objects.count()
    found.waiting = found.events - found.leaves
    _subjects_check(found)
    anchors_check(found)
    return found


def _batch(found: Verified, tree: Recomputed, heads: "_Heads", rows: list[Placed]) -> None:
    leaves: list[bytes] = []
    gone: list[tuple[UUID, str]] = []
    for index, position, body, columns, texts in rows:
        expected = tree.size + len(leaves)
        if index != expected:
            found.tell(f"Places {expected} to {index - 1} of the tree are missing.")
            leaves.extend(_known(expected, index))
        if body is None or columns is None:
            found.tell(f"The event of place {index} (row {position}) is missing.")
            leaves.extend(_known(index, index + 1))
        else:
            leaves.append(leaf_hash(body))
            stated = _columns_check(found, body, columns)
            if stated is not None:
                heads.clock.met(stated["at"], index)
                gone += texts_check(found, stated, texts)
        if heads.next_size == tree.size + len(leaves):
            tree.add(leaves)
            leaves = []
            heads.reached()
    tree.add(leaves)
    found.leaves += len(rows)
    gone_check(found, gone)


def _known(start: int, end: int) -> Iterator[bytes]:
    """What the tiles say of places whose events are gone: one that is missing shall not make all after it wrong."""
    for index in range(start, end):
        leaf = leaf_stored(index)
        if leaf is None:
            return
        yield leaf


class _Heads:
    """Signed checkpoints, met in the order of their sizes. `next_size`: of the next one; None after the last."""

    def __init__(self, found: Verified, trusted: Sequence[Verifier], tree: Recomputed) -> None:
        self._found = found
        self._trusted = trusted
        self._tree = tree
        self.clock = Clock(found.remark)
        self.next_size = self._after(-1)

    def reached(self) -> None:
        """Check those of the size that the tree has now, if there are any."""
        if self.next_size == self._tree.size:
            self._check(self._tree.size, self._tree.root)
            self.next_size = self._after(self._tree.size)

    @staticmethod
    def _after(size: int) -> int | None:
        return TreeHead.objects.filter(size__gt=size).order_by("size").values_list("size", flat=True).first()

    def _check(self, size: int, root: bytes) -> None:
        for head in TreeHead.objects.filter(size=size).order_by("id").iterator(BATCH):
            self._found.heads += 1
            if bytes(head.root) != root:
                self._found.tell(f"Checkpoint {head.id} over {size:,} events has another root: it was changed.")
            self._signature_check(head)
            self.clock.signed(head.at, f"Checkpoint {head.id}")

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

    def end(self) -> None:
        """Those that nothing is left for."""
        while self.next_size is not None:
            self._found.tell(
                f"A checkpoint over {self.next_size:,} events was signed, and the tree has {self._tree.size:,}: "
                "events were cut off."
            )
            self.next_size = self._after(self.next_size)


def _columns_check(found: Verified, body: bytes, columns: str) -> dict[str, Any] | None:
    """The indexed columns say what the hashed body says; returns it, or None where it cannot be read."""
    try:
        stated: dict[str, Any] = orjson.loads(body)
        text = columns_text(stated)
    except (ValueError, KeyError, TypeError):
        found.tell(f"The body of an event cannot be read; its columns are {columns}.")
        return None
    if text != columns:
        said, kept = text.split("|"), columns.split("|")
        differing = [name for name, one, other in zip(COLUMNS, said, kept, strict=False) if one != other]
        for name in differing:
            found.tell(f"Event {stated['id']}: its column '{name}' is not what its body says.")
    return stated


def _subjects_check(found: Verified) -> None:
    """Each subject's events are 1 to n, and n is what its counter says: a row that was dropped leaves a gap."""
    with connection.cursor() as cursor:
        cursor.execute(_SUBJECTS)
        while rows := cursor.fetchmany(BATCH):
            for kind, subject, count, last, counted in rows:
                item = f"{kind} {UUID(str(subject))}"
                if count != last:
                    found.tell(f"{item} has {count} events of {last}: some are missing.")
                if counted != last:
                    found.tell(f"{item} counted {counted} events and has {last}.")
