"""Bringing the record into another PostgreSQL server: what waits gets its place, and the new server's numbers begin.

No event is changed, so the append-only promise needs no exception: a row of `Cluster` says from which position on the
transaction numbers are those of the new server. Up to there everything has a place when this is done.
"""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from evidence.custody.cluster import identifier, is_here
from evidence.custody.hanging import limits_lift
from evidence.custody.models import Cluster, Event, Leaf
from evidence.custody.sequencing import BATCH, events_place, leaf_last, sequencer_lock


@dataclass(frozen=True, slots=True)
class Restamped:
    """How many events that waited were placed, and the last position that came along."""

    placed: int
    begins_after: int


def record_restamp() -> Restamped | None:
    """Place what came along without a place, in the order in which it was written, and begin anew behind it.

    Waits for events that are being written, and lets none be written meanwhile. None where the record is where it was.

    Raises:
        TileMissing: the tiles are not what the leaves say.
    """
    if connection.vendor != "postgresql":
        return None
    limits_lift(connection)
    with transaction.atomic():
        sequencer_lock()
        with connection.cursor() as cursor:
            # no position below the highest can still be on its way: whoever writes has taken the table's lock first
            cursor.execute("LOCK TABLE custody_event IN SHARE MODE")
        if is_here(leaf_last()):
            return None
        after = Event.objects.aggregate(last=Max("position"))["last"] or 0
        placed = _waiting_place()
        Cluster.objects.create(identifier=identifier(), begins_after=after, at=timezone.now())
    return Restamped(placed, after)


def _waiting_place() -> int:
    without = ~Exists(Leaf.objects.filter(position=OuterRef("position")))
    waiting = Event.objects.filter(without).order_by("position").values_list("position", "body")
    placed, rows = 0, list[tuple[int, bytes]]()
    for position, body in waiting.iterator(BATCH):
        rows.append((position, bytes(body)))
        if len(rows) == BATCH:
            placed += events_place(rows)
            rows = []
    return placed + events_place(rows)
