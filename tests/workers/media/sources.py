"""Small test media of every kind, made by the real ffmpeg once a session: ``source("mkv_h264") -> Path``.

Each is two or three seconds of a moving test picture. ``NAMES`` lists all kinds; a new one is one row in a table below.
"""

import atexit
import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import av

PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=3"]
TONE = ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=3"]
HIGH_TONE = ["-f", "lavfi", "-i", "sine=f=900:r=48000:d=3"]
H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p"]
B_FRAMES = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "25", "-pix_fmt", "yuv420p"]
AAC = ["-c:a", "aac", "-b:a", "96k"]

# name -> (file name, ffmpeg arguments)
MADE: dict[str, tuple[str, list[str]]] = {
    "mp4": ("a.mp4", [*PICTURE, *TONE, *H264, *AAC]),
    "b_frames": ("b.mp4", [*PICTURE, *TONE, *B_FRAMES, *AAC]),
    "no_audio": ("n.mp4", [*PICTURE, *H264]),
    "faststart": ("f.mp4", [*PICTURE, *TONE, *H264, *AAC, "-movflags", "+faststart"]),
    "fragmented": ("g.mp4", [*PICTURE, *TONE, *H264, *AAC, "-movflags", "+frag_keyframe+empty_moov"]),
    "variable_rate": (
        "v.mp4",
        [*PICTURE, *TONE, "-vf", "select='lt(mod(n,10),6)+eq(mod(n,7),3)'", "-fps_mode", "vfr", *B_FRAMES, *AAC],
    ),
    "open_gop": ("o.mp4", [*PICTURE, *B_FRAMES, "-x264-params", "open-gop=1:bframes=3:b-adapt=0"]),
    "one_group": ("1.mp4", [*PICTURE, *H264, "-g", "1000", "-x264-params", "scenecut=0"]),
    "interlaced": ("i.mp4", [*PICTURE, *H264, "-flags", "+ildct+ilme", "-x264-params", "tff=1"]),
    "mov": ("m.mov", [*PICTURE, *TONE, *H264, *AAC]),
    "pcm_mov": ("p.mov", [*PICTURE, *TONE, *H264, "-c:a", "pcm_s16le"]),
    "hevc": (
        "h.mp4",
        [*PICTURE, *TONE, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", *AAC],
    ),
    "ten_bit": ("10.mp4", [*PICTURE, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"]),
    "avi_mjpeg": ("j.avi", [*PICTURE, *TONE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", "-c:a", "pcm_s16le"]),
    "mpegts": ("t.ts", [*PICTURE, *TONE, *B_FRAMES, *AAC]),
    "mkv_h264": ("k.mkv", [*PICTURE, *TONE, *B_FRAMES, *AAC]),
    "mkv_opus": ("ko.mkv", [*PICTURE, *TONE, *H264, "-c:a", "libopus"]),
    "webm": ("w.webm", [*PICTURE, *TONE, "-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"]),
    "mpegps": ("d.mpg", [*PICTURE, *TONE, "-c:v", "mpeg2video", "-c:a", "mp2"]),
    "two_sounds": (
        "2.mp4",
        [*PICTURE, *TONE, *HIGH_TONE, *H264, *AAC, "-map", "0:v", "-map", "1:a", "-map", "2:a"],
    ),
    "sound_only": ("s.m4a", [*TONE, *AAC]),
    "wide_pixels": ("x.mp4", [*PICTURE, "-vf", "setsar=4/3", *H264]),
    "half_silent": ("q.mp4", [*PICTURE, *TONE, "-af", "volume=0:enable='lt(t,1.5)'", *H264, *AAC]),
    "late_sound": ("l.mp4", [*PICTURE, "-itsoffset", "0.5", *TONE, *H264, *AAC]),
    "large": ("4k.mp4", ["-f", "lavfi", "-i", "testsrc2=s=2560x1440:r=25:d=0.4", *H264]),
}
PLACE = "+51.5000-000.1200/"
SUBTITLES = "1\n00:00:00,500 --> 00:00:01,500\nSECRET WORDS\n"


@functools.cache
def folder() -> Path:
    """A folder of this process, removed when it ends."""
    path = Path(tempfile.mkdtemp(prefix="continuity-sources-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def ffmpeg(*arguments: str | Path) -> None:
    """Run the real ffmpeg; a test source that cannot be made is an error with ffmpeg's own words."""
    argv = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


@functools.cache
def source(name: str) -> Path:
    """The file of that name, made on first use and not to be written to."""
    if name in DERIVED:
        return DERIVED[name]()
    file_name, arguments = MADE[name]
    out = folder() / name / file_name
    out.parent.mkdir()
    ffmpeg(*arguments, out)
    return out


def _place(name: str, file_name: str) -> Path:
    out = folder() / name / file_name
    out.parent.mkdir()
    return out


def _rotated() -> Path:
    """Held sideways, to be turned a quarter clockwise; ffmpegs differ in how to ask for it, libav does not."""
    out = _place("rotated", "r.mp4")
    with av.open(str(source("b_frames"))) as given, av.open(str(out), "w") as made:
        streams = {s.index: made.add_stream_from_template(s) for s in (*given.streams.video, *given.streams.audio)}
        streams[given.streams.video[0].index].set_display_rotation(-90)
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                made.mux(packet)
    return out


def _tagged() -> Path:
    out = _place("tagged", "tagged.mp4")
    words = out.with_suffix(".srt")
    words.write_text(SUBTITLES, encoding="ascii")
    tags = ["-metadata", f"location={PLACE}", "-metadata", "title=Interview"]
    streams = ["-map", "0:v", "-map", "0:a", "-map", "1:s", "-c", "copy", "-c:s", "mov_text"]
    ffmpeg("-i", source("mp4"), "-i", words, *streams, *tags, "-movflags", "use_metadata_tags", out)
    return out


def _cut(name: str, of: str, share: float) -> Path:
    whole = source(of)
    out = _place(name, f"cut{whole.suffix}")
    content = whole.read_bytes()
    out.write_bytes(content[: int(len(content) * share)])
    return out


def _hidden_start() -> Path:
    """Stream-copied from the middle: the packets before the wanted time stay behind an edit list."""
    out = _place("hidden_start", "e.mp4")
    ffmpeg("-ss", "1.5", "-i", source("one_group"), "-c", "copy", out)
    return out


def _damaged() -> Path:
    out = _place("damaged", "damaged.mp4")
    content = bytearray(source("faststart").read_bytes())
    middle = len(content) // 2
    content[middle : middle + 4000] = os.urandom(4000)
    out.write_bytes(content)
    return out


def _written(name: str, file_name: str, content: bytes) -> Path:
    out = _place(name, file_name)
    out.write_bytes(content)
    return out


def _playlist() -> Path:
    neighbour = source("mpegts")
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{neighbour}\n#EXT-X-ENDLIST\n"
    return _written("playlist", "p.mp4", text.encode())


DERIVED = {
    "rotated": _rotated,
    "tagged": _tagged,
    "no_index": lambda: _cut("no_index", "mp4", 0.6),
    "cut_faststart": lambda: _cut("cut_faststart", "faststart", 0.6),
    "cut_fragmented": lambda: _cut("cut_fragmented", "fragmented", 0.6),
    "cut_mkv": lambda: _cut("cut_mkv", "mkv_h264", 0.6),
    "cut_ts": lambda: _cut("cut_ts", "mpegts", 0.6),
    "cut_avi": lambda: _cut("cut_avi", "avi_mjpeg", 0.6),
    "hidden_start": _hidden_start,
    "damaged": _damaged,
    "empty": lambda: _written("empty", "e.mp4", b""),
    "text": lambda: _written("text", "notes.mp4", b"Attended the address at 19:04.\n" * 40),
    "noise": lambda: _written("noise", "noise.mp4", os.urandom(50_000)),
    "playlist": _playlist,
    "ffconcat": lambda: _written("ffconcat", "c.mp4", f"ffconcat version 1.0\nfile {source('mp4')}\n".encode()),
    "picture": lambda: _written("picture", "p.mp4", b"\x89PNG\r\n\x1a\n" + os.urandom(2000)),
    "archive": lambda: _written("archive", "z.mp4", b"PK\x03\x04" + os.urandom(2000)),
}
NAMES = (*MADE, *DERIVED)
