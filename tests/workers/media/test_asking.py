"""The stretches a recording is looked at in: whole together, each entered at a refresh, none a scrap."""

from fractions import Fraction

import pytest

from workers.media.detect.asking import config_rows, planned
from workers.media.detect.errors import DetectorRefused
from workers.media.frame_index import FrameIndex

pytestmark = pytest.mark.once


def indexed(count: int, refreshes: tuple[int, ...]) -> FrameIndex:
    """Frames of 1/25 s that begin at pts 100."""
    return FrameIndex(
        stream=0, time_base=Fraction(1, 25), presentation_offset=100, pts=tuple(range(100, 100 + count)),
        end_pts=100 + count, keys=refreshes, refreshes=refreshes,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "refreshes", "at_least_s", "starts"),
    [
        (500, tuple(range(0, 500, 50)), 4.0, [0, 100, 200, 300, 400]),
        (500, tuple(range(0, 500, 50)), 3.0, [0, 100, 200, 300, 400]),  # where the stream can be entered, not sooner
        (240, tuple(range(0, 240, 50)), 4.0, [0, 100]),  # 40 frames are no stretch of their own
        (500, (0,), 4.0, [0]),
        (500, (), 4.0, [0]),
        (500, (30, 260), 4.0, [0, 260]),  # begins with frames that lean on what is not shown
        (1, (0,), 4.0, [0]),
    ],
)
def test_stretches_are_whole_together_and_begin_where_the_stream_can_be_entered(count, refreshes, at_least_s, starts):
    stretches = planned(indexed(count, refreshes), at_least_s=at_least_s)
    assert [row.first for row in stretches] == starts
    assert [row.end for row in stretches] == [*starts[1:], count]
    assert [(row.start, row.stop) for row in stretches] == [(row.first + 100, row.end + 100) for row in stretches]


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"v": 2, "detectors": []}', b'{"v": 1, "detectors": [{}]}', b"\xff", b"[" * 99_999]
)
def test_a_configuration_of_detectors_that_is_none_is_refused(content):
    with pytest.raises(DetectorRefused):
        config_rows(content)
