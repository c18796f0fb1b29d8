"""The whole record computed anew: bodies, columns, leaves, tiles, checkpoints. Finds what was changed, and names where.

Reads in the order of the tree, in batches, in flat memory, as the record was at one moment: what is written meanwhile
is waiting. A newcomer's trap: that all holds here shows only that the database agrees with itself and with what this
key signed; that nothing was cut off since is shown by a checkpoint that somebody else kept.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from evidence.custody import stretches
from evidence.custody.anchor_checks import anchors_check
from evidence.custody.clock import Clock
from evidence.custody.hanging import limits_lift
from evidence.custody.models import Event, Leaf, TreeHead
from evidence.custody.recomputing import Recomputed, tiles_extra
from evidence.custody.stretches import Stretch, stretch_leaves, stretch_verify
from evidence.custody.tree.checkpoint import Checkpoint
from evidence.custody.tree.hashing import EMPTY_ROOT
from evidence.custody.tree.note import NoteInvalid, Verifier, note_read, signatures_of
from evidence.custody.verified import Verified
from evidence.custody.verifiers import Verifiers

BATCH = 4_096
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


def record_verify(trusted: Sequence[Verifier] = (), *, processes: int = 1) -> Verified:
    """Compute everything anew. `trusted`: each checkpoint must bear one of these keys; none: they are not checked.

    With more than one of `processes`, that many verify stretches of the tree where that helps: on PostgreSQL, beyond
    one stretch, and outside a transaction, whose view of the database no other process has.

    Raises:
        VerifierLost: one of the processes died.
    """
    if processes == 1 or connection.vendor != "postgresql" or connection.in_atomic_block or _size() <= stretch_leaves():
        with _one_view():
            return _verify(trusted, map(stretch_verify, *_bounds(_size())))
    connection.close()  # the processes must not share it
    with Verifiers(processes) as verifiers, _one_view():
        return _verify(trusted, verifiers.run(list(zip(*_bounds(_size()), strict=True))))


def _verify(trusted: Sequence[Verifier], parts: Iterator[Stretch]) -> Verified:
    found, rest = Verified(), Verified()
    # asked first: the processes, if there are any, are at work meanwhile
    _subjects_check(rest)
    anchors_check(rest)
    heads = _Heads(found, trusted)
    tree = Recomputed(found.tell, base=stretches.LEVELS)
    heads.reached(0, EMPTY_ROOT)
    size = 0
    for part in parts:
        found.add(part.found)
        for mark in part.marks:
            heads.clock.met(mark.times)
            heads.reached(mark.size, tree.root(mark.root))
        heads.clock.met(part.times)
        if part.is_whole:
            tree.add([part.root])
        size += part.count
    tree.end()
    if (extra := tiles_extra(size)) > 0:
        found.tell(f"There are {extra} tiles that belong to no event.")
    heads.end(size)
    found.events = Event.objects.count()
    found.waiting = found.events - found.leaves
    found.add(rest)
    return found


def _size() -> int:
    last: int | None = Leaf.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


def _bounds(size: int) -> tuple[Sequence[int], Sequence[int]]:
    """Where each stretch of a tree of `size` begins, and where it ends."""
    starts = range(0, size, stretch_leaves())
    return starts, [min(start + stretch_leaves(), size) for start in starts]


@contextmanager
def _one_view() -> Iterator[None]:
    """The database as it is at the first question, until the block ends."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            limits_lift(connection)
            yield
    else:
        # not atomic(): that takes the lock of the one writer, who shall go on
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


class _Heads:
    """Signed checkpoints, met in the order of their sizes."""

    def __init__(self, found: Verified, trusted: Sequence[Verifier]) -> None:
        self._found = found
        self._trusted = trusted
        self._coming = TreeHead.objects.order_by("size", "id").iterator(BATCH)
        self._next = next(self._coming, None)
        self.clock = Clock(found.remark)

    def reached(self, size: int, root: bytes) -> None:
        """Check those over so many events, whose root is this."""
        while self._next is not None and self._next.size == size:
            self._check(self._next, root)
            self._next = next(self._coming, None)

    def end(self, size: int) -> None:
        """Those that nothing is left for: the tree has only `size` events."""
        told = size
        while self._next is not None:
            if self._next.size != told:
                told = self._next.size
                self._found.tell(
                    f"A checkpoint over {told:,} events was signed, and the tree has {size:,}: events were cut off."
                )
            self._next = next(self._coming, None)

    def _check(self, head: TreeHead, root: bytes) -> None:
        self._found.heads += 1
        if bytes(head.root) != root:
            self._found.tell(f"Checkpoint {head.id} over {head.size:,} events has another root: it was changed.")
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
