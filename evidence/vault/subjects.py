"""The vault as a subject of its own: a run of the checks is an event, and not one of any single item."""

from uuid import NAMESPACE_URL, uuid5

from evidence.custody.parties import Subject

VAULT = Subject(kind="vault", id=uuid5(NAMESPACE_URL, "urn:continuity:vault"))
