"""How a copy is made: fast, copying what nothing is done to bit for bit, or most compatible, encoded throughout.

A copy that leaves the force must play wherever it goes, so it is most compatible; one for use inside need not wait for
that. Which kinds are fast unless somebody says otherwise is the force's setting (`CONTINUITY_FAST_COPIES`).
"""

from django.conf import settings

from evidence.recordings.models import Kind

FAST, COMPATIBLE = "fast", "compatible"
WAYS = (
    (FAST, "Fast, untouched parts identical to the Master"),
    (COMPATIBLE, "Most compatible"),
)
WAYS_HINT = (
    "Fast: for use in the force. What nothing is done to is copied bit for bit, and that can be proved. "
    "Most compatible: for links, discs and disclosure. All of it is encoded anew, for any player; that takes longer."
)


def way_usual(kind: Kind) -> str:
    """The way a copy of this kind is made where nobody says otherwise."""
    return FAST if kind.value in settings.FAST_COPIES else COMPATIBLE


def is_compatible(kind: Kind, asked: bool | None) -> bool:
    """Whether the recipe asks for a copy encoded throughout; `asked`: what somebody said of it, None: nothing."""
    return way_usual(kind) == COMPATIBLE if asked is None else asked
