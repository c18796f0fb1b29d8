"""Which lines of a custody record leave the force whole, and what the others are withheld as.

Everything is withheld by class, never by who it was: one withheld line among many would betray who looked into a
complaint. Who inside the force was given access, was refused it or was shut out by a restriction, and why, is the
force's own affair, so a restriction or an access list that professional standards keeps does not show outside.
"""

from evidence.custody.queries import Line
from evidence.custody.verbs import Category, Outcome, Verb

CONSULTATION = "consultation"
INTERNAL_ACCESS = "internal access"
_INTERNAL = frozenset({Verb.GRANT_GIVEN, Verb.GRANT_REVOKED, Verb.RESTRICTION_CHANGED})


def withheld_as(line: Line) -> str:
    """The class under which a line is withheld from what leaves the force; '' where it stands whole."""
    if line.outcome == Outcome.DENIED or line.verb in _INTERNAL:
        return INTERNAL_ACCESS
    return CONSULTATION if line.category == Category.CONSULTATION else ""
