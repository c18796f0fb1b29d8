"""A box drawn by hand: followed both ways, honest about loss, taken up again; and a correction of a track."""

import functools
import json

import pytest

from tests.workers.media.detect_measures import near
from tests.workers.media.people import Hider, Person, Scene, coded, drawn, walk
from tests.workers.media.sources import folder
from workers.media.cli import main
from workers.media.detect.analyse import detect, pictures_of
from workers.media.detect.chosen import detectors_open
from workers.media.detect.hand import Hand
from workers.media.detect.keyframes import corrected, spliced
from workers.media.detect.report import FoundRun
from workers.media.errors import BadRequest
from workers.media.geometry import box_at
from workers.media.recipe_model import Box

pytestmark = pytest.mark.once
SIZE = {"width": 480, "height": 270}


@functools.cache
def clip(name):
    """A passer-by behind a pillar for over half a second, or one who walks out; and the truth of each frame."""
    scenes = {
        "hidden": Scene(
            **SIZE, seconds=3, seed=4, hiders=[Hider((190, 0, 80, 270))],
            people=[Person(drawn(1), walk((90, 150, 50), (420, 160, 58), 3)), Person(drawn(2), lambda _: (40, 40, 22))],
        ),
        "leaves": Scene(
            **SIZE, seconds=2, seed=5, people=[Person(drawn(3), walk((300, 130, 60), (620, 130, 60), 1.2))],
            camera=lambda at: (10 * at, 0),
        ),
        "swapped": Scene(
            width=320, height=180, seconds=2, seed=4,
            people=[Person(drawn(2), walk((270, 60, 40), (262, 62, 40), 0.7)),
                    Person(drawn(1), walk((60, 80, 44), (250, 90, 50), 2))],
        ),
    }  # fmt: skip
    path = folder() / f"{name}.mp4"
    return path, coded(scenes[name], path)


def followed(name, at, *, detector=None, start=None):
    path, truths = clip(name)
    frames = pictures_of(path)
    pts = frames.index.pts_of(at)
    box = Box(pts, *(round(side) for side in truths[at][0].box))
    hand = Hand(frames, detector)
    return frames, hand.follow(box, start=frames.index.pts_of(0) if start is None else pts, end=frames.index.end_pts)


def box_of(runs, pts):
    for run in runs:
        if run.start <= pts < run.end:
            rect = box_at([Box(*box) for box in run.boxes], pts)
            return rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top
    return None


def right_and_wrong(name, frames, runs):
    """Frames on which the first person is seen and followed, is seen and not, and on which something else is."""
    right = bare = wrong = 0
    for number, rows in enumerate(clip(name)[1]):
        truth = next((row for row in rows if row.person == 0 and row.seen > 0.5), None)
        box = box_of(runs, frames.index.pts_of(number))
        right += bool(box and truth and near(box, truth.box))
        bare += bool(truth and not box)
        wrong += bool(box and not any(near(box, row.box) for row in rows if row.person == 0))
    return right, bare, wrong


@pytest.mark.parametrize("at", [3, 70])
def test_it_is_followed_both_ways_lost_behind_the_pillar_and_found_behind_it(at):
    frames, report = followed("hidden", at)
    right, bare, wrong = right_and_wrong("hidden", frames, report.runs)
    assert bare <= 6  # half hidden by the pillar's edge
    assert wrong == 0
    assert right >= 48
    (lost,) = report.lost
    assert lost.is_found_again
    assert report.findings[0].code == "lost"


def test_a_detector_helps_to_find_it_again():
    frames, report = followed("hidden", 3, detector=detectors_open(["faces"])[0])
    _, bare, wrong = right_and_wrong("hidden", frames, report.runs)
    assert (bare <= 6, wrong) == (True, 0)


def test_one_who_leaves_the_picture_is_said_to_be_lost_and_nothing_is_covered_in_the_empty_street():
    frames, report = followed("leaves", 2)
    right, _, wrong = right_and_wrong("leaves", frames, report.runs)
    assert right >= 10
    assert wrong <= 3
    (lost,) = report.lost
    assert not lost.is_found_again
    assert (lost.start > report.key[0], lost.end) == (True, frames.index.end_pts)


