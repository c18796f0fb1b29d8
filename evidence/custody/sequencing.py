"""Gives committed events their places in the tree, in batches; one writer at a time, whoever runs it.

On PostgreSQL numbers of rows are given out before transactions commit, so a row may appear below one that was seen
already: only rows whose transaction is older than every transaction of this database that still runs are taken, in
order of transaction (`xid`), and none can appear among them any more. Other databases of the same server share these
numbers: their transactions are passed over where it is certain that they are theirs (a process that was there before
the snapshot, so that its number cannot be another's since). SQLite has one writer, so rows appear in order.
Numbers of another server, brought along by a restore, are not compared with this one's: `cluster` sees to that. A
newcomer's trap: a transaction that hangs holds the sequencer back, and that is right; what must not happen is a leaf
that was passed over.
"""

from collections.abc import Sequence

from django.db import connection, transaction

from evidence.custody.cluster import cluster_require
from evidence.custody.models import Event, Leaf, Tile
from evidence.custody.tree.hashing import leaf_hash
from evidence.custody.tree.tiles import TileMissing, tiles_after

BATCH = 10_000
_LOCK = 0x436F6E74  # any number of ours: PostgreSQL's advisory lock of the one sequencer
_NEXT = """
    WITH elsewhere AS MATERIALIZED (
        SELECT held.transactionid FROM pg_locks held JOIN pg_stat_activity who ON who.pid = held.pid
        WHERE held.locktype = 'transactionid' AND held.mode = 'ExclusiveLock' AND held.granted
        AND who.datid <> (SELECT oid FROM pg_database WHERE datname = current_database())
        AND who.backend_start < now()
    ), running AS MATERIALIZED (
        SELECT min(id::text::bigint) AS first FROM pg_snapshot_xip(pg_current_snapshot()) id
        WHERE id::xid NOT IN (SELECT transactionid FROM elsewhere)
    )
    SELECT position, body FROM custody_event
    WHERE position > %s AND (xid, position) > (%s, %s)
    AND xid < (SELECT coalesce(first, pg_snapshot_xmax(pg_current_snapshot())::text::bigint) FROM running)
    ORDER BY xid, position LIMIT %s
"""


def sequence(*, batch: int = BATCH) -> int:
    """Place the next events, at most `batch`; returns how many. Safe to run at once and to kill at any line.

    Raises:
        TileMissing: the tiles are not what the leaves say.
        ClusterOther: the record was brought here from another database server.
    """
    with transaction.atomic():
        sequencer_lock()
        return events_place(_next(leaf_last(), batch))


def events_place(rows: Sequence[tuple[int, bytes]]) -> int:
    """Give these events, position and body, the next places in this order; returns how many. Inside the lock.

    Raises:
        TileMissing: the tiles are not what the leaves say.
    """
    if rows:
        size = tree_size()
        _leaves_write(size, [position for position, _ in rows])
        for tile in tiles_after(tile_read, size, (leaf_hash(body) for _, body in rows)):
            _tile_write(tile.level, tile.number, tile.hashes)
    return len(rows)


def sequence_all() -> int:
    """Place all that can be placed now; returns how many."""
    placed = 0
    while found := sequence():
        placed += found
    return placed


def tile_read(level: int, number: int) -> bytes:
    """A tile's hashes, as many as it has. Raises TileMissing."""
    # not first(): its order by key can make PostgreSQL walk the table instead of the index
    found = next(iter(Tile.objects.filter(level=level, number=number).values_list("hashes", flat=True)), None)
    if found is None:
        raise TileMissing(level, number)
    return bytes(found)


def tree_size() -> int:
    """How many events have a place."""
    last = leaf_last()
    return 0 if last is None else last.index + 1


def leaf_last() -> Leaf | None:
    """The last place of the tree."""
    return Leaf.objects.order_by("-index").first()


def sequencer_lock() -> None:
    """Until the transaction ends nobody else sequences. SQLite's transaction is the only writer from its beginning."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _next(last: Leaf | None, batch: int) -> list[tuple[int, bytes]]:
    if connection.vendor != "postgresql":
        rows = Event.objects.filter(position__gt=last.position if last else 0).order_by("position")
        return [(position, bytes(body)) for position, body in rows.values_list("position", "body")[:batch]]
    begun = cluster_require(last)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [begun.position, begun.last_xid, begun.last_position, batch])
        return [(position, bytes(body)) for position, body in cursor.fetchall()]


def _leaves_write(size: int, positions: list[int]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                'INSERT INTO custody_leaf ("index", position) '
                "SELECT %s + row - 1, position FROM unnest(%s::bigint[]) WITH ORDINALITY AS given(position, row)",
                [size, positions],
            )
        return
    Leaf.objects.bulk_create([Leaf(index=at, position=position) for at, position in enumerate(positions, start=size)])


def _tile_write(level: int, number: int, hashes: bytes) -> None:
    if not Tile.objects.filter(level=level, number=number).update(hashes=hashes):
        Tile.objects.create(level=level, number=number, hashes=hashes)
