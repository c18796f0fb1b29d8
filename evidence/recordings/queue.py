"""My queue: what waits for a person, as sections that rooms add. Each room registers its own in its `AppConfig.ready`.

The page is here, the sections of higher rooms are not: they hand in a function. A newcomer's trap: `rows` is called for
everybody who opens the queue, so it must ask its own policy and give nothing to those whom it does not concern.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evidence.identity.who import Who

ROWS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One thing to do. `title` links to `href`; `state` is a key of `evidence.http.states`; `action` names the deed."""

    title: str
    href: str
    at: datetime
    """When it was recorded (or sent, or fell due): the column people sort by."""
    by: str = ""
    about: str = ""
    """What else decides: until when, why it was flagged."""
    state: str = ""
    action: str = "Open"
    action_href: str = ""
    """Where the row's one action leads; empty: to `href`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A section's rows for one person, with how many there are in all ('20', '10,000+')."""

    rows: Sequence[QueueRow]
    count: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSection:
    """`find` returns None where the section does not concern the person; an empty one says `empty` ('why it is empty').

    `place` orders the sections; `more` is the address of the whole list, if there is one.
    """

    key: str
    title: str
    at_heading: str
    about_heading: str
    empty: str
    place: int
    find: Callable[[Who], Found | None]
    more: str = ""


_sections: dict[str, QueueSection] = {}


def section_register(section: QueueSection) -> None:
    """Add a section; the same key again replaces it."""
    _sections[section.key] = section


def sections_for(who: Who) -> list[tuple[QueueSection, Found]]:
    """The sections that concern this person, in order, each with what it holds."""
    ordered = sorted(_sections.values(), key=lambda section: section.place)
    return [(section, found) for section in ordered if (found := section.find(who)) is not None]
