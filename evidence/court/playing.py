"""Whether a file is what every computer plays: a plain MP4 (H.264, AAC or no sound) or a PNG. Reads reports only.

A newcomer's trap: what our own player shows is more than that (WebM, QuickTime, MP3 sound), and a remux keeps the sound
of its original. What nobody knows counts as not plain, because the words on a disc have to be true.
"""

from collections.abc import Mapping
from typing import Any

from evidence.recordings.models import FileRole, RecordingFile

_CONTAINERS = {
    "video/mp4": "an MP4", "video/quicktime": "a QuickTime film (.mov)", "video/webm": "a WebM",
    "video/x-matroska": "a Matroska film (.mkv)", "video/x-msvideo": "an AVI", "audio/mp4": "sound in MP4",
    "video/mp2t": "an MPEG transport stream", "video/mpeg": "an MPEG program stream",
}  # fmt: skip
_CODECS = {
    "h264": "H.264", "hevc": "H.265", "vp8": "VP8", "vp9": "VP9", "av1": "AV1", "mjpeg": "Motion JPEG",
    "aac": "AAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis", "unknown": "an unknown coding",
}  # fmt: skip
_UNKNOWN = frozenset({"unknown"})


def is_plain(file: RecordingFile, original: RecordingFile) -> bool:
    """True for PNG, and for MP4 with H.264 picture and AAC sound or none. `original`: what a proxy was made from."""
    if file.media_type == "image/png":
        return True
    pictures, sounds = _codecs(file, original)
    if file.media_type == "audio/mp4":
        return not pictures and sounds == {"aac"}
    return file.media_type == "video/mp4" and pictures == {"h264"} and sounds <= {"aac"}


def form_words(file: RecordingFile, original: RecordingFile) -> str:
    """What it is, to follow 'is': 'a WebM with VP9 and Opus'."""
    container = _CONTAINERS.get(file.media_type, "a file of an unknown kind")
    pictures, sounds = _codecs(file, original)
    named = " and ".join(_CODECS.get(codec, codec) for codec in (*sorted(pictures), *sorted(sounds - pictures)))
    return f"{container} with {named}" if named else container


def _codecs(file: RecordingFile, original: RecordingFile) -> tuple[frozenset[str], frozenset[str]]:
    """Codings of its pictures and of its sounds."""
    probe = original.probe or {}
    found = _named(probe, "video"), _named(probe, "audio")
    if file.role != FileRole.PROXY:
        return found
    made = file.probe or {}
    return _after(made.get("video"), found[0], "h264"), _after(made.get("audio"), found[1], "aac")


def _named(probe: Mapping[str, Any], kind: str) -> frozenset[str]:
    return frozenset(str(row["codec"]) for row in probe[kind]) if kind in probe else _UNKNOWN


def _after(done: object, before: frozenset[str], encoded: str) -> frozenset[str]:
    return {"copied": before, "encoded": frozenset({encoded}), "none": frozenset[str]()}.get(str(done), _UNKNOWN)