@pytest.mark.parametrize("detector", [None, "faces"])
def test_somebody_else_who_comes_by_is_not_taken_for_one_who_left(detector):
    frames, report = followed("swapped", 10, detector=detector and detectors_open([detector])[0])
    right, bare, wrong = right_and_wrong("swapped", frames, report.runs)
    assert (right >= 14, bare <= 3) == (True, True)
    assert wrong <= 3
    assert [lost.is_found_again for lost in report.lost] == [False]


def test_the_drawn_box_is_kept_to_the_pixel():
    _, report = followed("hidden", 20)
    run = next(run for run in report.runs if run.start <= report.key[0] < run.end)
    assert report.key in run.boxes


def test_it_goes_on_from_the_box_alone_where_that_is_asked_for():
    _, report = followed("hidden", 20, start="here")
    assert report.runs[0].start == report.key[0] == report.range[0]


@pytest.mark.parametrize("box", [Box(7, 10, 10, 50, 50), Box(0, 900, 10, 50, 50), Box(0, 10, 10, 2, 50)])
def test_a_box_that_cannot_be_followed_is_refused(box):
    frames = pictures_of(clip("hidden")[0])
    with pytest.raises(BadRequest):
        Hand(frames).follow(box, start=frames.index.pts_of(0), end=frames.index.end_pts)


def test_the_command_line_follows_a_box(capsys):
    x, y, w, h = (round(side) for side in clip("hidden")[1][0][0].box)
    index = pictures_of(clip("hidden")[0]).index
    pts, until = index.pts_of(0), index.pts_of(10)
    assert main(["follow", str(clip("hidden")[0]), "--box", f"{pts},{x},{y},{w},{h}", "--until", str(until)]) == 0
    report = json.loads(capsys.readouterr().out)["report"]
    assert (report["range"], report["frames"], report["lost"]) == ([pts, until], 10, [])
    assert main(["follow", str(clip("hidden")[0]), "--box", "0,1,2"]) == 3


def run_of(start, end, *, x=0):
    return FoundRun(
        start=start, end=end, boxes=((start, x, 0, 10, 10), (end - 1, x + end - 1 - start, 0, 10, 10)), bridged=()
    )


def test_a_correction_replaces_what_was_there_and_leaves_the_rest():
    before, new, after = spliced([run_of(0, 100)], run_of(40, 60, x=500))
    assert [(row.start, row.end) for row in (before, new, after)] == [(0, 40), (40, 60), (60, 100)]
    assert before.boxes[-1] == (39, 39, 0, 10, 10)
    assert after.boxes[0] == (60, 60, 0, 10, 10)
    assert box_of((before, new, after), 50)[0] == 510
    assert spliced([run_of(0, 10), run_of(45, 50)], run_of(40, 60)) == (run_of(0, 10), run_of(40, 60))


def test_a_correction_is_followed_up_to_the_neighbouring_key_frames():
    path, truths = clip("hidden")
    frames = pictures_of(path)
    hand = Hand(frames)
    track = next(row for row in detect(frames, detectors_open()).tracks if row.thumbnail[3] > 35)
    pts = frames.index.pts_of
    key = Box(pts(12), *(round(side) for side in truths[12][0].box))
    limits = (pts(0), frames.index.end_pts)
    fixed = corrected(hand, track, key, keys=[pts(6), pts(18)], limits=limits)
    assert (fixed.found_by, fixed.is_doubtful) == ("hand", False)
    changed = next(run for run in fixed.runs if run.start <= pts(12) < run.end)
    assert pts(6) < changed.start <= pts(12) < changed.end <= pts(18)
    assert (pts(12), key.x, key.y, key.w, key.h) in changed.boxes
    assert box_of(fixed.runs, pts(60)) == box_of(track.runs, pts(60))
