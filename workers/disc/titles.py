"""Turns one recording into one DVD-Video title: 720x576, 25 frames a second, 16:9, MPEG-2 and AC-3, always with sound.

The recording's bytes are hostile, so ffprobe and ffmpeg see them inside the sandbox only, and only numbers that we
computed reach a filter. A viewing copy changes frames and pixels: nothing made here is evidence.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from workers.disc.errors import TitleUnplayable
from workers.disc.streaming import IsCancelled
from workers.disc.viewing import AUDIO_KBPS
from workers.exec.errors import ToolFailed
from workers.exec.sandbox import PROBE, render_profile, sandbox_run
from workers.exec.tools import tool

WIDTH_PX: Final = 720
HEIGHT_PX: Final = 576
FRAMES_PER_S: Final = 25

_IN: Final = "/in/0"
_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,h264,hevc"
_GUARDS: Final = ("-protocol_whitelist", "file", "-format_whitelist", _FORMATS)
_PEAK_SHARE: Final = 1.4
_PEAK_KBPS: Final = 9000
_LAG_S: Final = 1 / FRAMES_PER_S


@dataclass(frozen=True)
class Source:
    """What is known of a recording before it is encoded. `sound_lag_s`: how much longer the sound lasts."""

    path: Path
    duration_s: float
    width_px: int
    height_px: int
    has_sound: bool
    sound_lag_s: float


def source_probe(path: Path, *, called: str, is_cancelled: IsCancelled | None = None) -> Source:
    """Ask ffprobe, in the sandbox, what the recording holds. `called` is its name in messages to people.

    Raises `TitleUnplayable` when it has no picture or no length, and the errors of `workers.exec`.
    """
    argv = [
        str(tool("ffprobe").path),
        "-v",
        "error",
        *_GUARDS,
        "-print_format",
        "json",
        "-show_format",
        "-show_streams",
    ]
    try:
        completed = sandbox_run([*argv, f"file:{_IN}"], profile=PROBE, read={_IN: path}, is_cancelled=is_cancelled)
    except ToolFailed as error:
        message = f"{called} cannot be opened as video, so it has no place on a viewing disc. Leave it out."
        raise TitleUnplayable(message, name=called, untrusted_reason=error.completed.stderr_tail) from error
    return _source(path, called, json.loads(completed.stdout))


def title_encode(
    source: Source,
    *,
    out: Path,
    video_kbps: int,
    on_seconds: Callable[[float], None] | None = None,
    is_cancelled: IsCancelled | None = None,
) -> Path:
    """Encode to the program stream `out` and return it; `on_seconds` gets the seconds of film done.

    The picture keeps its shape: it is fitted into 16:9 between black bars, turned upright first. Raises the errors of
    `workers.exec`.
    """

    def said(line: str) -> None:
        key, _, value = line.partition("=")
        if key == "out_time_us" and value.isdecimal() and on_seconds is not None:
            on_seconds(int(value) / 1e6)

    size_bytes = source.path.stat().st_size
    profile = render_profile(
        duration_s=source.duration_s, width=source.width_px, height=source.height_px, input_bytes=size_bytes
    )
    # the sandbox sees a directory of its own: it counts what is in there, and nothing else is its business
    with TemporaryDirectory(prefix="title-", dir=out.parent) as directory:
        sandbox_run(
            _argv(source, video_kbps, f"/out/{out.name}"),
            profile=profile,
            read={_IN: source.path},
            out_dir=Path(directory),
            on_line=said,
            is_cancelled=is_cancelled,
        )
        return (Path(directory) / out.name).rename(out)


def _source(path: Path, called: str, untrusted_probe: dict[str, Any]) -> Source:
    streams = untrusted_probe.get("streams", [])
    pictures = [
        each
        for each in streams
        if each.get("codec_type") == "video" and not each.get("disposition", {}).get("attached_pic")
    ]
    sounds = [each for each in streams if each.get("codec_type") == "audio" and int(each.get("sample_rate", 0))]
    duration_s = float(untrusted_probe.get("format", {}).get("duration", 0))
    if not pictures or duration_s <= 0:
        what = "no length" if pictures else "no picture"
        raise TitleUnplayable(f"{called} has {what}, so it has no place on a viewing disc. Leave it out.", name=called)
    picture = pictures[0]
    lag_s = _duration(sounds[0]) - _duration(picture) if sounds and _duration(picture) else 0.0
    return Source(
        path=path,
        duration_s=duration_s,
        width_px=int(picture.get("width", 0)),
        height_px=int(picture.get("height", 0)),
        has_sound=bool(sounds),
        sound_lag_s=min(max(lag_s, 0.0), duration_s),
    )


def _duration(untrusted_stream: dict[str, Any]) -> float:
    return float(untrusted_stream.get("duration", 0))


def _argv(source: Source, video_kbps: int, out: str) -> list[str]:
    silence = [] if source.has_sound else ["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo"]
    sound = "0:a:0" if source.has_sound else "1:a:0"
    peak_kbps = min(_PEAK_KBPS, int(video_kbps * _PEAK_SHARE))
    return [
        *(str(tool("ffmpeg").path), "-nostdin", "-y", "-v", "error", "-nostats", "-progress", "pipe:2"),
        *(*_GUARDS, "-i", f"file:{_IN}", *silence),
        *("-map", "0:V:0", "-map", sound, "-map_metadata", "-1", "-map_chapters", "-1"),
        *("-filter:v", _picture_filter(source), "-filter:a", "aresample=async=1:first_pts=0,apad", "-shortest"),
        *("-target", "pal-dvd", "-aspect", "16:9", "-ac", "2", "-b:a", f"{AUDIO_KBPS}k"),
        *("-b:v", f"{video_kbps}k", "-maxrate", f"{peak_kbps}k", f"file:{out}"),
    ]


def _picture_filter(source: Source) -> str:
    wide = f"{WIDTH_PX}*dar*9/16"
    tall = f"{HEIGHT_PX}*16/9/dar"
    width = f"if(gte(dar,16/9),{WIDTH_PX},max(2,trunc({wide}/2)*2))"
    height = f"if(gte(dar,16/9),max(2,trunc({tall}/2)*2),{HEIGHT_PX})"
    steps = [
        f"scale=w='{width}':h='{height}':out_color_matrix=bt601:out_range=tv",
        f"pad={WIDTH_PX}:{HEIGHT_PX}:(ow-iw)/2:(oh-ih)/2:black",
        "setsar=64/45",
        f"fps={FRAMES_PER_S}:start_time=0",
        "format=yuv420p",
    ]
    if source.sound_lag_s > _LAG_S:
        # what was heard after the last picture is heard here too, over that picture
        steps.append(f"tpad=stop_mode=clone:stop_duration={source.sound_lag_s:.3f}")
    return ",".join(steps)
