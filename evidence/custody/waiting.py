"""How far the sequencer is behind: lines that are written and have no place in the tree yet."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q

from evidence.custody.cluster import cluster_require
from evidence.custody.models import Event
from evidence.custody.sequencing import leaf_last

COUNTED_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Waiting:
    """`count` of lines, counted to `COUNTED_AT_MOST`, and when the first of them was written; None where none waits."""

    count: int
    since: datetime | None


def lines_waiting() -> Waiting:
    """Lines after the last one that has a place, in the order in which the sequencer takes them.

    Raises:
        ClusterOther: the record was brought here from another database server, and nothing is placed.
    """
    last = leaf_last()
    if connection.vendor == "postgresql":
        begun = cluster_require(last)
        after = Q(xid__gt=begun.last_xid) | Q(xid=begun.last_xid, position__gt=begun.last_position)
        found = Event.objects.filter(after, position__gt=begun.position).order_by("xid", "position")
    else:
        found = Event.objects.filter(position__gt=last.position if last else 0)
    times = list(found.values_list("at", flat=True)[:COUNTED_AT_MOST])
    return Waiting(len(times), min(times, default=None))
