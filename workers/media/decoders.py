"""Which decoders may see hostile bytes: those that body-worn cameras, phones, dash cameras and CCTV exports need.

libav brings some five hundred, most of them for formats that nobody has used for decades, and each is a way in. What is
on no list here is 'not playable, because ...'. Names are those of decoders, not of codecs (``mp3float`` reads MP3), and
several read one codec: which of them are there depends on the build.
"""

VIDEO = (
    "h264", "hevc", "mpeg4", "msmpeg4v2", "msmpeg4", "h263", "mpeg1video", "mpeg2video", "mjpeg", "vp8", "vp9",
    "libvpx", "libvpx-vp9", "libdav1d", "libaom-av1", "av1", "prores", "dvvideo",
)  # fmt: skip
AUDIO = (
    "aac", "aac_latm", "mp3float", "mp3", "mp2float", "mp2", "ac3", "eac3", "opus", "libopus", "vorbis", "flac", "alac",
    "amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "adpcm_ima_wav", "adpcm_ima_qt", "adpcm_ms",
    "pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le",
    "pcm_f32be", "pcm_alaw", "pcm_mulaw", "pcm_bluray", "pcm_dvd",
)  # fmt: skip
ALLOWED = frozenset((*VIDEO, *AUDIO))
WHITELIST = ",".join((*VIDEO, *AUDIO))
MAX_PIXELS = 8192 * 8192

LIMITS = {"codec_whitelist": WHITELIST, "max_pixels": str(MAX_PIXELS)}
"""As options of a decoder; libav holds each decoder that it opens against them."""
