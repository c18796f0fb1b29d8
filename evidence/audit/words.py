"""The time line of a record: one entry a deed, an opening told together with its closing.

The sentences themselves are `custody.words`; here they are put together. A newcomer's trap: an opening carries the
reason and its closing the length watched, so neither tells the whole alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from evidence.custody.queries import Line
from evidence.custody.verbs import Category, Verb
from evidence.custody.words import deed_words, line_words

NO_REASONS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `uuids` names every event it was told from; `text` is what else is worth saying."""

    at: datetime
    title: str
    text: str
    uuids: tuple[UUID, ...]


def entries(shown: Iterable[Line], *, reasons: Mapping[str, str] = NO_REASONS) -> list[Entry]:
    """Entries in the order of the lines; a closing is told with its opening where both are among them."""
    known = list(shown)
    closings = {line.body["follows"]: line for line in known if line.verb == Verb.PLAYBACK_CLOSED}
    openings = {str(line.uuid) for line in known}
    return [
        _entry(line, closings.get(str(line.uuid)), reasons)
        for line in known
        if not (line.verb == Verb.PLAYBACK_CLOSED and line.body["follows"] in openings)
    ]


def entry_words(line: Line, closing: Line | None, reasons: Mapping[str, str] = NO_REASONS) -> str:
    """'Sgt 2210 Khan watched 3 min 12 s: Supervision or dip sample'."""
    said = line_words(line, reasons)
    if closing is None:
        return said
    watched_ms = int(closing.body["data"].get("watched_ms", 0))
    deed = deed_words(closing) if watched_ms else "opened it and watched nothing"
    return said.replace(f"{line.actor_name} {deed_words(line)}", f"{line.actor_name} {deed}", 1)


def _entry(line: Line, closing: Line | None, reasons: Mapping[str, str]) -> Entry:
    uuids = (line.uuid, closing.uuid) if closing else (line.uuid,)
    return Entry(at=line.at, title=entry_words(line, closing, reasons), text=hashes_words(line), uuids=uuids)


def hashes_words(line: Line) -> str:
    """The files it was about, where it was about bytes."""
    files = line.body["subject"]["files"]
    if line.category == Category.CONSULTATION or not files:
        return ""
    return f"SHA-256 begins {', '.join(str(file['sha256'])[:8] for file in files)}"
