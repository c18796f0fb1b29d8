from fractions import Fraction

import pytest

from workers.media.frame_index import FrameIndex
from workers.media.recipe import Box, RecipeError, Run, Segment
from workers.media.recipe_draft import DraftTrack, KeyFrame, resolve_draft, segment_of_frames

TIMES = [0, 512, 1100, 1536, 2048, 2600, 3072]
INDEX = FrameIndex(
    stream=0,
    time_base=Fraction(1, 12800),
    presentation_offset=0,
    pts=TIMES,
    end_pts=3584,
    keys=[0],
    refreshes=[0],
)
BOX, MOVED = (10, 20, 30, 40), (50, 20, 30, 40)


def draft(*keys: KeyFrame, end_frame: int | None = None) -> DraftTrack:
    return DraftTrack("a", "face", "box", "solid", "third_party", keys, end_frame=end_frame)


def codes(*tracks: DraftTrack) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        resolve_draft(tracks, INDEX)
    return [problem.code for problem in caught.value.problems]


def test_key_frames_become_boxes_at_the_pts_of_their_frames():
    (track,) = resolve_draft([draft(KeyFrame(1, BOX), KeyFrame(4, MOVED), end_frame=6)], INDEX)
    assert track.runs == (Run(start=512, end=3072, boxes=(Box(512, *BOX), Box(2048, *MOVED))),)


def test_outside_ends_a_run_and_the_next_box_begins_another():
    keys = [KeyFrame(0, BOX), KeyFrame(2, None, outside=True), KeyFrame(4, MOVED), KeyFrame(6, None, outside=True)]
    (track,) = resolve_draft([draft(*keys)], INDEX)
    assert [(run.start, run.end) for run in track.runs] == [(0, 1100), (2048, 3072)]


def test_a_track_may_last_to_the_end_of_the_recording():
    (track,) = resolve_draft([draft(KeyFrame(0, BOX), end_frame=7)], INDEX)
    assert track.runs[0].end == INDEX.end_pts


def test_a_track_without_an_end_is_refused():
    assert codes(draft(KeyFrame(0, BOX))) == ["no_end"]


def test_all_mistakes_in_all_tracks_are_told():
    bad = draft(KeyFrame(3, BOX), KeyFrame(3, None), end_frame=9)
    assert (
        codes(bad, draft(KeyFrame(7, BOX), end_frame=7))
        == ["keys_unordered", "no_box", "out_of_range"] + ["out_of_range"] * 2
    )


def test_frames_become_a_segment_that_holds_exactly_them():
    assert segment_of_frames(INDEX, first=2, end=5) == Segment(source=0, start=1100, end=2600)
    assert segment_of_frames(INDEX, first=6, end=7) == Segment(source=0, start=3072, end=3584)


@pytest.mark.parametrize(("first", "end"), [(2, 2), (3, 2), (-1, 2), (0, 8)])
def test_frames_that_are_not_there_are_refused(first, end):
    with pytest.raises(RecipeError):
        segment_of_frames(INDEX, first=first, end=end)
