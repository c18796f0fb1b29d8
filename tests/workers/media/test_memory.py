"""Going through a recording keeps no picture behind: memory stays the same however long the recording is."""

import gc

import av
import pytest

from tests.workers.media.render_sources import coded, even_times, source_of
from workers.media.frames import SourceFrames
from workers.media.index import index_build

COUNT = 60


@pytest.fixture(params=[0, 90])
def frames(request, tmp_path) -> SourceFrames:
    path = coded(tmp_path / "turned.mp4", even_times(COUNT), rotation=request.param)
    video = source_of(path).video
    assert video is not None
    return SourceFrames(path, video, index_build(path)[0])


def pictures_held() -> int:
    return sum(type(each) is av.VideoFrame for each in gc.get_objects())


def test_frames_that_were_read_are_let_go_at_once_and_not_when_the_collector_comes_by(frames):
    gc.collect()
    gc.disable()
    try:
        before, most = pictures_held(), 0
        for number, frame in enumerate(frames.between(frames.index.pts_of(0), frames.index.end_pts)):
            assert frame.width
            if number % 20 == 19:
                most = max(most, pictures_held() - before)
        assert (number, most <= 20) == (COUNT - 1, True)
    finally:
        gc.enable()
