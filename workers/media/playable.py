"""Whether and how a browser can play a file: the one decision between 'nothing is written' and a day of encoding.

Rules follow what Chromium, Firefox and Safari all decode without help: H.264 up to High at 8 bits 4:2:0 with AAC or
MP3 in MP4 or QuickTime, and 8-bit VP8, VP9 or AV1 with Opus or Vorbis in WebM. Rotation, variable frame rate, silence
and an index at the end of the file are no obstacles: ranges and the player deal with them.
"""

from workers.media.reports import AudioReport, Playable, VideoReport

MP4_LIKE = frozenset({"mp4", "quicktime"})
REWRAPPABLE = frozenset({"matroska", "mpegts"})
H264_PROFILES = frozenset({"Baseline", "Constrained Baseline", "Main", "High", "Constrained High", "Progressive High"})
AAC_PROFILES = frozenset({"LC", "HE-AAC", "HE-AACv2"})
EIGHT_BIT_420 = frozenset({"yuv420p", "yuvj420p"})
WEBM_VIDEO = frozenset({"vp8", "vp9", "av1"})
WEBM_AUDIO = frozenset({"opus", "vorbis"})

_CODEC_NAMES = {
    "hevc": "HEVC (H.265)",
    "h264": "H.264",
    "mjpeg": "Motion JPEG",
    "mpeg4": "MPEG-4 part 2",
    "mpeg2video": "MPEG-2",
    "mpeg1video": "MPEG-1",
    "prores": "Apple ProRes",
    "av1": "AV1",
    "vp8": "VP8",
    "vp9": "VP9",
    "aac": "AAC",
    "mp3": "MP3",
}


MIRRORED = (
    "The picture is shown mirrored or at a slant, which players do not all do alike, so nothing can be covered in it "
    "with certainty. Make a plain MP4 of it first, and edit that."
)


def codec_name(codec: str) -> str:
    """The name people know a codec by."""
    if codec.startswith("pcm_"):
        return "uncompressed (PCM)"
    return _CODEC_NAMES.get(codec, codec)


def decide(
    *,
    container: str,
    video: VideoReport | None,
    audio: AudioReport | None,
    is_fragmented: bool,
    is_truncated: bool,
    edit_segments: int,
) -> Playable:
    """The way to play an intact-enough file, with a sentence that says why."""
    if video is None:
        return _decide_sound(container=container, audio=audio, is_truncated=is_truncated)
    if (
        container == "webm"
        and not is_truncated
        and not video.is_mirrored
        and is_webm_video(video)
        and is_webm_audio(audio)
    ):
        return Playable(way="direct", because=f"Browsers play {codec_name(video.codec)} in WebM as it is.")
    if not is_h264_for_browsers(video):
        return Playable(way="proxy", because=f"Browsers do not all play {describe(video)}, so a copy is made to view.")
    if video.is_mirrored:
        return Playable(
            way="proxy", because="Browsers do not all mirror this picture alike, so a copy is made to view."
        )
    if edit_segments > 1:
        return Playable(
            way="proxy", because="The file's own edit list plays its parts out of order; a copy settles it."
        )
    if not is_mp4_audio(audio):
        name = codec_name(audio.codec) if audio else ""
        return Playable(way="proxy", because=f"Browsers do not all play {name} sound, so a copy is made to view.")
    return _decide_wrapping(container=container, is_fragmented=is_fragmented, is_truncated=is_truncated)


def _decide_wrapping(*, container: str, is_fragmented: bool, is_truncated: bool) -> Playable:
    if container in MP4_LIKE and is_truncated:
        return Playable(way="remux", because="The end of the file is missing; what is left is rewrapped, unchanged.")
    if container in MP4_LIKE and is_fragmented:
        return Playable(way="remux", because="The file is in fragments without an index; it is rewrapped, unchanged.")
    if container in MP4_LIKE:
        return Playable(way="direct", because="Browsers play this H.264 file as it is.")
    if container in REWRAPPABLE:
        return Playable(way="remux", because="The picture and sound suit browsers; only the wrapping is changed.")
    return Playable(way="proxy", because="Times in this kind of file are not dependable, so a copy is made to view.")


def _decide_sound(*, container: str, audio: AudioReport | None, is_truncated: bool) -> Playable:
    if audio is None:
        return Playable(way="none", because="The file holds neither pictures nor sound.")
    if container in MP4_LIKE and is_mp4_audio(audio) and not is_truncated:
        return Playable(way="direct", because="Browsers play this sound recording as it is; it has no pictures.")
    return Playable(way="proxy", because="The file holds sound only; a copy browsers play is made.")


def describe(video: VideoReport) -> str:
    """A codec with what makes it unusual: ``H.264 at 10 bits``."""
    name = codec_name(video.codec)
    if video.bit_depth is not None and video.bit_depth > 8:
        return f"{name} at {video.bit_depth} bits"
    if video.codec == "h264" and video.pix_fmt not in EIGHT_BIT_420:
        return f"{name} in {video.pix_fmt}"
    return name


def is_h264_for_browsers(video: VideoReport) -> bool:
    """H.264 in a profile and pixel format every browser decodes."""
    return video.codec == "h264" and video.profile in H264_PROFILES and video.pix_fmt in EIGHT_BIT_420


def is_mp4_audio(audio: AudioReport | None) -> bool:
    """No sound, AAC (not xHE-AAC), or MP3."""
    return audio is None or audio.codec == "mp3" or (audio.codec == "aac" and audio.profile in AAC_PROFILES)


def is_webm_video(video: VideoReport) -> bool:
    """VP8, VP9 or AV1 at 8 bits 4:2:0."""
    return video.codec in WEBM_VIDEO and video.pix_fmt in EIGHT_BIT_420


def is_webm_audio(audio: AudioReport | None) -> bool:
    """No sound, Opus or Vorbis."""
    return audio is None or audio.codec in WEBM_AUDIO
