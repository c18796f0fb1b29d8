"""How each kind of recording is played: untouched where browsers can, rewrapped where only the wrapping is odd."""

from dataclasses import replace

import pytest

from tests.workers.media.sources import source
from workers.media.playable import decide
from workers.media.probe import probe
from workers.media.reports import Playable, Way

WAYS: dict[str, Way] = {
    "mp4": "direct",
    "b_frames": "direct",
    "no_audio": "direct",
    "faststart": "direct",
    "mov": "direct",
    "variable_rate": "direct",
    "rotated": "direct",
    "two_sounds": "direct",
    "tagged": "direct",
    "wide_pixels": "direct",
    "webm": "direct",
    "sound_only": "direct",
    "fragmented": "remux",
    "cut_faststart": "remux",
    "mpegts": "remux",
    "mkv_h264": "remux",
    "mkv_opus": "proxy",
    "pcm_mov": "proxy",
    "hevc": "proxy",
    "ten_bit": "proxy",
    "avi_mjpeg": "proxy",
    "mpegps": "proxy",
    "no_index": "none",
}


@pytest.mark.parametrize(("name", "way"), WAYS.items())
def test_each_kind_is_played_the_cheapest_way_that_works(name: str, way: Way) -> None:
    playable = probe(source(name)).playable
    assert playable.way == way
    assert playable.because.endswith(".")


def decide_mp4(**changes: object) -> Playable:
    report = probe(source("mp4"))
    facts = {
        "container": "mp4",
        "video": report.video[0],
        "audio": report.audio[0],
        "is_fragmented": False,
        "is_truncated": False,
        "edit_segments": 1,
    }
    return decide(**(facts | changes))


def test_unusual_h264_is_not_called_direct() -> None:
    video = probe(source("mp4")).video[0]
    assert decide_mp4().way == "direct"
    assert decide_mp4(video=replace(video, pix_fmt="yuv422p", profile="High 4:2:2")).way == "proxy"
    assert decide_mp4(video=replace(video, profile="Extended")).way == "proxy"
    assert decide_mp4(video=replace(video, profile=None)).way == "proxy"


def test_xhe_aac_is_not_called_direct() -> None:
    audio = probe(source("mp4")).audio[0]
    assert decide_mp4(audio=replace(audio, profile="HE-AAC")).way == "direct"
    assert decide_mp4(audio=replace(audio, profile="xHE-AAC")).way == "proxy"
    assert decide_mp4(audio=replace(audio, codec="amrnb", profile=None)).way == "proxy"


def test_parts_played_out_of_order_by_an_edit_list_need_a_copy() -> None:
    assert decide_mp4(edit_segments=2).way == "proxy"


def test_neither_picture_nor_sound_plays_not_at_all() -> None:
    assert decide_mp4(video=None, audio=None).way == "none"
