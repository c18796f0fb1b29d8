"""What a person wants written on every picture of a copy: a caption, the time, the name of who it is for.

Resolved here to the overlay of a recipe. A newcomer's trap: the clock is known for a Master only. A clip begins
somewhere inside of its Master, and its record has the Master's time.
"""

import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from evidence.editing.errors import EditRefused
from evidence.http.errors import Fault
from evidence.recordings.joints import begins_of
from evidence.recordings.models import Recording
from evidence.recordings.queries import Part
from workers.media.recipe import Overlay
from workers.media.recipe_model import MAX_LINE, TimeShown

TIMES = (
    ("none", "No time"),
    ("recording", "Time since the recording began"),
    ("clock", "Date and time of the camera, in UTC"),
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Written:
    """As it was asked for; all empty: nothing is written."""

    caption: str = ""
    viewer: str = ""
    time: TimeShown = "none"


def overlay_of(
    recording: Recording, parts: Sequence[Part], written: Written, *, only: Collection[int] | None = None
) -> Overlay | None:
    """The overlay of a recipe; None where nothing is to be written. It has a time for each part of the recording, or of
    those numbered `only`, in their order.

    Raises:
        EditRefused: a line that cannot be written; a clock that is not known.
    """
    caption, viewer = _plain(written.caption), _plain(written.viewer)
    if not caption and not viewer and written.time == "none":
        return None
    faults = [*_line_faults("caption", "The caption", caption), *_line_faults("viewer", "The name", viewer)]
    if written.time == "clock" and not recording.is_master:
        detail = "When this working copy begins on the clock is not known. Write the time on a copy of the Master."
        faults.append(Fault("/overlay/time", "no-clock", detail))
    if faults:
        raise EditRefused(faults)
    starts = _starts(recording, parts, written.time)
    kept = [start for part, start in zip(parts, starts, strict=True) if only is None or part.number in only]
    is_timed = written.time != "none"
    return Overlay(
        caption=caption or None, viewer=viewer or None, time=written.time, starts=tuple(kept) if is_timed else ()
    )


def _starts(recording: Recording, parts: Sequence[Part], time: TimeShown) -> list[int]:
    if time != "clock":
        return [round(part.offset_s * 1000) for part in parts]
    return [(begins_at - EPOCH) // timedelta(milliseconds=1) for _, begins_at in begins_of(recording, parts)]


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _line_faults(name: str, said: str, line: str) -> Iterator[Fault]:
    if len(line) > MAX_LINE:
        detail = f"{said} to be written on the picture is {len(line)} characters long. Use {MAX_LINE} at most."
        yield Fault(f"/overlay/{name}", "too-long", detail)
    elif not (line.isprintable() or not line):
        detail = f"{said} to be written on the picture holds a character that cannot be written. Type it anew."
        yield Fault(f"/overlay/{name}", "not-writable", detail)
