"""From finds to tracks: what is one person stays one, what is covered stays covered."""

from math import sin

import numpy as np
import pytest

from workers.media.detect.kalman import Kalman
from workers.media.detect.linking import link, things_of
from workers.media.detect.motion import CameraMotion, Offset, is_still
from workers.media.detect.resolving import Resolver, Timeline, simplified
from workers.media.detect.tracking import Tracker

pytestmark = pytest.mark.once
EVERY = 5
RATE = 30


def looked(paths, seconds, *, score=0.8, spawn=0.35):
    """A tracker that saw boxes `paths(now)` every fifth frame of 30 a second."""
    tracker = Tracker(spawn=spawn)
    for frame in range(0, round(seconds * RATE), EVERY):
        rows = [(*box, score) for box in (path(frame / RATE) for path in paths) if box is not None]
        tracker.take(frame, frame / RATE, np.array(rows, dtype=np.float32).reshape(-1, 5))
    return tracker


def straight(x, y, across, down=0.0, *, size=40, hidden=()):
    def path(now):
        is_hidden = any(start <= now < end for start, end in hidden)
        return None if is_hidden else (x + across * now, y + down * now, size, size)

    return path


def things(*paths, seconds=6, **more):
    return link(looked(paths, seconds, **more).finish())


def test_one_who_walks_is_one_track():
    (one,) = things(straight(0, 100, 150))
    assert len(one.scores) == 36


def test_two_who_cross_keep_their_own_tracks():
    tracks = things(straight(0, 100, 120), straight(600, 110, -110))
    assert len(tracks) == 2
    for track in tracks:
        (piece,) = track.pieces
        x = [box[0] for box in piece.boxes]
        assert x == sorted(x) or x == sorted(x, reverse=True)


def test_one_hidden_behind_a_pillar_is_the_same_afterwards_and_covered_between():
    (one,) = things(straight(0, 100, 60, hidden=[(2, 4)]))
    (piece,) = one.pieces
    assert max(np.diff(piece.times)) > 1.9


def test_one_who_comes_back_much_later_where_he_was_is_carried_on_uncovered():
    (one,) = things(straight(300, 100, 0, hidden=[(2, 7)]), seconds=9)
    assert len(one.pieces) == 2


def test_one_who_comes_from_elsewhere_is_another():
    assert len(things(straight(100, 100, 0, hidden=[(2, 9)]), straight(600, 100, 0, hidden=[(0, 3)]))) == 2


def test_one_much_larger_than_who_went_is_another():
    assert len(things(straight(100, 100, 0, hidden=[(2, 9)]), straight(80, 80, 0, size=120, hidden=[(0, 3)]))) == 2


def test_a_box_within_a_box_is_no_second_person():
    inner = lambda now: (110 + 30 * now, 115, 15, 15) if 1 <= now < 4 else None  # noqa: E731
    assert len(things(straight(100, 100, 30), inner)) == 1


def test_faint_finds_continue_a_track_and_begin_none():
    tracker = Tracker(spawn=0.35)
    for frame, score in ((0, 0.2), (5, 0.8), (10, 0.25), (15, 0.25)):
        rest = tracker.take(frame, frame / RATE, np.array([[100, 100, 40, 40, score]], dtype=np.float32))
        assert len(rest) == (frame == 0)
    (one,) = tracker.finish()
    assert one.frames == [5, 10, 15]


def test_what_is_only_ever_faint_is_proposed_when_seen_often_and_counted_when_not():
    often, once = straight(100, 100, 10), lambda now: (500, 300, 30, 30) if now < 0.1 else None
    faint = looked([often, once], 4, score=0.25, spawn=0.2).finish()
    kept, left_out = things_of([], faint)
    assert (len(kept), left_out) == (1, 1)


def test_what_was_seen_once_is_kept_only_if_it_was_clear():
    once = lambda now: (500, 300, 30, 30) if now < 0.1 else None  # noqa: E731
    assert [len(things_of(looked([once], 2, score=score).finish(), [])[0]) for score in (0.4, 0.7)] == [0, 1]


