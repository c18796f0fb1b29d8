"""Which recording a further part joins, and which parts of it have not come yet.

A part joins what it plainly belongs to and nothing else: what is doubtful becomes a recording of its own, for a person
to look at. A newcomer's trap: several recordings may therefore bear the same key of one sender.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.services.facts import RECEIVED, Sealing
from evidence.recordings.uses import is_in_use

DAY = timedelta(days=1)
"""No capture is longer; and parts of unknown time that came further apart are not taken for one."""
GAPS_NAMED = 6


@dataclass(frozen=True, slots=True)
class Joining:
    """The recording to join, locked; None where a new one is to be made, with the reason if that was not expected."""

    recording: Recording | None = None
    doubt: str = ""


def joining_find(sealing: Sealing) -> Joining:
    """Where the part goes: the first recording of its sender's key, dock and camera that nothing speaks against."""
    if not sealing.sender_key:
        return Joining()
    doubt = ""
    same = Recording.objects.filter(sender_key=sealing.sender_key, dock=sealing.dock, camera=sealing.camera)
    for recording in same.select_for_update().order_by("received_at", "id"):
        against = _against(recording, sealing)
        if not against:
            return Joining(recording)
        doubt = doubt or f"Its sender calls it a part of {recording.pk}. It was kept apart: {against}."
    return Joining(doubt=doubt)


def _against(recording: Recording, sealing: Sealing) -> str:
    """Why the part does not join; empty when it does."""
    masters = recording.files.filter(role=FileRole.MASTER).order_by("part")
    if recording.is_restricted or is_in_use(recording.pk):
        # in one sentence: whoever may see the part need not learn that the other one is restricted
        return "that recording is restricted or an exhibit, and takes no further part"
    if not _is_same_officer(recording, sealing):
        return "its officer is not the one of that recording"
    if sealing.part is not None and masters.filter(part=sealing.part).exists():
        return f"that recording has a part {sealing.part} already"
    return _against_time(recording, list(masters), sealing)


def _is_same_officer(recording: Recording, sealing: Sealing) -> bool:
    if sealing.officer is not None:
        return recording.officer_id == sealing.officer.pk
    return not sealing.officer_named or recording.officer_id is None


def _against_time(recording: Recording, masters: list[RecordingFile], sealing: Sealing) -> str:
    if RECEIVED in (recording.recorded_at_source, sealing.recorded_at_source):
        came_at = max((file.created_at for file in masters), default=recording.received_at)
        is_near = abs(sealing.received_at - came_at) <= DAY
        return "" if is_near else "it came more than a day apart, and when it was recorded is not known"
    is_near = abs(sealing.recorded_at - recording.recorded_at) <= _apart_max(masters, sealing.part)
    return "" if is_near else "it was recorded at another time"


def _apart_max(masters: list[RecordingFile], part: int | None) -> timedelta:
    """How far from the beginning of its first part a part of this number may begin."""
    if not masters:
        return DAY
    steps = len(masters) if part is None else abs(part - masters[0].part)
    gap_s = float(settings.UPLOAD_PART_GAP_S)
    length_s = masters[0].duration_s or 0.0
    return timedelta(seconds=min(max(steps, 1) * gap_s + length_s, DAY.total_seconds()))


def missing_words(parts: Collection[int], last: int | None) -> str:
    """`Parts 1 and 2 have not arrived.` beside those that are there; empty when none is missing up to the last."""
    gaps: list[str] = []
    expected = 1
    for part in [*sorted(parts), max(last or 0, *parts, 0) + 1]:
        gaps += _numbers(expected, part - 1)
        expected = part + 1
    if len(gaps) <= 1:
        is_one = gaps and gaps[0].isdigit()
        return f"{'Part' if is_one else 'Parts'} {gaps[0]} {'has' if is_one else 'have'} not arrived." if gaps else ""
    named = gaps if len(gaps) <= GAPS_NAMED else [*gaps[:GAPS_NAMED], "others"]
    return f"Parts {', '.join(named[:-1])} and {named[-1]} have not arrived."


def _numbers(first: int, last: int) -> list[str]:
    """A run of numbers in words: up to two of them one by one, more as `3 to 9`."""
    if last - first > 1:
        return [f"{first} to {last}"]
    return [str(number) for number in range(first, last + 1)]
