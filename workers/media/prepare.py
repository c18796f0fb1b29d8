"""Everything a review page needs from one pass over a recording: report, frame index, storyboard, waveform.

One process and one reading of the packets; nothing is decoded but the key pictures shown on the storyboard and some
sound. A file that holds nothing playable gives its probe report and no files: that is an answer, not an error.
"""

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from av.container import InputContainer

from workers.media import streams
from workers.media.index import SoundSpan, index_from
from workers.media.index_report import Frames
from workers.media.probe import probe
from workers.media.progress import Progress
from workers.media.reports import IndexReport, PrepareReport, ProbeReport, StoryboardReport, WaveformReport
from workers.media.shifts import shift_of
from workers.media.source import Packets, open_source
from workers.media.storyboard import IMAGE_NAME, MAP_NAME, THUMBNAIL_NAME, Storyboard
from workers.media.waveform import Waveform

INDEX_NAME = "index.json"
WAVEFORM_NAME = "waveform.json"
UNKNOWN_DURATION_S = Fraction(3600)


@dataclass(frozen=True, kw_only=True)
class Passed:
    """What one pass over the packets gave; each None where the recording has nothing of the kind."""

    index: IndexReport | None = None
    storyboard: StoryboardReport | None = None
    waveform: WaveformReport | None = None

    @property
    def files(self) -> list[str]:
        """Names of what was written."""
        names = [INDEX_NAME] if self.index is not None else []
        names += [IMAGE_NAME, MAP_NAME, THUMBNAIL_NAME] if self.storyboard is not None else []
        return names + ([WAVEFORM_NAME] if self.waveform is not None else [])


def prepare(path: Path, out_dir: Path) -> PrepareReport:
    """Write ``index.json``, ``storyboard.jpg`` with its map and ``waveform.json`` as far as they apply.

    Raises SourceMissing. ``cpu_s`` of the report counts the whole process so far.
    """
    found = probe(path)
    passed = Passed()
    if found.playable.way != "none":
        with open_source(path) as container:
            passed = _pass(container, path=path, out_dir=out_dir, found=found)
    files = tuple((name, (out_dir / name).stat().st_size) for name in passed.files)
    return PrepareReport(
        v=1,
        probe=_with_findings(found, passed.index),
        index=passed.index,
        storyboard=passed.storyboard,
        waveform=passed.waveform,
        files=files,
        cpu_s=round(time.process_time(), 3),
    )


def _with_findings(found: ProbeReport, index: IndexReport | None) -> ProbeReport:
    """What only a reading of all packets tells belongs to what is said of the file."""
    if index is None:
        return found
    known = {finding.code for finding in found.findings}
    more = tuple(finding for finding in index.findings if finding.code not in known)
    return replace(found, findings=found.findings + more, uneditable=found.uneditable or index.uneditable)


def _duration(found: ProbeReport) -> Fraction:
    """Seconds that are there to be seen; an hour where the file does not say, which only spaces the tiles."""
    seconds = found.playable_until_s or found.duration_s
    return Fraction(seconds).limit_denominator(1000) if seconds else UNKNOWN_DURATION_S


def _pass(container: InputContainer, *, path: Path, out_dir: Path, found: ProbeReport) -> Passed:
    duration = _duration(found)
    video, audio = streams.main_video(container), streams.main_audio(container)
    shift = shift_of(container, path)
    frames, sound = Frames(video) if video is not None else None, SoundSpan()
    rotation = found.video[0].rotation if found.video else 0
    board = Storyboard(video, duration=duration, rotation=rotation) if video is not None else None
    wave = Waveform(audio, duration=duration, offset=shift.audio or 0) if audio is not None else None
    packets = Packets(container, *(stream for stream in (video, audio) if stream is not None))
    progress = Progress(stage="preparing", total=(video.frames if video is not None else 0) or None)
    for packet in packets:
        if frames is not None and board is not None and packet.stream is video:
            frames.add(packet)
            board.add(packet)
            progress.step(len(frames.times))
        elif wave is not None:
            wave.add(packet)
            sound.add(packet)
    progress.finish(len(frames.times) if frames is not None else 0)
    waveform = wave.write(out_dir / WAVEFORM_NAME) if wave is not None else None
    if frames is None or board is None:
        return Passed(waveform=waveform)
    index, report = index_from(frames, sound, shift=shift, broken=packets.broken)
    index.write(out_dir / INDEX_NAME)
    return Passed(index=report, storyboard=board.write(out_dir, index), waveform=waveform)
