"""What the packets of one video stream tell, and what is said of it in short: findings, groups, whether it can be cut.

The summary of an index; the index itself is built in ``index``.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from av.video.stream import VideoStream

from workers.media import nal, streams
from workers.media.frame_index import FrameIndex
from workers.media.playable import EIGHT_BIT_420, H264_PROFILES
from workers.media.reports import Finding, GopReport, IndexReport
from workers.media.shifts import PARTS_OUT_OF_ORDER, Shift
from workers.media.source import AnyPacket

NAL_CODECS = frozenset({"h264", "hevc"})
VP8_SHOWN = 0x10
LONGEST_GROUP = 600
"""A group that must change is decoded from its start: at 25 frames a second this is 24 seconds of film."""


@dataclass
class Frames:
    """Collects what the packets of one video stream tell, in decoding order; ``decoded``: when each is decoded.

    Packed: a shift of ten hours has a million pictures.
    """

    stream: VideoStream
    times: "array[int]" = field(default_factory=lambda: array("q"))
    keys: list[int] = field(default_factory=list)
    refreshes: set[int] = field(default_factory=set)
    parameters: set[bytes] = field(default_factory=set)
    decoded: "array[int]" = field(default_factory=lambda: array("q"))
    last_end: int = -(2**62)
    is_decoding_stored: bool = True
    is_stored_order: bool = True
    missing_times: int = 0
    changes: int = 0
    restarts: int = 0
    _decoded_last: int | None = None

    def __post_init__(self) -> None:
        self._codec = streams.codec_of(self.stream)
        self.extradata = self.stream.codec_context.extradata or b""
        self._prefix = nal.length_size(self.extradata, self._codec)

    def add(self, packet: AnyPacket) -> None:
        """Take one packet of the stream."""
        self._watch_clock(packet)
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
        self.decoded.append(packet.dts if packet.dts is not None else at)
        self.is_decoding_stored &= packet.dts is not None
        self.last_end = max(self.last_end, at + (packet.duration or 0))
        if packet.is_keyframe:
            self.changes += packet.has_sidedata("new_extradata")
            self._add_key(packet, at)

    def _watch_clock(self, packet: AnyPacket) -> None:
        """Decoding times only ever rise; where they fall the recorder's clock began anew."""
        if packet.dts is None:
            return
        self.restarts += self._decoded_last is not None and packet.dts < self._decoded_last
        self._decoded_last = packet.dts

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


CLOCK_RESTARTS = (
    "The recording's clock starts again midway, or names several pictures by one time, so its frames cannot be named "
    "one by one. Make a plain MP4 of it first, and edit that."
)


def report_of(index: FrameIndex, frames: Frames, *, shift: Shift, broken: str | None) -> IndexReport:
    """The summary of an index; ``frames`` and ``shift`` are what it was made from."""
    duplicates = len(frames.times) - len(index.pts) - sum(index.hidden)
    uneditable = "" if shift.is_plain else PARTS_OUT_OF_ORDER
    if frames.restarts or duplicates:
        uneditable = CLOCK_RESTARTS
    return IndexReport(
        v=1,
        frame_count=index.frame_count,
        frames_hidden=index.hidden,
        time_base=(index.time_base.numerator, index.time_base.denominator),
        first_pts=index.pts[0],
        end_pts=index.end_pts,
        presentation_offset=index.presentation_offset,
        is_variable_rate=streams.is_uneven(b - a for a, b in pairwise(index.pts)),
        timing="stored" if frames.is_stored_order else "decoding_order",
        duplicate_times=duplicates,
        gop=_gop(index, frames, is_exact=frames.is_stored_order and not uneditable),
        uneditable=uneditable,
        findings=tuple(_findings(index, frames, shift=shift, duplicates=duplicates, broken=broken)),
    )


def _findings(
    index: FrameIndex, frames: Frames, *, shift: Shift, duplicates: int, broken: str | None
) -> Iterator[Finding]:
    if broken is not None:
        at_s = float(index.seconds_of(index.frame_count - 1))
        sentence = f"The file could not be read beyond {at_s:.1f} seconds; everything before that is there."
        yield Finding(code="reading_stopped", sentence=sentence)
    if frames.missing_times:
        sentence = f"{frames.missing_times} packets carry no time and are not in the index."
        yield Finding(code="times_missing", sentence=sentence)
    if frames.restarts or duplicates:
        sentence = (
            f"{CLOCK_RESTARTS} The clock goes back {frames.restarts} times; {duplicates} pictures share another's time."
        )
        yield Finding(code="clock_restarts", sentence=sentence)
    if not shift.is_plain:
        yield Finding(code="edit_parts", sentence=PARTS_OUT_OF_ORDER)
    if index.hidden[1]:
        sentence = (
            f"The file's edit list hides its last {index.hidden[1]} pictures from players; they are still in it. "
            "No clip or redaction made of it here holds them."
        )
        yield Finding(code="hidden_end", sentence=sentence)


def _gop(index: FrameIndex, frames: Frames, *, is_exact: bool) -> GopReport:
    bounds = [0, *(frame for frame in index.refreshes if frame), index.frame_count]
    is_closed = len(index.refreshes) == len(index.keys) > 0
    longest = max(b - a for a, b in pairwise(bounds))
    reason = _why_not_smart(index, frames, is_closed=is_closed, longest=longest)
    return GopReport(
        packets=len(frames.times),
        count=len(index.refreshes),
        longest_frames=longest,
        is_closed=is_closed,
        is_exact=is_exact,
        can_smart_render=reason is None,
        because=reason or "Closed groups of H.264 pictures: what is not touched can be copied bit for bit.",
    )


def _why_not_smart(index: FrameIndex, frames: Frames, *, is_closed: bool, longest: int) -> str | None:
    """Why a render cannot copy untouched groups of this recording; None where it can."""
    context, is_one_group = frames.stream.codec_context, len(index.refreshes) < 2
    reasons = (
        (streams.codec_of(frames.stream) != "h264", "Only H.264 groups can be joined with re-encoded ones."),
        (context.pix_fmt not in EIGHT_BIT_420, "The pictures are not 8-bit 4:2:0."),
        (context.field_order in streams.INTERLACED_ORDERS, "The pictures are interlaced."),
        (
            context.profile not in H264_PROFILES,
            f"The pictures are in a profile of H.264 that players do not all take ({context.profile}).",
        ),
        (
            frames.changes or _has_rival_parameters(frames.parameters),
            "The picture settings change within the recording.",
        ),
        (any(index.hidden), "An edit list hides pictures that others lean on."),
        (is_one_group and not is_closed, "The groups of pictures are open: pictures lean on the group before."),
        (is_one_group, "The whole recording is one group of pictures."),
        (longest > LONGEST_GROUP, f"A group of pictures is longer than {LONGEST_GROUP} frames."),
        (
            not frames.is_stored_order or len(frames.times) != index.frame_count,
            "The times stored in the file are incomplete.",
        ),
        (0 not in index.refreshes[:1], "The recording begins in the middle of a group of pictures."),
    )
    return next((reason for is_so, reason in reasons if is_so), None)


def _has_rival_parameters(parameters: set[bytes]) -> bool:
    """More than one H.264 sequence parameter set in band."""
    return sum(1 for unit in parameters if unit[0] & 31 == 7) > 1
