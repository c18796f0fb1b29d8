"""The custody record as a subject of its own: a search through it is an event, and not one of any single item."""

from uuid import NAMESPACE_URL, uuid5

from evidence.custody.parties import Subject

RECORD = Subject(kind="record", id=uuid5(NAMESPACE_URL, "urn:continuity:custody-record"))
