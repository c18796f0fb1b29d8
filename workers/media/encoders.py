"""Which encoder makes H.264 where all of a picture track is encoded: in software, or in a machine's own hardware.

A force chooses by configuration; software is the default, and the one whose result is the same everywhere. Hardware is
quicker and its pictures differ from machine to machine, so the statement names it. Where only parts are encoded beside
copied ones (`smart`), it is always software: two encoders' parameter sets must fit one track.

Pure: nothing is started here. The options were tested as options; no such hardware was at hand.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from workers.media.errors import MediaError

Encoder = Literal["software", "nvenc", "qsv", "vaapi"]
ENCODERS: tuple[str, ...] = get_args(Encoder)
CODECS: dict[str, str] = {"software": "libx264", "nvenc": "h264_nvenc", "qsv": "h264_qsv", "vaapi": "h264_vaapi"}
TREE_STEP_PX = 128
"""Eight macroblocks: what x264's mb-tree takes of a row at a time. Where a row ends between, it reads on, and what lay
in memory there before decides what comes out."""
VAAPI_DEVICE = "/dev/dri/renderD128"


class EncoderMissing(MediaError):
    """The configured hardware encoder cannot be used here; the message says what to do."""

    code = "encoder_missing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quality` as x264's CRF counts it; peak and buffer in bits a second, as ffmpeg reads them; `level` as '4.1'."""

    quality: int
    level: str
    maxrate: str
    bufsize: str
    preset: str


def has_steady_tree(width: int) -> bool:
    """Whether x264's mb-tree gives the same each time for pictures of this width in pixels, as stored."""
    return -(-width // 16) * 16 % TREE_STEP_PX == 0


def program_settings(encoder: Encoder, wanted: Wanted) -> dict[str, str | int]:
    """Options of the ffmpeg program for the picture track, without its filters."""
    common: dict[str, str | int] = {"c:v": CODECS[encoder], "profile:v": "high", "maxrate": wanted.maxrate}
    common |= {"bufsize": wanted.bufsize}
    level = wanted.level.replace(".", "")
    match encoder:
        case "software":
            return {**common, "level:v": wanted.level, "preset": wanted.preset, "crf": wanted.quality}
        case "nvenc":
            more: dict[str, str | int] = {"preset": "p5", "rc": "vbr", "cq": wanted.quality, "b:v": 0}
            return {**common, **more, "level:v": wanted.level, "bf": 0, "forced-idr": 1}
        case "qsv":
            more = {"preset": "medium", "global_quality": wanted.quality, "forced_idr": 1}
            return {**common, **more, "level:v": level, "bf": 0}
        case "vaapi":
            return {**common, "rc_mode": "QVBR", "qp": wanted.quality, "b:v": wanted.maxrate, "level:v": level, "bf": 0}


def program_devices(encoder: Encoder) -> dict[str, str]:
    """Global options that open the hardware."""
    return {"vaapi_device": VAAPI_DEVICE} if encoder == "vaapi" else {}


def program_filter(encoder: Encoder) -> str:
    """The end of the filter chain: the form of picture that the encoder takes, in its own memory where it asks so."""
    return {"software": "format=yuv420p", "nvenc": "format=yuv420p", "qsv": "format=nv12"}.get(
        encoder, "format=nv12,hwupload"
    )


def library_options(encoder: Encoder, *, quality: int, level: str | None, peak: int, key_every: int) -> dict[str, str]:
    """Options of the encoder inside libav, where frames are given to it one by one. Raises EncoderMissing for vaapi."""
    limits = {"maxrate": str(peak), "bufsize": str(peak)} if level is not None else {}
    common = {"profile": "high", "bf": "0", "g": str(key_every), **limits}
    match encoder:
        case "nvenc":
            told = {"level": level} if level is not None else {}
            return {**common, **told, "preset": "p5", "rc": "vbr", "cq": str(quality), "forced-idr": "1"}
        case "qsv":
            told = {"level": level.replace(".", "")} if level is not None else {}
            return {**common, **told, "preset": "medium", "global_quality": str(quality), "forced_idr": "1"}
        case _:
            raise EncoderMissing(
                "Full renders cannot be encoded by VAAPI. Set CONTINUITY_VIDEO_ENCODER to software, nvenc or qsv."
            )


def library_format(encoder: Encoder) -> str:
    """The form of picture that the encoder inside libav takes."""
    return "nv12" if encoder == "qsv" else "yuv420p"
