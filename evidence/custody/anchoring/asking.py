"""How the sequencer asks those outside: each in a thread of its own, again and again, so that one that is away holds up
neither the sealing nor the others. What goes wrong is told once, and once more when it has gone on for too long.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Event, Thread

from django.conf import settings
from django.db import DatabaseError, connections

from evidence.custody.anchoring.copying import LockedCopies
from evidence.custody.anchoring.stamping import Stamper
from evidence.custody.anchors import LATE, Witness, anchor, anchor_state
from evidence.custody.errors import AnchorAway, CustodyError
from evidence.custody.models import Anchor, AnchorKind
from evidence.custody.tree.tiles import TileMissing
from evidence.custody.witness.asking import AskingFailed, WitnessAway

EVERY_S = 1.0
AGAIN_S = 30.0
"""After one did not answer, or refused."""
_AWAY = (WitnessAway, AnchorAway, DatabaseError)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outside:
    """One that anchors checkpoints. `deed`: 'cosigned'; `late`: how long a checkpoint may wait; `step`: have the next
    one anchored, None where there is nothing to do."""

    kind: AnchorKind
    name: str
    deed: str
    late: timedelta
    step: Callable[[], Anchor | None]

    @property
    def is_late(self) -> bool:
        """Whether a checkpoint has waited for longer."""
        return anchor_state(self.kind, self.name, self.late).is_late


def outside_of(witnesses: Sequence[Witness], copies: LockedCopies | None, stampers: Sequence[Stamper]) -> list[Outside]:
    """All that are configured."""
    late = LATE + timedelta(seconds=settings.LOG_TIMESTAMP_EVERY_S)
    return [
        *(
            Outside(AnchorKind.WITNESS, each.verifier.name, "cosigned", LATE, partial(anchor, each))
            for each in witnesses
        ),
        *([Outside(AnchorKind.COPY, copies.bucket.name, "kept", LATE, copies.step)] if copies else []),
        *(Outside(AnchorKind.TIMESTAMP, each.authority.name, "stamped", late, each.step) for each in stampers),
    ]


def asking_start(ending: Event, outside: Sequence[Outside]) -> None:
    """Ask each until `ending`."""
    for each in outside:
        Thread(target=ask_until, args=(ending, each), name=f"anchor-{each.name}", daemon=True).start()


def ask_until(ending: Event, outside: Outside) -> None:
    """Have the newest checkpoints anchored by one of them, until `ending`."""
    said, wait_s = ("", 0), EVERY_S
    while not ending.wait(wait_s):
        wait_s = EVERY_S
        try:
            outside.step()
            said = ("", 0)
        except (CustodyError, TileMissing, AskingFailed, DatabaseError) as error:
            wait_s = AGAIN_S
            if isinstance(error, DatabaseError):
                connections.close_all()
            level = _level(error, outside)
            if (str(error), level) != said:
                late = " Checkpoints have waited for it for too long." if level > logging.WARNING else ""
                log.log(level, "not %s by %s: %s%s", outside.deed, outside.name, error, late)
            said = (str(error), level)
    connections.close_all()


def _level(error: Exception, outside: Outside) -> int:
    """Somebody who is away for a moment is no alarm; a refusal is, and so is one who stays away."""
    if not isinstance(error, _AWAY):
        return logging.CRITICAL
    if isinstance(error, DatabaseError):
        return logging.WARNING
    return logging.CRITICAL if outside.is_late else logging.WARNING
