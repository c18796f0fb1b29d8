"""What a file is, whether all of it is there, and how it can be played: cheap, whatever its length.

One picture is decoded; otherwise only headers and tables are read. Never an error for a bad file: what is wrong with it
is a finding, in words an officer can act on. The name plays no part.
"""

from dataclasses import dataclass, field
from pathlib import Path

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from workers.media import boxes, magic, playable, streams
from workers.media.boxes import Box
from workers.media.decoders import MAX_PIXELS
from workers.media.errors import NotMedia
from workers.media.magic import Content
from workers.media.reports import Finding, Integrity, Playable, ProbeReport
from workers.media.source import Packets, open_source, source_size

MICROSECOND_S = 1e-6


@dataclass
class Facts:
    """What has been learnt about the file's state so far."""

    integrity: Integrity = "whole"
    findings: list[Finding] = field(default_factory=list)
    playable_until_s: float | None = None

    def note(self, code: str, sentence: str, integrity: Integrity | None = None) -> None:
        """Add a finding, and the state it means unless a worse one is known."""
        self.findings.append(Finding(code=code, sentence=sentence))
        if integrity is not None and self.integrity in {"whole", "damaged"}:
            self.integrity = integrity


def probe(path: Path) -> ProbeReport:
    """Report on any regular file; raises SourceMissing only."""
    size = source_size(path)
    facts = Facts()
    if size == 0:
        facts.note("empty", "This file is empty (0 bytes). Nothing can be recovered from it.", "empty")
        return _closed_report(size=0, content="nothing", facts=facts)
    with path.open("rb") as file:
        content = magic.sniff(file.read(magic.HEAD_BYTES))
    if content.kind not in {"video", "unknown"}:
        facts.note(content.kind, _not_video_sentence(content), "not_media")
        return _closed_report(size=size, content=content.name, facts=facts)
    top = boxes.top_level(path) if content.name in playable.MP4_LIKE else []
    try:
        with open_source(path) as container:
            return _open_report(container, path=path, size=size, content=content, top=top, facts=facts)
    except NotMedia:
        _explain_unopened(facts, content=content, top=top, size=size)
        return _closed_report(size=size, content=content.name, facts=facts)


def _not_video_sentence(content: Content) -> str:
    match content.kind:
        case "playlist":
            return f"This is a playlist ({content.name}) that points at other files; it holds no video itself."
        case "text":
            return "This is a text file, whatever its name says; it holds no video."
        case _:
            return f"This is a file of another kind ({content.name}), whatever its name says; it holds no video."


def _explain_unopened(facts: Facts, *, content: Content, top: list[Box], size: int) -> None:
    kinds = {box.kind for box in top}
    if content.name in playable.MP4_LIKE and (b"mdat" in kinds or b"ftyp" in kinds) and not _has_whole(top, b"moov"):
        sentence = (
            "The end of the file is missing, and with it the index that says where its pictures lie. "
            f"The {size:,} bytes that are here are kept; repair needs a recording from the same camera."
        )
        facts.note("index_missing", sentence, "truncated")
    elif content.kind == "video":
        sentence = f"The file begins as {content.name} but its structure cannot be read. Ask for it to be copied again."
        facts.note("unreadable", sentence, "damaged")
    else:
        facts.note("unknown_kind", "The bytes of this file are not video of any kind that is known here.", "not_media")


def _has_whole(top: list[Box], kind: bytes) -> bool:
    return any(box.kind == kind and box.is_whole for box in top)


def _closed_report(*, size: int, content: str, facts: Facts) -> ProbeReport:
    return ProbeReport(
        v=1,
        size_bytes=size,
        content=content,
        container=None,
        duration_s=None,
        start_s=None,
        video=(),
        audio=(),
        other=(),
        untrusted_tags=(),
        integrity=facts.integrity,
        playable_until_s=None,
        findings=tuple(facts.findings),
        playable=_nothing_to_play(facts),
        uneditable="",
    )


