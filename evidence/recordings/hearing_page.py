"""What pages say of what was heard: speech and words, of one part or of all on one line, and what is not known yet.

A newcomer's trap: a part that nobody has listened to, or whose words are not written down, must be named. What is not
found in it was not looked for.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, TypeVar

from evidence.jobs.models import ENDED_BADLY, Job
from evidence.jobs.words import job_words
from evidence.recordings.hearing import (
    ERROR_NOTE,
    HITS_MAX,
    HOW_TO_ADD,
    hits_of,
    is_available,
    lines_of,
    transcript_key,
    voice_key,
    voice_on_line,
    words_on_line,
)
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.queries import Part, files_of

_State = TypeVar("_State")


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Parts without a transcript, and how that stands, in words. `may_ask`: it can be asked for; `is_live`: it was."""

    said: str
    may_ask: bool
    is_live: bool


def hearing_context(recording: Recording, parts: Sequence[Part], base: str, phrase: str = "") -> dict[str, Any]:
    """What `recordings/_speech.html` and the player's speech lane are given. `base`: where the session's bytes are.

    `parts`: those that are played as one, at least one; times are those of their one line.
    """
    voice, runs = voice_on_line(recording, parts), words_on_line(recording, parts)
    heard = {file.part for file in files_of(recording, FileRole.VOICE)}
    unwritten = list(_unwritten(recording, parts))
    first = next((part.number for part in parts if part.number in heard), None)
    return {
        "voice_url": f"{base}voice/{first}" if first is not None else "",
        "voice": voice,
        "voice_s": sum(end - start for start, end in voice or ()),
        "unheard": list(_unheard(parts, heard)),
        "is_joined": len(parts) > 1,
        "may_hold_words": runs is not None or any(map(_has_sound, parts)),
        "transcript": [line for run in runs for line in lines_of(run)] if runs is not None else None,
        "transcript_words": sum(map(len, runs or ())),
        "unwritten": unwritten,
        "may_ask_words": any(row.may_ask for row in unwritten),
        "transcript_available": is_available(),
        "transcript_note": ERROR_NOTE,
        "transcript_how": HOW_TO_ADD,
        "said": phrase,
        "hits": list(islice(chain(*(hits_of(run, phrase) for run in runs or ())), HITS_MAX)) if phrase else None,
    }


def parts_named(numbers: Sequence[int]) -> str:
    """'part 2', 'parts 1, 2 and 4'; at least one."""
    *others, last = map(str, numbers)
    return f"parts {', '.join(others)} and {last}" if others else f"part {last}"


def _unheard(parts: Sequence[Part], heard: set[int]) -> Iterable[str]:
    """Where nobody listened, and why; parts of which the same is to be said are named together."""
    jobs = _jobs(parts, voice_key)

    def state(part: Part) -> str:
        if not _has_sound(part):
            return "There is no sound in {}."
        job = jobs.get(part.number)
        if job is None:
            return "Nobody has listened for speech in {}."
        return (
            "Speech is being looked for in {}. Reload the page in a while."
            if job.is_live
            else "Speech could not be looked for in {}."
        )

    silent = [part for part in parts if part.number not in heard]
    return (said.format(named) for said, named in _together(parts, [(part, state(part)) for part in silent]))


def _unwritten(recording: Recording, parts: Sequence[Part]) -> Iterable[Unwritten]:
    """Where no words are written down, and how that stands; a part without sound has none, and is not named."""
    written = {file.part for file in files_of(recording, FileRole.TRANSCRIPT)}
    jobs = _jobs(parts, transcript_key)
    states: list[tuple[Part, tuple[str, str, bool]]] = []
    for part in parts:
        if part.number in written or not _has_sound(part):
            continue
        job = jobs.get(part.number)
        if job is not None and job.state not in ENDED_BADLY:
            states.append((part, ("The words of ", f" are being written down: {job_words(job)}.", True)))
        else:
            states.append((part, ("Nobody has had the words of ", " written down.", False)))
            if job is not None:
                states.append((part, ("It was tried for ", f": {job_words(job)}", False)))
    for (before, after, is_live), named in _together(parts, states):
        yield Unwritten(f"{before}{named}{after}", may_ask=not is_live, is_live=is_live)


def _together(parts: Sequence[Part], states: Sequence[tuple[Part, _State]]) -> Iterable[tuple[_State, str]]:
    """Each state once, with the parts that are in it, named; 'this recording' where there is one part alone."""
    for state in dict.fromkeys(each for _, each in states):
        numbers = [part.number for part, each in states if each == state]
        yield state, parts_named(numbers) if len(parts) > 1 else "this recording"


def _jobs(parts: Sequence[Part], key: Callable[[RecordingFile], str]) -> dict[int, Job]:
    keys = {key(part.original): part.number for part in parts}
    return {keys[job.key]: job for job in Job.objects.filter(key__in=list(keys))}


def _has_sound(part: Part) -> bool:
    return bool((part.original.probe or {}).get("audio"))
