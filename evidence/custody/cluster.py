"""Which PostgreSQL server the record lives in, and whether it is still the one that numbered its transactions.

A dump that is restored elsewhere brings transaction numbers of the old server along, and the new one begins its own
anew: what waits for its place would never get it, and what comes would be passed over. So the sequencer asks here
before it places anything. A newcomer's trap: `system_identifier` may not be readable (some hosts forbid it); what the
numbers themselves say is then all there is.
"""

from dataclasses import dataclass

from django.db import connection
from django.utils import timezone

from evidence.custody.errors import ClusterOther
from evidence.custody.models import Cluster, Event, Leaf

_MOVED = """
    WITH here AS MATERIALIZED (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS coming)
    SELECT EXISTS (
        SELECT FROM custody_event e, here WHERE e.position > %(position)s AND (
            e.xid >= here.coming
            OR (e.xid < %(xid)s AND NOT EXISTS (SELECT FROM custody_leaf l WHERE l.position = e.position))
        )
    )
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """From where the sequencer goes on: events behind `position` (0: all), in the order of (xid, position) after
    `last_xid` and `last_position`."""

    position: int
    last_xid: int
    last_position: int


def cluster_note() -> None:
    """Note the server when the tables are new there; the owner does so, after a migration. Nothing on SQLite."""
    if connection.vendor == "postgresql" and not Cluster.objects.exists():
        Cluster.objects.create(identifier=identifier(), begins_after=0, at=timezone.now())


def identifier() -> str:
    """The server's own number; empty where it may not be read."""
    with connection.cursor() as cursor:
        # asked first: what is refused would end the transaction
        cursor.execute("SELECT has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')")
        if not cursor.fetchone()[0]:
            return ""
        cursor.execute("SELECT system_identifier::text FROM pg_catalog.pg_control_system()")
        return str(cursor.fetchone()[0])


def cluster_require(last: Leaf | None) -> Begun:
    """Where to go on after the last place of the tree.

    Raises:
        ClusterOther: the record was brought here from another server.
    """
    begun, is_here = _found(last)
    if not is_here:
        raise ClusterOther(
            "The custody record seems to have been restored into another database server, whose transactions are "
            "numbered anew: events could be passed over. Nothing is placed or signed. If it was, run "
            "`manage.py custody_restamp` as the owner of the database, as `migrate` is run. If it was not, somebody "
            "changed the record: run `manage.py verify_custody` and find out."
        )
    return begun


def is_here(last: Leaf | None) -> bool:
    """Whether the record lives where its transaction numbers come from."""
    return _found(last)[1]


def _found(last: Leaf | None) -> tuple[Begun, bool]:
    cluster = Cluster.objects.order_by("-id").first()
    after = cluster.begins_after if cluster else 0
    begun = Begun(after, 0, 0)
    if last is not None and last.position > after:
        xid = Event.objects.values_list("xid", flat=True).get(position=last.position)
        begun = Begun(after, int(xid or 0), last.position)
    known, here = cluster.identifier if cluster else "", identifier()
    if known and here and known != here:
        return begun, False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        if begun.last_xid >= cursor.fetchone()[0]:
            return begun, False
        if known and here:
            return begun, True
        cursor.execute(_MOVED, {"position": max(after, begun.last_position), "xid": begun.last_xid})
        return begun, not cursor.fetchone()[0]
