"""Builds the frame index of a recording from its packets alone: nothing is decoded.

Reading the packets of ten minutes costs about a sixth of a second, so the index is taken from what libav really
delivers rather than from a container's tables. What an index means is told in ``frame_index``.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import cast

from av.container import InputContainer
from av.video.stream import VideoStream

from workers.media import boxes, nal, streams
from workers.media.errors import NoFrames, NoVideo
from workers.media.frame_index import FrameIndex
from workers.media.playable import EIGHT_BIT_420
from workers.media.progress import Progress
from workers.media.reports import Finding, GopReport, IndexReport
from workers.media.source import AnyPacket, Packets, open_source

MICROSECOND = Fraction(1, 1_000_000)
NAL_CODECS = frozenset({"h264", "hevc"})
REFRESHING_CODECS = frozenset({"vp8", "vp9", "av1", "mjpeg", "prores", "rawvideo", "jpeg2000", "png", "dvvideo"})
VP8_SHOWN = 0x10


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Stored minus shown ticks of the pictures and of the first sound, each in its own time base.

    ``video_start`` is the stored pts at which an edit list begins to show pictures.
    """

    video: int
    video_start: int
    audio: int | None
    audio_time_base: Fraction | None


@dataclass
class Frames:
    """Collects what the packets of one video stream tell, in decoding order."""

    stream: VideoStream
    times: list[int] = field(default_factory=list)
    keys: list[int] = field(default_factory=list)
    refreshes: set[int] = field(default_factory=set)
    parameters: set[bytes] = field(default_factory=set)
    ends: list[int] = field(default_factory=list)
    is_stored_order: bool = True
    missing_times: int = 0
    changes: int = 0

    def __post_init__(self) -> None:
        self._codec = streams.codec_of(self.stream)
        self._prefix = nal.length_size(self.stream.codec_context.extradata, self._codec)

    def add(self, packet: AnyPacket) -> None:
        """Take one packet of the stream."""
        at = packet.pts
        if at is None:
            at, self.is_stored_order = packet.dts, False
        if at is None:
            self.missing_times += 1
            return
        if self._codec == "vp8" and not memoryview(packet)[0] & VP8_SHOWN:
            return
        self._drop_refresh_with_leading(at)
        self.times.append(at)
        self.ends.append(at + (packet.duration or 0))
        if packet.is_keyframe:
            self.changes += packet.has_sidedata("new_extradata")
            self._add_key(packet, at)

    def _drop_refresh_with_leading(self, at: int) -> None:
        """A picture shown before the key it follows in the stream may lean on the group before: that key is no cut."""
        if self.keys and at < self.keys[-1]:
            self.refreshes.discard(self.keys[-1])

    def _add_key(self, packet: AnyPacket, at: int) -> None:
        self.keys.append(at)
        if self._codec not in NAL_CODECS:
            self.refreshes.add(at)
            return
        key = nal.read_key(memoryview(packet), codec=self._codec, prefix=self._prefix)
        self.parameters |= key.parameters
        if key.is_refresh:
            self.refreshes.add(at)


def index_write(path: Path, out: Path) -> IndexReport:
    """Index ``path`` into the file ``out``; raises SourceMissing, NotMedia, NoVideo, NoFrames."""
    index, report = index_build(path)
    index.write(out)
    return report


def index_build(path: Path) -> tuple[FrameIndex, IndexReport]:
    """The index of the main video of ``path``, and what it says in short; raises as ``index_write``."""
    with open_source(path) as container:
        stream = streams.main_video(container)
        if stream is None:
            raise NoVideo("This file holds no video, so there are no frames to index.")
        frames = Frames(stream)
        packets = Packets(container, stream)
        progress = Progress(stage="indexing", total=stream.frames or None)
        for packet in packets:
            frames.add(packet)
            progress.step(len(frames.times))
        progress.finish(len(frames.times))
        return index_from(frames, shift=shift_of(container, path), broken=packets.broken)


def shift_of(container: InputContainer, path: Path) -> Shift:
    """How far shown time lies behind stored time. MP4: its edit lists. WebM: nothing. Others: they start at zero."""
    edits = boxes.edits_by_track(path)
    start = Fraction(container.start_time or 0) * MICROSECOND
    name = container.format.name
    is_shifted_to_zero = not name.startswith(("mov", "matroska"))

    def ticks(stream_id: int, time_base: Fraction) -> int:
        edit = edits.get(stream_id) if name.startswith("mov") else None
        if edit is not None:
            return edit.offset
        return round(start / time_base) if is_shifted_to_zero else 0

    video, audio = streams.main_video(container), streams.main_audio(container)
    audio_base = audio.time_base if audio is not None else None
    return Shift(
        video=ticks(video.id, video.time_base) if video is not None and video.time_base else 0,
        video_start=edits[video.id].media_start if video is not None and video.id in edits else 0,
        audio=ticks(audio.id, audio_base) if audio is not None and audio_base else None,
        audio_time_base=audio_base,
    )


