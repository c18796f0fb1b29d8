"""What the sandboxed steps say, as light frozen types the rest of the product may import (no av, no cv2).

Seconds are floats for people; exact times are ``[n, d]`` ratios or pts in a time base. Everything named ``untrusted_``
came out of hostile bytes: it is text to show, never a fact to decide by. Read one back with ``wire.from_obj``.
"""

from dataclasses import dataclass
from typing import Literal

Ratio = tuple[int, int]
Way = Literal["direct", "remux", "proxy", "none"]
Integrity = Literal["whole", "truncated", "damaged", "empty", "not_media"]
Done = Literal["copied", "encoded", "none"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing a person should know about the file: a code for programs and a sentence that stands by itself."""

    code: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Playable:
    """How a browser can be shown this: from the Master, from a remux, from a proxy, or not at all, and why."""

    way: Way
    because: str


@dataclass(frozen=True, kw_only=True)
class VideoReport:
    """A video stream. ``width`` x ``height`` are displayed pixels: rotation applied, sample aspect ratio not.

    ``rotation`` is clockwise degrees to turn the stored picture for display; ``sar`` is that of the turned picture.
    ``is_mirrored``: left and right are exchanged too, or the picture is shown in no plain way. ``is_variable_rate`` is
    None where the container has no table to tell it from without reading the whole file; the frame index then does.
    """

    index: int
    codec: str
    profile: str | None
    pix_fmt: str | None
    bit_depth: int | None
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: Literal[0, 90, 180, 270]
    is_mirrored: bool
    sar: Ratio
    time_base: Ratio
    average_rate: Ratio | None
    real_rate: Ratio | None
    is_variable_rate: bool | None
    is_interlaced: bool
    declared_frames: int | None


@dataclass(frozen=True, kw_only=True)
class AudioReport:
    """An audio stream; ``rate`` in samples a second."""

    index: int
    codec: str
    profile: str | None
    rate: int
    channels: int
    time_base: Ratio


@dataclass(frozen=True, kw_only=True)
class OtherReport:
    """A stream that is neither: subtitles, GPS or other data, attachments, covers. Never carried into copies."""

    index: int
    kind: str
    codec: str | None


@dataclass(frozen=True, kw_only=True)
class ProbeReport:
    """What a file is, whether it is whole, and how it can be played.

    ``playable_until_s`` is set for a truncated file: what is left plays up to there. ``container`` is None when nothing
    could be opened; ``content`` always names what the first bytes are, whatever the file is called. ``uneditable``: why
    nothing can be cut from it as it is, and what to do; '' where nothing speaks against it.
    """

    v: Literal[1]
    size_bytes: int
    content: str
    container: str | None
    duration_s: float | None
    start_s: float | None
    video: tuple[VideoReport, ...]
    audio: tuple[AudioReport, ...]
    other: tuple[OtherReport, ...]
    untrusted_tags: tuple[tuple[str, str], ...]
    integrity: Integrity
    playable_until_s: float | None
    findings: tuple[Finding, ...]
    playable: Playable
    uneditable: str


@dataclass(frozen=True, kw_only=True)
class GopReport:
    """How the pictures hang together, which decides whether a render may copy what it does not touch.

    ``packets`` pictures are stored; ``count`` closed groups start with an instantaneous refresh (H.264: IDR, NAL type
    5), and ``longest_frames`` is the longest stretch between two. ``is_closed``: every key picture is such a refresh.
    ``is_exact``: every frame has a time of its own, so that it can be cut to the frame.
    """

    packets: int
    count: int
    longest_frames: int
    is_closed: bool
    is_exact: bool
    can_smart_render: bool
    because: str


@dataclass(frozen=True, kw_only=True)
class IndexReport:
    """Summary of a frame index; the index itself is the file ``frame_index.FrameIndex`` reads.

    ``frames_hidden``: frames stored before and after those of the index, which an edit list hides from players.
    ``uneditable``: why frames cannot be named one by one, and what to do; '' where they can.
    """

    v: Literal[1]
    frame_count: int
    frames_hidden: tuple[int, int]
    time_base: Ratio
    first_pts: int
    end_pts: int
    presentation_offset: int
    is_variable_rate: bool
    timing: Literal["stored", "decoding_order"]
    duplicate_times: int
    gop: GopReport
    uneditable: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class StoryboardReport:
    """A sprite sheet of ``tiles`` pictures from key frames; ``unreadable`` key frames gave no picture."""

    tiles: int
    tile_width: int
    tile_height: int
    unreadable: int


@dataclass(frozen=True, kw_only=True)
class LoudnessReport:
    """EBU R 128: integrated loudness and loudness range; ``sampled``: measured on a sample spread over the whole."""

    integrated_lufs: float
    range_lu: float
    sampled: bool


@dataclass(frozen=True, kw_only=True)
class WaveformReport:
    """Peaks over time; ``sampled`` is True where only part of the sound was decoded, ``share`` says how much.

    ``loudness`` is None of silence.
    """

    buckets: int
    bucket_s: float
    sampled: bool
    share: float
    loudness: LoudnessReport | None


@dataclass(frozen=True, kw_only=True)
class VoiceReport:
    """How much of the sound is speech, and what found it; the stretches are in the file that was written."""

    v: Literal[1]
    stretches: int
    speech_ms: int
    heard_ms: int
    model: str
    version: str
    sha256: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class TranscriptReport:
    """How many words were made out in how much sound, and by what; the words are in the file that was written."""

    v: Literal[1]
    words: int
    heard_ms: int
    language: str
    model: str
    version: str
    sha256: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class PrepareReport:
    """Everything a review page needs. ``files`` names what was written into the output folder, with bytes."""

    v: Literal[1]
    probe: ProbeReport
    index: IndexReport | None
    storyboard: StoryboardReport | None
    waveform: WaveformReport | None
    files: tuple[tuple[str, int], ...]
    cpu_s: float


@dataclass(frozen=True, kw_only=True)
class CopyReport:
    """A playable copy. ``is_frame_for_frame``: frame n of the copy shows the picture of frame n of the source."""

    v: Literal[1]
    way: Literal["remux", "proxy", "transcode"]
    video: Done
    audio: Done
    width: int
    height: int
    frames_in: int
    frames_out: int
    is_frame_for_frame: bool
    duration_s: float
    size_bytes: int
    tool: str
    encoder: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class FrameRun:
    """Frames ``first`` to ``last`` of a copy, both included, and the Master's frame that the first of them is."""

    first: int
    last: int
    master_first: int


@dataclass(frozen=True, kw_only=True)
class VerifyReport:
    """What was proved of a copy: which of its frames are the Master's bit for bit, and which were encoded anew.

    Frames are numbered from 0 in the order shown. ``sound`` is ``identical`` where every packet is the Master's.
    """

    v: Literal[1]
    statement_sha256: str
    frames: int
    frames_identical: int
    frames_encoded: int
    frames_of_other_files: int
    identical: tuple[FrameRun, ...]
    encoded: tuple[FrameRun, ...]
    sound: str
