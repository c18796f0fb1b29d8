"""Every write of court: asking for discs, what their making leaves behind, and handing them out.

Nothing here opens media or starts a process: the job does that, and comes back through `making`.
"""

from evidence.court.services.asking import disc_set_cancel, disc_set_plan, disc_set_request, disclosure_recheck
from evidence.court.services.handing import burn_begin, burn_end, disc_download
from evidence.court.services.making import (
    MadeDisc,
    damage_note,
    disc_set_begin,
    disc_set_cancelled,
    disc_set_failed,
    disc_set_finish,
)

__all__ = [
    "MadeDisc",
    "burn_begin",
    "burn_end",
    "damage_note",
    "disc_download",
    "disc_set_begin",
    "disc_set_cancel",
    "disc_set_cancelled",
    "disc_set_failed",
    "disc_set_finish",
    "disc_set_plan",
    "disc_set_request",
    "disclosure_recheck",
]
