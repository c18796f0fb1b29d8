"""Builds the frame index of a recording from its packets alone: nothing is decoded.

Reading the packets of ten minutes costs about a sixth of a second, so the index is taken from what libav really
delivers rather than from a container's tables. What an index means is told in ``frame_index``, what is said of one in
``index_report``.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from workers.media import streams
from workers.media.errors import NoFrames, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.index_report import Frames, report_of
from workers.media.progress import Progress
from workers.media.reports import IndexReport
from workers.media.shifts import Shift, shift_of, shown_of
from workers.media.source import AnyPacket, Packets, open_source


@dataclass
class SoundSpan:
    """From where to where the packets of the first sound reach, in stored ticks."""

    first: int | None = None
    end: int | None = None

    def add(self, packet: AnyPacket) -> None:
        """Take one packet of the sound."""
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None:
            return
        self.first = at if self.first is None else min(self.first, at)
        self.end = max(self.end if self.end is not None else at, at + (packet.duration or 0))

    def heard(self, limits: tuple[int, int] | None) -> tuple[int, int] | None:
        """What players sound of it: within an edit list's limits where there are some."""
        if self.first is None or self.end is None:
            return None
        low, high = limits or (self.first, self.end)
        first, end = max(self.first, low), min(self.end, high)
        return (first, end) if first < end else None


@dataclass(frozen=True, kw_only=True)
class Indexed:
    """All that one pass over the packets tells: the index, its summary, the pictures in decoding order, the sound.

    `shift`: how far shown time lies behind stored time.
    """

    index: FrameIndex
    report: IndexReport
    frames: Frames
    sound: SoundSpan
    shift: Shift


def index_write(path: Path, out: Path) -> IndexReport:
    """Index ``path`` into the file ``out``; raises SourceMissing, NotMedia, NoVideo, NoFrames."""
    index, report = index_build(path)
    index.write(out)
    return report


def index_build(path: Path) -> tuple[FrameIndex, IndexReport]:
    """The index of the main video of ``path``, and what it says in short; raises as ``index_write``."""
    found = index_read(path)
    return found.index, found.report


def index_read(path: Path) -> Indexed:
    """The same, with what it was made from; raises as ``index_write``."""
    with open_source(path) as container:
        stream, audio = streams.main_video(container), streams.main_audio(container)
        if stream is None:
            raise NoVideo("This file holds no video, so there are no frames to index.")
        frames, sound = Frames(stream), SoundSpan()
        packets = Packets(container, *(each for each in (stream, audio) if each is not None))
        progress = Progress(stage="indexing", total=stream.frames or None)
        for packet in packets:
            if packet.stream is stream:
                frames.add(packet)
                progress.step(len(frames.times))
            else:
                sound.add(packet)
        progress.finish(len(frames.times))
        shift = shift_of(container, path)
        index, report = index_from(frames, sound, shift=shift, broken=packets.broken)
        return Indexed(index=index, report=report, frames=frames, sound=sound, shift=shift)


def index_from(frames: Frames, sound: SoundSpan, *, shift: Shift, broken: str | None) -> tuple[FrameIndex, IndexReport]:
    """The index and its summary from collected packets; raises NoFrames where there were none to show."""
    stored = sorted(set(frames.times))
    if not stored:
        raise NoFrames("The file announces video but holds not one picture.", reason=broken)
    shown = shown_of(stored, _end(stored, frames.last_end), shift)
    if not shown.pts:
        raise NoFrames("The file's edit list hides every picture that is in it.")
    number = {at: frame for frame, at in enumerate(shown.pts)}
    late = shown.pts[0] - (shift.video_start or 0) if shown.hidden[0] else 0
    index = FrameIndex(
        stream=frames.stream.index,
        time_base=cast(Fraction, frames.stream.time_base),
        # libav (so Chromium) begins at time 0 with the first frame after an edit's start inside a frame.
        # ISO/IEC 14496-12 would show the rest of the cut frame first; Firefox does, and is up to one frame behind then.
        presentation_offset=shift.video + late,
        pts=shown.pts,
        end_pts=shown.end,
        keys=sorted(number[at] for at in set(frames.keys) & number.keys()),
        refreshes=sorted(number[at] for at in frames.refreshes & number.keys()),
        audio_time_base=shift.audio_time_base,
        audio_offset=shift.audio,
        audio_range=sound.heard(shift.heard),
        hidden=shown.hidden,
    )
    return index, report_of(index, frames, shift=shift, broken=broken)


def _end(pts: list[int], last: int) -> int:
    """Where the last picture ends; where no length is stored it lasts as long as the one before."""
    if last > pts[-1]:
        return last
    return pts[-1] + (pts[-1] - pts[-2] if len(pts) > 1 else 1)