def _open_report(
    container: InputContainer, *, path: Path, size: int, content: Content, top: list[Box], facts: Facts
) -> ProbeReport:
    is_named = content.kind == "video" and content.name != magic.ELEMENTARY
    name = content.name if is_named else container.format.name.split(",")[0]
    stream = streams.main_video(container)
    duration_s = _seconds(container.duration)
    _check_end(
        facts,
        stream=stream or streams.main_audio(container),
        path=path,
        size=size,
        name=name,
        top=top,
        duration_s=duration_s,
    )
    edits = boxes.edits_by_track(path) if top else {}
    edit = edits.get(stream.id) if stream else None
    _check_edits(facts, stream=stream, hidden=edit.media_start if edit and edit.is_plain else 0)
    is_unseen = _check_codecs(facts, container) or _check_size(facts, stream)
    picture = streams.first_picture(container, stream) if stream and not is_unseen else None
    lacks_content = is_unseen or (picture is None if stream else not duration_s)
    if lacks_content and not is_unseen:
        _explain_no_content(facts, stream)
    video = tuple(
        streams.video_report(s, picture if s is stream else None)
        for s in container.streams.video
        if streams.has_codec(s) and not streams.is_cover(s)
    )
    audio = tuple(streams.audio_report(s) for s in container.streams.audio if streams.has_codec(s))
    if video and video[0].is_mirrored:
        facts.note("mirrored", playable.MIRRORED)
    decision = playable.decide(
        container=name,
        video=next(iter(video), None),
        audio=next(iter(audio), None),
        is_fragmented=any(box.kind == b"moof" for box in top),
        is_truncated=facts.integrity == "truncated",
        edit_segments=edit.segments if edit else 0,
    )
    return ProbeReport(
        v=1,
        size_bytes=size,
        content=content.name,
        container=name,
        duration_s=duration_s,
        start_s=_seconds(container.start_time),
        video=video,
        audio=audio,
        other=streams.other_reports(container),
        untrusted_tags=streams.untrusted_tags(container),
        integrity=facts.integrity,
        playable_until_s=facts.playable_until_s,
        findings=tuple(facts.findings),
        playable=_nothing_to_play(facts) if lacks_content else decision,
        uneditable=playable.MIRRORED if video and video[0].is_mirrored else "",
    )


def _seconds(microseconds: int | None) -> float | None:
    return microseconds * MICROSECOND_S if microseconds is not None else None


def _nothing_to_play(facts: Facts) -> Playable:
    return Playable(way="none", because=facts.findings[-1].sentence)


def _check_codecs(facts: Facts, container: InputContainer) -> bool:
    """Tell of picture and sound in a codec that is not opened here; True where that leaves the recording unseen."""
    picture = streams.refused(container.streams.video) if streams.main_video(container) is None else None
    sound = streams.refused(container.streams.audio) if streams.main_audio(container) is None else None
    if sound is not None:
        name = playable.codec_name(streams.codec_of(sound))
        sentence = f"Its sound is in {name}, which is not opened here, so it plays without sound."
        facts.note("sound_refused", f"{sentence} The original can be downloaded.")
    if picture is not None:
        name = playable.codec_name(streams.codec_of(picture))
        sentence = f"The picture is in {name}, which is not opened here, so the recording cannot be played."
        facts.note("codec_refused", f"{sentence} Ask for it as H.264 in MP4; the original can be downloaded.")
    return picture is not None


def _check_size(facts: Facts, stream: VideoStream | None) -> bool:
    """Tell of a picture that no decoder may be given; True where it is one."""
    width, height = (stream.codec_context.width, stream.codec_context.height) if stream is not None else (0, 0)
    if width * height <= MAX_PIXELS:
        return False
    sentence = f"Its picture of {width} by {height} pixels is larger than any camera's and is not opened here."
    facts.note("too_large", sentence)
    return True


