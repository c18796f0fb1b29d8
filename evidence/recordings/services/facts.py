"""What is known of a file at the moment when it is sealed: facts handed to `sealing`, nothing done with them here."""

from dataclasses import dataclass
from datetime import datetime

from evidence.fleet.models import Camera, Dock
from evidence.identity.models import Person, Unit

RECEIVED = "received"
"""`recorded_at_source` where nothing better is known than when it came."""


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is known of a file when it is sealed. `flag_reason`: why a person has to look; empty when all is known."""

    untrusted_filename: str
    recorded_at: datetime
    recorded_at_source: str
    received_at: datetime
    dock: Dock | None = None
    camera: Camera | None = None
    officer: Person | None = None
    officer_named: str = ""
    """As the sender wrote it, also where nobody is known by that; empty where they named nobody."""
    unit: Unit | None = None
    sender_key: str = ""
    part: int | None = None
    is_last: bool = False
    """The sender says that no part comes after this one."""
    incident_ref: str = ""
    flag_reason: str = ""
