"""How the store and the record stand, as rows of the database say it: one line a matter, in words, with what to do.

Nothing is tested and nothing is read again for it: the checks themselves run by the clock and leave rows. It names no
recording and nobody. A newcomer's trap: `late` and `wrong` here stop no work; what does is `health.readiness`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evidence.custody.errors import CustodyError
from evidence.http.errors import AppError


class Standing(StrEnum):
    """How a matter stands; the names are those of `evidence.http.states`."""

    GOOD = "good"
    LATE = "late"
    WRONG = "wrong"
    NOT_YET = "not_yet"
    NOT_USED = "not_used"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One matter: `says` how it stands, `todo` what to do where something is to be done, `named` what exactly."""

    name: str
    standing: Standing
    says: str
    todo: str = ""
    named: Sequence[str] = ()

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look at it."""
        return self.standing in {Standing.LATE, Standing.WRONG}


@dataclass(frozen=True, slots=True)
class Section:
    """Matters that belong together."""

    title: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Status:
    """All of it."""

    sections: Sequence[Section]

    @property
    def troubles(self) -> list[Line]:
        """What somebody has to look at: what is wrong before what is late."""
        found = [line for section in self.sections for line in section.lines if line.is_trouble]
        return sorted(found, key=lambda line: line.standing != Standing.WRONG)

    @property
    def is_fresh(self) -> bool:
        """True where no check has run yet and nothing is wrong: an installation that was just made."""
        lines = [line for section in self.sections for line in section.lines]
        return not self.troubles and any(line.standing == Standing.NOT_YET for line in lines)


def line_or_failure(name: str, ask: Callable[[], Line]) -> Line:
    """A line; where it cannot be told now, that is what it says, and the others are shown all the same."""
    try:
        return ask()
    except AppError as error:
        return Line(name=name, standing=Standing.WRONG, says=error.message, todo="See the log of the program.")
    except CustodyError as error:
        return Line(name=name, standing=Standing.WRONG, says=str(error))


def counted(count: int, one: str, many: str) -> str:
    """'1 file', '2,000 files'."""
    return f"{count:,} {one if count == 1 else many}"