def index_from(frames: Frames, *, shift: Shift, broken: str | None) -> tuple[FrameIndex, IndexReport]:
    """The index and its summary from collected packets; raises NoFrames where there were none."""
    pts = sorted(set(frames.times))
    if not pts:
        raise NoFrames("The file announces video but holds not one picture.", reason=broken)
    number = {at: frame for frame, at in enumerate(pts)}
    index = FrameIndex(
        stream=frames.stream.index,
        time_base=cast(Fraction, frames.stream.time_base),
        presentation_offset=shift.video + _late_start(pts, shift.video_start),
        pts=pts,
        end_pts=_end(pts, frames.ends),
        keys=sorted(number[at] for at in set(frames.keys)),
        refreshes=sorted(number[at] for at in frames.refreshes),
        audio_time_base=shift.audio_time_base,
        audio_offset=shift.audio,
    )
    return index, _report(index, frames, broken=broken)


def _late_start(pts: list[int], start: int) -> int:
    """Ticks from an edit's start inside a frame to the next frame, with which libav (so Chromium) begins at time 0.

    ISO/IEC 14496-12 would show the rest of the cut frame first; Firefox does, and is up to one frame behind then.
    """
    if pts[0] >= start:
        return 0
    return next((at for at in pts if at >= start), start) - start


def _end(pts: list[int], ends: list[int]) -> int:
    """Where the last picture ends; where no length is stored it lasts as long as the one before."""
    last = max(ends)
    if last > pts[-1]:
        return last
    return pts[-1] + (pts[-1] - pts[-2] if len(pts) > 1 else 1)


def _report(index: FrameIndex, frames: Frames, *, broken: str | None) -> IndexReport:
    findings = []
    if broken is not None:
        at_s = float(index.seconds_of(index.frame_count - 1))
        sentence = f"The file could not be read beyond {at_s:.1f} seconds; everything before that is there."
        findings.append(Finding(code="reading_stopped", sentence=sentence))
    if frames.missing_times:
        sentence = f"{frames.missing_times} packets carry no time and are not in the index."
        findings.append(Finding(code="times_missing", sentence=sentence))
    pts = index.pts
    return IndexReport(
        v=1,
        frame_count=index.frame_count,
        time_base=(index.time_base.numerator, index.time_base.denominator),
        first_pts=pts[0],
        end_pts=index.end_pts,
        presentation_offset=index.presentation_offset,
        is_variable_rate=streams.is_uneven(b - a for a, b in pairwise(pts)),
        timing="stored" if frames.is_stored_order else "decoding_order",
        duplicate_times=len(frames.times) - len(pts),
        gop=_gop(index, frames),
        findings=tuple(findings),
    )


def _gop(index: FrameIndex, frames: Frames) -> GopReport:
    bounds = [0, *(frame for frame in index.refreshes if frame), index.frame_count]
    is_closed = len(index.refreshes) == len(index.keys) > 0
    reason = _why_not_smart(index, frames, is_closed=is_closed)
    return GopReport(
        count=len(index.refreshes),
        longest_frames=max(b - a for a, b in pairwise(bounds)),
        is_closed=is_closed,
        can_smart_render=reason is None,
        because=reason or "Closed groups of H.264 pictures: what is not touched can be copied bit for bit.",
    )


def _why_not_smart(index: FrameIndex, frames: Frames, *, is_closed: bool) -> str | None:
    """Why a render cannot copy untouched groups of this recording; None where it can."""
    context = frames.stream.codec_context
    if streams.codec_of(frames.stream) != "h264":
        return "Only H.264 groups can be joined with re-encoded ones."
    if context.pix_fmt not in EIGHT_BIT_420:
        return "The pictures are not 8-bit 4:2:0."
    if context.field_order in streams.INTERLACED_ORDERS:
        return "The pictures are interlaced."
    if frames.changes or _has_rival_parameters(frames.parameters):
        return "The picture settings change within the recording."
    if not is_closed:
        return "The groups of pictures are open: pictures lean on the group before."
    if len(index.refreshes) < 2:
        return "The whole recording is one group of pictures."
    if not frames.is_stored_order or len(frames.times) != index.frame_count:
        return "The times stored in the file are incomplete."
    return None


def _has_rival_parameters(parameters: set[bytes]) -> bool:
    """More than one H.264 sequence parameter set in band."""
    return sum(1 for unit in parameters if unit[0] & 31 == 7) > 1
