"""Reads a camera's settings from a whole recording of it."""

from fractions import Fraction
from itertools import islice, pairwise
from pathlib import Path

from workers.media.errors import MediaError
from workers.media.index import index_read
from workers.media.index_report import Frames
from workers.media.nal import length_size
from workers.media.playable import codec_name
from workers.media.probe import probe
from workers.media.reports import ProbeReport
from workers.media.salvage.profile_model import CameraProfile, SoundProfile
from workers.media.salvage.reports import LENDERS
from workers.media.source import Packets, open_source
from workers.media.streams import codec_of, main_audio, main_video

SOUND_PACKETS = 50


class NoProfile(MediaError):
    """The settings of this recording cannot be lent to another; the message says why."""

    code = "no_profile"


def profile_of(path: Path) -> CameraProfile:
    """Read the settings of a whole MP4 with H.264. Raises NoProfile, SourceMissing, NotMedia, NoVideo, NoFrames."""
    found = probe(path)
    _require_lendable(found)
    with open_source(path) as container:
        stream = main_video(container)
        head = bytes(stream.codec_context.extradata or b"") if stream is not None else b""
    if length_size(head, "h264") is None:
        raise NoProfile("The other recording keeps its settings in another way. Choose another one.")
    read = index_read(path)
    index, video = read.index, found.video[0]
    lengths = [after - before for before, after in pairwise(index.pts)]
    if not lengths:
        raise NoProfile("The other recording is too short to tell how fast its pictures follow. Choose another one.")
    scale = Fraction(*video.time_base)
    begin = index.seconds_of(0)
    return CameraProfile(
        v=1,
        head=head.hex(),
        time_base=video.time_base,
        frame=max(round((index.pts[-1] - index.pts[0]) / len(lengths)), 1),
        is_even=max(lengths) - min(lengths) <= max(1, int(Fraction(1, 1000) / scale)),
        is_reordered=_is_reordered(read.frames),
        width=video.width,
        height=video.height,
        rotation=video.rotation,
        sound=_sound(path, begin),
        others=bool(found.other) or len(found.video) > 1 or len(found.audio) > 1,
    )


def _require_lendable(found: ProbeReport) -> None:
    if found.container not in LENDERS or found.integrity != "whole" or not found.video:
        raise NoProfile("The other recording is no whole MP4, so nothing can be learnt from it. Choose another one.")
    video = found.video[0]
    if video.codec != "h264":
        said = codec_name(video.codec)
        raise NoProfile(f"The other recording is in {said}; only H.264 can be put together again here.")
    if video.is_mirrored:
        raise NoProfile("The other recording is shown mirrored. Choose another one.")


def _is_reordered(frames: Frames) -> bool:
    return any(after < before for before, after in pairwise(frames.times))


def _sound(path: Path, begin_s: Fraction) -> SoundProfile | None:
    """The first sound where it is AAC; None where there is none, or another that has no frames to find again."""
    with open_source(path) as container:
        stream = main_audio(container)
        if stream is None or codec_of(stream) != "aac" or not stream.codec_context.extradata:
            return None
        packets = list(islice(Packets(container, stream), SOUND_PACKETS))
        context, base = stream.codec_context, stream.time_base
        lengths = {round((packet.duration or 0) * (base or 0) * context.sample_rate) for packet in packets[:-1]}
        config = bytes(context.extradata or b"").hex()
        if len(lengths) != 1 or base is None or packets[0].pts is None:
            return None
        first_s = packets[0].pts * base
    read = index_read(path).index
    first_s -= (read.audio_offset or 0) * (read.audio_time_base or base)
    return SoundProfile(
        config=config,
        rate=context.sample_rate,
        channels=context.channels,
        frame=lengths.pop(),
        start=round((first_s - begin_s) * context.sample_rate),
    )
