"""Where on the Watch page somebody stands: the part, and the frame or the time on show.

It goes into addresses (`?part=2&frame=1234`) and comes back with the page's forms in hidden fields (`at_part`,
`at_frame`, `at_ms`), which script fills in: without it a place is the part alone, or nothing, and everything works as
well. Nothing given from outside is more than a whole number; the player keeps it within the footage.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest

DIGITS_MAX = 9


@dataclass(frozen=True, slots=True)
class Place:
    """`part` is None where none was named; `ms` stands where frames are not known."""

    part: int | None = None
    frame: int | None = None
    ms: int | None = None

    @property
    def is_named(self) -> bool:
        """Whether it says more than which part."""
        return self.frame is not None or self.ms is not None

    @property
    def query(self) -> str:
        """As an address has it, with its question mark; '' for the very beginning."""
        return self._query(self.part if self.part != 1 else None)

    @property
    def part_query(self) -> str:
        """The same where no part means the whole recording: the first one is named too."""
        return self._query(self.part)

    def _query(self, part: int | None) -> str:
        named = {"part": part, "frame": self.frame, "ms": self.ms}
        given = {name: value for name, value in named.items() if value is not None}
        return f"?{urlencode(given)}" if given else ""


def place_of(request: HttpRequest) -> Place:
    """The place that a request names, in its address or in the hidden fields of a form."""
    if request.method == "POST":
        return Place(
            _whole(request.POST, "at_part") or _whole(request.POST, "part"), _whole(request.POST, "at_frame"),
            _whole(request.POST, "at_ms"),
        )  # fmt: skip
    return Place(_whole(request.GET, "part"), _whole(request.GET, "frame"), _whole(request.GET, "ms"))


def _whole(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    # `isdigit` alone takes figures of any script, of which `int` refuses some
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None
