"""How a playable copy is made: which streams, what size, which ffmpeg arguments. Pure: nothing is started here.

Copies carry one picture, at most one sound, and nothing else: no metadata, chapters, subtitles, GPS or second track.
Frame times are kept as they are (variable rate included), so that frame n of a copy is frame n of its source.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Literal

import ffmpeg

from workers.media.encoders import Encoder, Wanted, has_steady_tree, program_devices, program_filter, program_settings
from workers.media.reports import AudioReport, Done, VideoReport
from workers.media.source import ffmpeg_input_options

Way = Literal["remux", "proxy", "transcode"]


@dataclass(frozen=True)
class Level:
    """One row of ITU-T H.264 table A-1: macroblocks a frame and a second, and the longest side those allow."""

    name: str
    frame_blocks: int
    blocks_per_s: int

    @property
    def longest_side(self) -> int:
        """Pixels (A.3.1: at most the square root of eight frames' macroblocks)."""
        return isqrt(self.frame_blocks * 8) * BLOCK

    def holds(self, width: int, height: int, rate: Fraction) -> bool:
        """Whether pictures of that size, so many a second, are within the level."""
        blocks = -(-width // BLOCK) * -(-height // BLOCK)
        is_long = max(width, height) > self.longest_side
        return not is_long and blocks <= self.frame_blocks and blocks * rate <= self.blocks_per_s


BLOCK = 16
# 4.1 plays everywhere; the others wherever what was recorded plays, and are taken before a picture is made smaller.
PROXY_LEVELS = (Level("4.1", 8192, 245_760),)
PLAIN_LEVELS = (
    *PROXY_LEVELS, Level("4.2", 8704, 522_240), Level("5.1", 36_864, 983_040), Level("5.2", 36_864, 2_073_600),
)  # fmt: skip

# Longer and shorter side, largest first; the smallest is within every level at any plausible rate.
PROXY_BOXES = ((1280, 720), (854, 480), (640, 360))
PLAIN_BOXES = ((4096, 2304), (3840, 2160), (2560, 1440), (1920, 1080), (1600, 900), *PROXY_BOXES)
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
    """What is taken from the source and what becomes of it; sizes are displayed pixels.

    ``shares_times``: the source may name several pictures by one time. They are shown a tick apart, for where a clock
    goes back by less than a tenth of a second ffmpeg would drop all but one.
    """

    way: Way
    video: VideoReport | None
    audio: AudioReport | None
    video_done: Done
    audio_done: Done
    width: int
    height: int
    level: str = PROXY_LEVELS[0].name
    shares_times: bool = False
    encoder: Encoder = "software"


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Even displayed size of a copy, and the level it is within."""

    width: int
    height: int
    level: str


def fit(video: VideoReport, *, is_proxy: bool) -> Fitted:
    """Never larger than the source: a proxy within 720 lines and level 4.1, a plain copy as it is up to level 5.2."""
    rate = _rate(video)
    levels = PROXY_LEVELS if is_proxy else PLAIN_LEVELS
    boxes = PROXY_BOXES if is_proxy else ((max(video.width, video.height),) * 2, *PLAIN_BOXES)
    sizes = [_within(video, box) for box in boxes]
    for width, height in sizes:
        for level in levels:
            if level.holds(width, height, rate):
                return Fitted(width=width, height=height, level=level.name)
    width, height = sizes[-1]
    return Fitted(width=width, height=height, level=levels[-1].name)


def _within(video: VideoReport, box: tuple[int, int]) -> tuple[int, int]:
    long_side, short_side = max(video.width, video.height), min(video.width, video.height)
    scale = min(Fraction(1), Fraction(box[0], long_side), Fraction(box[1], short_side))
    return _even(video.width * scale), _even(video.height * scale)


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
    for name, value in program_devices(plan.encoder).items() if plan.video_done == "encoded" else ():
        quiet = quiet.global_args(f"-{name}", value)
    argv: list[str] = ffmpeg.compile(quiet, cmd=str(program), overwrite_output=True)
    return argv


def _video_settings(plan: CopyPlan) -> dict[str, str | int]:
    if plan.video is None:
        return {}
    if plan.video_done == "copied":
        return {"c:v": "copy"}
    encoding = PROXY if plan.way == "proxy" else PLAIN
    wanted = Wanted(
        quality=encoding.crf,
        level=plan.level,
        maxrate=encoding.maxrate,
        bufsize=encoding.bufsize,
        preset=encoding.preset,
    )
    ticks_n, ticks_d = plan.video.time_base
    settings: dict[str, str | int] = {
        **program_settings(plan.encoder, wanted),
        "force_key_frames": f"expr:gte(t,n_forced*{encoding.key_every_s})",
        "vf": f"{_spread(plan)}scale={plan.width}:{plan.height}:out_range=tv,{program_filter(plan.encoder)}",
        **({"pix_fmt": "yuv420p"} if plan.encoder == "software" else {}),
        **({} if plan.encoder != "software" or has_steady_tree(plan.width) else {"x264-params": "mbtree=0"}),
        "flags:v": "+bitexact",
        "fps_mode": "vfr",
    }
    if ticks_d <= FINEST_TIME_BASE:
        settings |= {"enc_time_base": f"{ticks_n}:{ticks_d}", "video_track_timescale": ticks_d}
    return settings


def _spread(plan: CopyPlan) -> str:
    return "setpts='if(isnan(PREV_OUTPTS),PTS,max(PTS,PREV_OUTPTS+1))'," if plan.shares_times else ""


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