def _explain_no_content(facts: Facts, stream: VideoStream | None) -> None:
    if stream is None:
        facts.note("no_content", "The file announces sound or pictures but holds none.", "damaged")
        return
    name = playable.codec_name(streams.codec_of(stream))
    if not stream.frames and not stream.duration:
        facts.note("no_frames", f"The file announces {name} video but holds not one picture.", "damaged")
    else:
        sentence = f"The file announces {name} video, but no picture could be decoded from its beginning."
        facts.note("undecodable", f"{sentence} It may be damaged or encrypted.", "damaged")


def _check_edits(facts: Facts, *, stream: VideoStream | None, hidden: int) -> None:
    """Frames before the edit list's start are stored but not shown by players. Those behind its end: the index's."""
    if stream is None or stream.start_time is None or stream.time_base is None:
        return
    hidden_s = float((hidden - stream.start_time) * stream.time_base)
    if hidden_s > 0:
        sentence = f"The file's edit list hides its first {hidden_s:.2f} seconds from players; they are still in it."
        sentence += " No clip or redaction made of it here holds them."
        facts.note("hidden_start", sentence)


def _check_end(
    facts: Facts,
    *,
    stream: VideoStream | AudioStream | None,
    path: Path,
    size: int,
    name: str,
    top: list[Box],
    duration_s: float | None,
) -> None:
    """Hold what the container declares against the bytes that are there."""
    lacks_end = any(not box.is_whole for box in top) if top else _declares_more(path, name=name, size=size)
    until_s = _until_by_table(stream, size) if top else None
    if not lacks_end and until_s is None:
        return
    is_declared = until_s is not None or name == "matroska"
    if until_s is None:
        until_s = _until_by_reading(path)
    facts.playable_until_s = until_s
    of = f" of {duration_s:.1f}" if duration_s and is_declared else ""
    left = f"the first {until_s:.1f}{of} seconds are there" if until_s is not None else "what is left can be tried"
    facts.note("end_missing", f"The end of the file is missing: {left}.", "truncated")


def _until_by_table(stream: VideoStream | AudioStream | None, size: int) -> float | None:
    """Where the first sample that lies behind the end of the file would have been shown."""
    if stream is None or stream.time_base is None:
        return None
    entries = stream.index_entries
    gone = next((entry for entry in entries if entry.pos + entry.size > size), None)
    return float(gone.timestamp * stream.time_base) if gone is not None else None


def _until_by_reading(path: Path) -> float | None:
    """The length found by reading all packets: only for broken files, whose tables cannot be believed."""
    with open_source(path) as container:
        stream = streams.main_video(container) or streams.main_audio(container)
        if stream is None or stream.time_base is None:
            return None
        times = [packet.pts for packet in Packets(container, stream) if packet.pts is not None]
        return float((max(times) - min(times)) * stream.time_base) if times else None


def _declares_more(path: Path, *, name: str, size: int) -> bool:
    """Whether a container other than MP4 announces more bytes than the file has."""
    with path.open("rb") as file:
        head = file.read(4096)
    if name == "avi":
        return int.from_bytes(head[4:8], "little") + 8 > size
    if name == "mpegts":
        return size % (192 if head[4:5] == b"\x47" and head[:1] != b"\x47" else 188) != 0
    if name in {"matroska", "webm"}:
        return _matroska_end(head) > size
    return False


def _matroska_end(head: bytes) -> int:
    """Declared end of the first Segment; 0 where its size is unknown (a live recording) or not found."""
    at = head.find(b"\x18\x53\x80\x67")
    if at < 0 or at + 5 > len(head):
        return 0
    length = 9 - head[at + 4].bit_length()
    raw = head[at + 4 : at + 4 + length]
    value = int.from_bytes(raw, "big") & ((1 << (7 * length)) - 1)
    is_unknown = value == (1 << (7 * length)) - 1
    return 0 if is_unknown or length > 8 else at + 4 + length + value
