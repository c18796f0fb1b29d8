"""What this room makes that a restriction suspends: shares with colleagues, links for people outside."""

from evidence.recordings.ways_in import way_register
from evidence.sharing.queries import links_suspendable, shares_standing


def ways_register() -> None:
    """Add the ways of this room."""
    way_register("shares", lambda recordings: shares_standing().filter(recording_id__in=recordings).count())
    way_register("links", lambda recordings: links_suspendable().filter(recording_id__in=recordings).count())
