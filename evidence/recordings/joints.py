"""What lies between the parts of a recording: nothing, a gap, the same moments twice, or nobody knows; in words.

Cameras tell when each part began, to the whole second. The time line shows what there is to see and nothing else: a gap
takes no time on it, so that every moment of it is footage, and is marked instead. A newcomer's trap: a part that cannot
be played is a gap on the time line too, though its bytes are sealed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from evidence.http.templatetags.words import duration
from evidence.recordings.models import Recording, State
from evidence.recordings.queries import Part
from evidence.recordings.services.joining import missing_words

TELLS_S = 2.0
"""Two clock readings in whole seconds and a length may disagree by this much where nothing is missing."""


class Kind(StrEnum):
    """What is known of a joint."""

    FOLLOWS = "follows"
    GAP = "gap"
    OVERLAP = "overlap"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Joint:
    """Between the parts numbered `before` and `after` (None: beyond the last); `seconds` missing or shown twice."""

    kind: Kind
    before: int
    after: int | None
    said: str
    seconds: float | None = None


def joints_of(recording: Recording, parts: Sequence[Part]) -> list[Joint]:
    """The joints of what can be played, in order, and what is missing before the first or after the last of it."""
    shown = [part for part in parts if part.viewing is not None]
    if not shown:
        return []
    found = list(_at_the_ends(recording, parts, shown))
    found += [_joint(parts, one, other) for one, other in pairwise(shown)]
    return sorted(found, key=lambda joint: joint.before)


def begins_of(recording: Recording, parts: Sequence[Part]) -> list[tuple[float, datetime]]:
    """`[(second of the whole recording, when that was), ...]`: a part that follows the one before runs on from it.

    The recording's own time is that of its first part; only how far apart the parts began is taken from them.
    """
    found: list[tuple[float, datetime]] = []
    first_told = parts[0].original.recorded_at if parts else None
    for part in parts:
        told, begins_at = part.original.recorded_at, recording.recorded_at
        if found:
            offset_s, began_at = found[-1]
            begins_at = began_at + timedelta(seconds=part.offset_s - offset_s)
        if told is not None and first_told is not None and _differ(parts):
            by_clock = recording.recorded_at + (told - first_told)
            begins_at = by_clock if abs((by_clock - begins_at).total_seconds()) > TELLS_S else begins_at
        found.append((part.offset_s, begins_at))
    return found


def _at_the_ends(recording: Recording, parts: Sequence[Part], shown: Sequence[Part]) -> Iterator[Joint]:
    first, last = shown[0].number, shown[-1].number
    lacking = [_lacking(parts, range(1, first)), _lacking(parts, range(last + 1, _last(recording, parts) + 1))]
    if lacking[0] and recording.sender_key:
        yield Joint(Kind.GAP, 0, first, f"Before part {first}: {lacking[0]}")
    if lacking[1]:
        yield Joint(Kind.GAP, last, None, f"After part {last}: {lacking[1]}")


def _last(recording: Recording, parts: Sequence[Part]) -> int:
    return max(recording.last_part or 0, parts[-1].number)


def _joint(parts: Sequence[Part], one: Part, other: Part) -> Joint:
    between = f"Between part {one.number} and part {other.number}"
    lacking = _lacking(parts, range(one.number + 1, other.number))
    apart_s = _apart_s(parts, one, other)
    if apart_s is None:
        if lacking:
            return Joint(Kind.GAP, one.number, other.number, f"{between}: {lacking}")
        said = f"{between} it is not known whether anything is missing: nobody told when each part began."
        return Joint(Kind.UNKNOWN, one.number, other.number, said)
    if apart_s > TELLS_S:
        told = f"{duration(apart_s)} missing by the camera's clock."
        said = f"{between}: {told}" + (f" {lacking}" if lacking else "")
        return Joint(Kind.GAP, one.number, other.number, said, apart_s)
    if apart_s < -TELLS_S:
        twice = duration(-apart_s)
        said = (
            f"Part {other.number} begins {twice} before part {one.number} ends, by the camera's clock: "
            "these moments are shown twice, as the camera stored them."
        )
        return Joint(Kind.OVERLAP, one.number, other.number, said, -apart_s)
    if lacking:
        return Joint(Kind.GAP, one.number, other.number, f"{between}: {lacking}")
    said = f"Part {other.number} follows part {one.number}: no gap that the camera's clock could tell."
    return Joint(Kind.FOLLOWS, one.number, other.number, said, 0.0)


def _apart_s(parts: Sequence[Part], one: Part, other: Part) -> float | None:
    """Seconds from the end of one part to the beginning of another by the clock; None where that is not known."""
    began, begins, length_s = one.original.recorded_at, other.original.recorded_at, one.original.duration_s
    if began is None or begins is None or not length_s or not _differ(parts):
        return None
    return (begins - began).total_seconds() - length_s


def _differ(parts: Sequence[Part]) -> bool:
    """Whether each part has a time of its own: many senders put the time of the whole capture on every part."""
    told = [part.original.recorded_at for part in parts if part.original.recorded_at is not None]
    return len(set(told)) == len(told) > 1


def _lacking(parts: Sequence[Part], numbers: range) -> str:
    """What of these parts cannot be shown, and why; '' where nothing is lacking."""
    known = {part.number: part for part in parts}
    gone = [number for number in numbers if number not in known]
    others = [number for number in range(1, numbers.stop) if number not in gone]
    said = [missing_words(others, numbers.stop - 1)] if gone else []
    for number in numbers:
        if number in known:
            is_coming = known[number].state == State.PREPARING
            said.append(f"Part {number} {'is being prepared' if is_coming else 'cannot be played'}.")
    return " ".join(said)
