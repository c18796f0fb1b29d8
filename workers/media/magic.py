"""What the first bytes say a file is. Names and extensions are never looked at.

Only recognition: whether a recognised container can really be read is the probe's business.
"""

from dataclasses import dataclass
from typing import Literal

HEAD_BYTES = 64 * 1024
TS_PACKET_SIZES = (188, 192, 204)
ELEMENTARY = "elementary stream"

Kind = Literal["video", "playlist", "text", "image", "audio", "archive", "document", "program", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Content:
    """``name`` is the type (``mp4``, ``hls playlist`` ...), ``kind`` what may be done with it."""

    name: str
    kind: Kind


_SIGNATURES: tuple[tuple[bytes, str, Kind], ...] = (
    (b"\x00\x00\x01\xba", "mpegps", "video"),
    (b"\x89PNG\r\n\x1a\n", "PNG picture", "image"),
    (b"\xff\xd8\xff", "JPEG picture", "image"),
    (b"GIF8", "GIF picture", "image"),
    (b"BM", "BMP picture", "image"),
    (b"fLaC", "FLAC sound", "audio"),
    (b"OggS", "Ogg sound", "audio"),
    (b"ID3", "MP3 sound", "audio"),
    (b"PK\x03\x04", "ZIP archive", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip archive", "archive"),
    (b"Rar!\x1a\x07", "RAR archive", "archive"),
    (b"\x1f\x8b", "gzip archive", "archive"),
    (b"%PDF-", "PDF document", "document"),
    (b"MZ", "Windows program", "program"),
    (b"\x7fELF", "Linux program", "program"),
)
_PLAYLISTS: tuple[tuple[bytes, str], ...] = (
    (b"#EXTM3U", "HLS playlist"),
    (b"ffconcat", "ffconcat list"),
    (b"[playlist]", "PLS playlist"),
    (b"v=0", "SDP session description"),
)
_STILL_BRANDS = frozenset({b"avif", b"heic", b"heix", b"mif1", b"miaf"})
_MP4_TYPES = frozenset({b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"styp", b"pnot", b"uuid"})


def sniff(head: bytes) -> Content:
    """Tell what ``head`` (the first 64 KiB of a non-empty file) begins."""
    if head[4:8] in _MP4_TYPES:
        return _sniff_mp4(head)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return Content(name="webm" if b"webm" in head[:80] else "matroska", kind="video")
    if head[:4] == b"RIFF":
        return _sniff_riff(head)
    for signature, name, kind in _SIGNATURES:
        if head.startswith(signature):
            return Content(name=name, kind=kind)
    if _is_transport_stream(head):
        return Content(name="mpegts", kind="video")
    if head[:4] == b"\x00\x00\x00\x01" or head[:3] == b"\x00\x00\x01":
        return Content(name=ELEMENTARY, kind="video")
    return _sniff_text(head)


def _sniff_mp4(head: bytes) -> Content:
    if head[4:8] != b"ftyp":
        return Content(name="quicktime", kind="video")
    brand = head[8:12]
    if brand in _STILL_BRANDS:
        return Content(name="AVIF or HEIF picture", kind="image")
    return Content(name="quicktime" if brand == b"qt  " else "mp4", kind="video")


def _sniff_riff(head: bytes) -> Content:
    form = head[8:12]
    if form == b"AVI ":
        return Content(name="avi", kind="video")
    if form == b"WAVE":
        return Content(name="WAV sound", kind="audio")
    return Content(
        name="WebP picture" if form == b"WEBP" else "RIFF file", kind="image" if form == b"WEBP" else "unknown"
    )


def _is_transport_stream(head: bytes) -> bool:
    """Sync bytes at three packet distances; 192-byte packets (BDAV, M2TS) have four bytes before each."""
    for size in TS_PACKET_SIZES:
        first = 4 if size == 192 else 0
        marks = [first + size * n for n in range(4) if first + size * n < len(head)]
        if len(marks) > 1 and all(head[mark] == 0x47 for mark in marks):
            return True
    return False


def _sniff_text(head: bytes) -> Content:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for mark, name in _PLAYLISTS:
        if start[: len(mark)].lower() == mark.lower():
            return Content(name=name, kind="playlist")
    if b"<MPD" in start[:2048]:
        return Content(name="DASH playlist", kind="playlist")
    if b"\x00" in head or not _reads_as_text(head):
        return Content(name="unknown", kind="unknown")
    return Content(name="text", kind="text")


def _reads_as_text(head: bytes) -> bool:
    try:
        head[: len(head) - 4 if len(head) > HEAD_BYTES - 4 else None].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return not any(byte < 9 or 13 < byte < 27 for byte in head)
