"""How a playable copy is made: which streams, what size, which ffmpeg arguments. Pure: nothing is started here.

Copies carry one picture, at most one sound, and nothing else: no metadata, chapters, subtitles, GPS or second track.
Frame times are kept as they are (variable rate included), so that frame n of a copy is frame n of its source.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import ffmpeg

from workers.media.reports import AudioReport, Done, VideoReport
from workers.media.source import ffmpeg_input_options

Way = Literal["remux", "proxy", "transcode"]

# H.264 level 4.1 (ITU-T H.264 table A-1): macroblocks a frame and a second.
LEVEL = "4.1"
FRAME_BLOCKS = 8192
BLOCKS_PER_S = 245_760
LONGEST_SIDE = 4096
BLOCK = 16

# Longer and shorter side, largest first; the smallest is within the level at any plausible rate.
PROXY_BOXES = ((1280, 720), (854, 480), (640, 360))
PLAIN_BOXES = ((1920, 1080), (1600, 900), *PROXY_BOXES)
FASTEST_PLAUSIBLE = 240
FINEST_TIME_BASE = 1_000_000
HIGHEST_SOUND_RATE = 48_000


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """x264's settings: ``crf`` constant quality, ``maxrate`` bits a second, ``key_every_s`` seconds between keys."""

    preset: str
    crf: int
    maxrate: str
    bufsize: str
    key_every_s: int


# A proxy is looked at and thrown away: quick to make, a key each second so that scrubbing answers at once.
PROXY = Encoding(preset="veryfast", crf=24, maxrate="4M", bufsize="8M", key_every_s=1)
# A transcode is handed on: visually the same as its source, within the level's 62.5 Mbit/s.
PLAIN = Encoding(preset="fast", crf=19, maxrate="40M", bufsize="60M", key_every_s=2)


@dataclass(frozen=True, kw_only=True)
class CopyPlan:
    """What is taken from the source and what becomes of it; sizes are displayed pixels."""

    way: Way
    video: VideoReport | None
    audio: AudioReport | None
    video_done: Done
    audio_done: Done
    width: int
    height: int


def fit(video: VideoReport, *, is_proxy: bool) -> tuple[int, int]:
    """Even displayed size of a copy: not larger than the source, within level 4.1, and a proxy within 720 lines."""
    width, height = video.width, video.height
    long_side, short_side = max(width, height), min(width, height)
    blocks = min(FRAME_BLOCKS, int(BLOCKS_PER_S / _rate(video)))
    boxes = PROXY_BOXES if is_proxy else ((LONGEST_SIDE, LONGEST_SIDE), *PLAIN_BOXES)
    for box_long, box_short in boxes:
        scale = min(Fraction(1), Fraction(box_long, long_side), Fraction(box_short, short_side))
        wide, high = _even(width * scale), _even(height * scale)
        if -(-wide // BLOCK) * -(-high // BLOCK) <= blocks:
            break
    return wide, high


def _rate(video: VideoReport) -> Fraction:
    rate = Fraction(*video.average_rate) if video.average_rate else Fraction(25)
    return min(max(rate, Fraction(1)), Fraction(FASTEST_PLAUSIBLE))


def _even(length: Fraction) -> int:
    return max(2, int(length) // 2 * 2)


def copy_argv(plan: CopyPlan, *, program: Path, source: Path, out: Path) -> list[str]:
    """The ffmpeg command line: whitelisted input, mapped streams, quiet but for progress on standard error."""
    given = ffmpeg.input(f"file:{source}", **ffmpeg_input_options())
    chosen = [given[str(stream.index)] for stream in (plan.video, plan.audio) if stream is not None]
    settings: dict[str, str | int] = {
        "map_metadata": "-1",
        "map_chapters": "-1",
        "movflags": "+faststart",
        "fflags": "+bitexact",
        "f": "mp4",
        "max_muxing_queue_size": 4096,
    }
    settings |= _video_settings(plan) | _audio_settings(plan)
    output = ffmpeg.output(*chosen, f"file:{out}", **settings)
    quiet = output.global_args("-nostdin", "-hide_banner", "-nostats", "-v", "error", "-progress", "pipe:2")
    argv: list[str] = ffmpeg.compile(quiet, cmd=str(program), overwrite_output=True)
    return argv


def _video_settings(plan: CopyPlan) -> dict[str, str | int]:
    if plan.video is None:
        return {}
    if plan.video_done == "copied":
        return {"c:v": "copy"}
    encoding = PROXY if plan.way == "proxy" else PLAIN
    ticks_n, ticks_d = plan.video.time_base
    settings: dict[str, str | int] = {
        "c:v": "libx264",
        "profile:v": "high",
        "level:v": LEVEL,
        "preset": encoding.preset,
        "crf": encoding.crf,
        "maxrate": encoding.maxrate,
        "bufsize": encoding.bufsize,
        "force_key_frames": f"expr:gte(t,n_forced*{encoding.key_every_s})",
        "vf": f"scale={plan.width}:{plan.height}:out_range=tv,format=yuv420p",
        "pix_fmt": "yuv420p",
        "flags:v": "+bitexact",
        "fps_mode": "vfr",
    }
    if ticks_d <= FINEST_TIME_BASE:
        settings |= {"enc_time_base": f"{ticks_n}:{ticks_d}", "video_track_timescale": ticks_d}
    return settings


def _audio_settings(plan: CopyPlan) -> dict[str, str | int]:
    if plan.audio is None:
        return {}
    if plan.audio_done == "copied":
        return {"c:a": "copy"}
    settings: dict[str, str | int] = {"c:a": "aac", "b:a": "128k", "af": "aresample=async=1", "flags:a": "+bitexact"}
    if plan.audio.channels > 2:
        settings["ac"] = 2
    if plan.audio.rate > HIGHEST_SOUND_RATE:
        settings["ar"] = HIGHEST_SOUND_RATE
    return settings