def test_the_filter_expects_what_moves_evenly_where_it_will_be():
    tracked = Kalman(np.array([0.0, 0, 40, 40]), 0.0)
    for step in range(1, 12):
        tracked.see(np.array([step * 10.0, 0, 40, 40]), step * 0.15)
    assert tracked.expected(12 * 0.15)[0] == pytest.approx(120, abs=4)
    assert tracked.doubt(4.0) > tracked.doubt(2.0)


def resolver(frames, offsets=None):
    pts = [frame * 512 for frame in range(frames)]
    looks = list(range(0, frames, EVERY))
    timeline = Timeline(frames * 512, pts, offsets or [Offset()] * frames, looks)
    return Resolver(timeline=timeline, size=(1280, 720), kind="face", found_by="one:1:" + "0" * 64)


def test_a_track_ends_where_it_was_seen_to_be_gone():
    (thing,) = things(straight(100, 100, 50, hidden=[(0, 1), (3, 99)]), seconds=5)
    track = resolver(150).track(thing, "a")
    (run,) = track.runs
    first, last = thing.pieces[0].frames[0], thing.pieces[0].frames[-1]
    assert (run.start, run.end) == ((first - EVERY + 1) * 512, (last + EVERY) * 512)
    assert run.start <= run.boxes[0][0] <= first * 512


def test_the_cameras_shaking_is_put_back_in_on_every_frame():
    offsets = [Offset(20 * sin(frame), 12 * sin(frame * 1.7)) for frame in range(60)]
    (thing,) = things(straight(400, 300, 30), seconds=2)
    (run,) = resolver(60, offsets).track(thing, "a").runs
    at = {box[0] // 512: box for box in run.boxes}
    for frame in range(thing.pieces[0].frames[-1]):
        if frame in at:
            assert at[frame][1] == pytest.approx(400 + frame + offsets[frame].x, abs=2)
    assert len(at) > 40


def test_a_straight_path_is_two_boxes_and_a_bent_one_is_kept_near():
    frames = list(range(50))
    straight_path = np.array([[frame * 2.0, 0, 40, 40] for frame in frames])
    assert simplified(frames, straight_path, frames) == [0, 49]
    bent = np.array([[100 * sin(frame / 8), 0.0, 40, 40] for frame in frames])
    kept = simplified(frames, bent, frames)
    assert len(kept) < 25
    line = np.interp(frames, kept, bent[kept, 0])
    assert np.abs(line - bent[:, 0]).max() <= 1.3


def test_where_a_box_was_filled_in_is_said():
    (thing,) = things(straight(100, 100, 60, hidden=[(2, 4)]))
    (run,) = resolver(180).track(thing, "a").runs
    ((start, end),) = run.bridged
    assert 55 * 512 < start < 62 * 512
    assert 119 * 512 < end < 125 * 512


def test_a_track_outside_the_picture_is_none():
    (thing,) = things(straight(-500, 100, 0))
    assert resolver(200).track(thing, "a") is None


def test_how_far_the_camera_moved_is_measured():
    rng = np.random.default_rng(5)
    world = np.kron(rng.integers(40, 200, (40, 60)), np.ones((6, 6))).astype(np.uint8)
    motion = CameraMotion(shown_width=1280)
    found = [motion.take(np.ascontiguousarray(world[50 - step : 140 - step, 60:220])) for step in (0, 3, 6)]
    assert [row.y for row in found] == pytest.approx([0, 24, 48], abs=3)
    assert [row.x for row in found] == pytest.approx([0, 0, 0], abs=3)


def test_noise_is_no_motion_and_a_small_thing_that_moves_is():
    rng = np.random.default_rng(6)
    still = np.full((90, 160), 60, dtype=np.uint8)
    noisy = (still + rng.integers(-2, 3, still.shape)).astype(np.uint8)
    moved = still.copy()
    moved[40:45, 80:84] = 90
    assert is_still(still, noisy)
    assert not is_still(still, moved)
