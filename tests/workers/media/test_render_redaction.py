import numpy as np
import pytest

from tests.workers.media.render_sources import coded, even_times, frames_of, rendered, source_of, uneven_times
from tests.workers.media.sources import source
from workers.media.index import index_build
from workers.media.recipe import Box, FrameRange, Params, Run, Segment, Track, redaction_recipe
from workers.media.recipe_draft import segment_of_frames

FILL = 16
PARAMS = Params(pad_pct=0, hold_frames=2)
BOX = (100, 120, 60, 40)


def track(start: int, end: int, *boxes: Box, effect: str = "solid", **more) -> Track:
    facts = {"shape": "box", "inverse": False} | more
    runs = (Run(start=start, end=end, boxes=boxes),)
    return Track(
        id="t", kind="face", found_by="hand", effect=effect, reason="third_party", source=0, runs=runs, **facts
    )


def redact(folder, path, *tracks, frames=(), params=PARAMS, stretch=None):
    index, _ = index_build(path)
    first, end = stretch or (0, index.frame_count)
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[segment_of_frames(index, first=first, end=end)],
        tracks=tracks,
        frames=frames,
        params=params,
    )
    out, report = rendered(folder, recipe, path)
    return frames_of(out), report


def is_filled(frame, box=BOX) -> bool:
    """Nothing of the picture is left in the box: its texture spans 40 to 200, the encoder's noise a few steps."""
    x, y, w, h = box
    area = frame.luma[y + 2 : y + h - 2, x + 2 : x + w - 2].astype(int)
    return bool(np.abs(area - FILL).max() <= 24 and np.abs(area - FILL).mean() < 3)


def test_a_run_is_covered_in_all_its_frames_and_those_held_and_in_no_other(tmp_path):
    path = coded(tmp_path / "in.mp4", uneven_times(40))
    index, _ = index_build(path)
    start, end = index.pts_of(12), index.pts_of(20)
    found, report = redact(tmp_path, path, track(start, end, Box(start, *BOX)))
    assert [frame.number for frame in found if is_filled(frame)] == list(range(10, 22))
    assert len(found) == 40
    assert report.statement.kind == "redaction"
    assert report.statement.segments[0].frames_covered == 12


def test_cover_follows_the_source_when_only_a_part_of_it_is_kept(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(40))
    index, _ = index_build(path)
    start, end = index.pts_of(12), index.pts_of(20)
    found, _ = redact(tmp_path, path, track(start, end, Box(start, *BOX)), stretch=(8, 15))
    assert [frame.number for frame in found if is_filled(frame)] == [10, 11, 12, 13, 14]


def test_a_moving_box_is_covered_where_it_is(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(21))
    index, _ = index_build(path)
    start, last = index.pts_of(0), index.pts_of(20)
    moving = track(start, index.end_pts, Box(start, 0, 120, 40, 40), Box(last, 200, 140, 40, 40))
    found, _ = redact(tmp_path, path, moving)
    for number, frame in enumerate(found):
        assert is_filled(frame, (number * 10, 120 + number, 40, 40))
        assert not is_filled(frame, ((number * 10 + 160) % 260, 120 + number, 40, 40))


def test_what_is_not_covered_is_as_near_to_the_source_as_in_a_clip(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(20))
    index, _ = index_build(path)
    found, _ = redact(tmp_path, path, track(index.pts_of(0), index.end_pts, Box(index.pts_of(0), *BOX)))
    before = frames_of(path)
    outside = np.ones(found[0].luma.shape, dtype=bool)
    outside[112:168, 92:168] = False
    for one, other in zip(before, found, strict=True):
        assert np.abs(one.luma.astype(int) - other.luma)[outside].mean() < 2


def test_pixelation_leaves_flat_blocks_on_the_pictures_own_grid(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(8))
    index, _ = index_build(path)
    box = Box(index.pts_of(0), 97, 113, 60, 60)
    found, _ = redact(tmp_path, path, track(index.pts_of(0), index.end_pts, box, effect="pixelate"))
    for frame in found:
        area = frame.luma[112:176, 96:160].astype(int).reshape(4, 16, 4, 16)
        spread = area.max(axis=(1, 3)) - area.min(axis=(1, 3))
        assert spread.max() <= 24
        assert np.ptp(frame.luma[112:176, 200:264]) > 80


def test_whole_frames_are_covered(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(20))
    index, _ = index_build(path)
    frames = (FrameRange(0, index.pts_of(5), index.pts_of(9), "solid"),)
    found, report = redact(tmp_path, path, frames=frames)
    black = [number for number, frame in enumerate(found) if np.abs(frame.luma.astype(int) - FILL).max() <= 4]
    assert black == [5, 6, 7, 8]
    assert report.statement.segments[0].frames_covered == 4


def test_an_inverse_track_covers_everything_where_it_has_no_run(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(20))
    index, _ = index_build(path)
    start, end = index.pts_of(5), index.pts_of(9)
    found, _ = redact(tmp_path, path, track(start, end, Box(start, 0, 0, 320, 96), inverse=True))
    for number, frame in enumerate(found):
        if 5 <= number < 9:
            assert frame.number == number
            assert np.abs(frame.luma[100:].astype(int) - FILL).max() <= 8
        else:
            assert np.abs(frame.luma.astype(int) - FILL).max() <= 4


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_boxes_count_in_the_picture_as_it_is_shown(tmp_path, rotation):
    path = coded(tmp_path / "in.mp4", even_times(6), rotation=rotation)
    index, _ = index_build(path)
    found, _ = redact(tmp_path, path, track(index.pts_of(0), index.end_pts, Box(index.pts_of(0), *BOX)))
    assert all(is_filled(frame) for frame in found)
    assert [frame.number for frame in found] == list(range(6))


def test_nothing_of_the_covered_picture_is_in_the_chroma_either(tmp_path):
    path = source("mp4")
    index, _ = index_build(path)
    box = (40, 40, 160, 120)
    found, _ = redact(
        tmp_path, path, track(index.pts_of(0), index.end_pts, Box(index.pts_of(0), *box)), stretch=(0, 10)
    )
    for frame in found:
        height, width = frame.luma.shape
        chroma = frame.planes[height:].reshape(2, height // 2, width // 2).astype(int)
        assert np.abs(chroma[:, 22:78, 22:98] - 128).max() <= 4


def test_a_track_that_only_notes_a_person_covers_nothing(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10), bf=0)
    noted = track(0, 512 * 10, Box(0, *BOX), effect="none")
    frames = (FrameRange(0, 0, 512, "solid"),)
    found, _ = redact(tmp_path, path, noted, frames=frames)
    assert not any(is_filled(frame) for frame in found[1:])


def test_a_repeated_stretch_is_covered_each_time(tmp_path):
    path = coded(tmp_path / "in.mp4", even_times(10), bf=0)
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[Segment(0, 0, 512 * 4), Segment(0, 0, 512 * 4)],
        tracks=[track(512, 1024, Box(512, *BOX))],
        params=Params(pad_pct=0, hold_frames=0),
    )
    out, _ = rendered(tmp_path, recipe, path)
    assert [is_filled(frame) for frame in frames_of(out)] == [False, True, False, False] * 2
