"""A second look at a finished copy: what is bare is listed with a picture of it, what is covered is not."""

import base64
import functools
import json

import cv2
import numpy as np
import pytest

from tests.workers.media.people import Person, Scene, coded, drawn
from tests.workers.media.render_sources import rendered, source_of
from tests.workers.media.sources import folder
from workers.media.cli import main
from workers.media.detect.analyse import detect, pictures_of
from workers.media.detect.chosen import detectors_open
from workers.media.detect.look_again import covered_share
from workers.media.detect.report import Places
from workers.media.detect.to_recipe import recipe_tracks
from workers.media.geometry import Kept, Patch, Rect
from workers.media.index import index_build
from workers.media.recipe import redaction_recipe
from workers.media.recipe_draft import segment_of_frames
from workers.media.wire import from_obj

pytestmark = pytest.mark.once


@functools.cache
def master():
    """Two people who stay."""
    people = [
        Person(drawn(1), lambda at: (110 + 6 * at, 110, 60)),
        Person(drawn(2), lambda at: (330 - 6 * at, 120, 60)),
    ]
    path = folder() / "staying.mp4"
    coded(Scene(480, 270, 2, people, seed=7), path)
    return path


def copy_with(tmp_path, covered, effect):
    """A copy of its frames 10 to 40 on which so many of the two are covered; the order to look at it again."""
    path = master()
    index, _ = index_build(path)
    index.write(tmp_path / "index.json")
    found = sorted(detect(pictures_of(path), detectors_open()).tracks, key=lambda track: track.thumbnail[1])
    recipe = redaction_recipe(
        sources=[source_of(path)],
        segments=[segment_of_frames(index, first=10, end=40)],
        tracks=recipe_tracks(found[:covered], effect=effect, reason="third_party"),
    )
    out, _ = rendered(tmp_path, recipe, path, name="copy")
    listing = tmp_path / "L.json"
    order = ["look-again", str(out), "--out", str(listing)]
    return [*order, "--recipe", str(tmp_path / "copy.json"), "--master-index", str(tmp_path / "index.json")], listing


def looked(order, listing, capsys):
    assert main(order) == 0
    return json.loads(capsys.readouterr().out)["report"], from_obj(Places, json.loads(listing.read_bytes()))


def test_what_was_left_bare_is_listed_with_time_box_and_picture(tmp_path, capsys):
    report, found = looked(*copy_with(tmp_path, 1, "solid"), capsys)
    (place,) = found.places
    assert report["places"] == 1
    assert place.box[1] > 240
    assert place.start_s == 0
    assert place.end_s == pytest.approx(30 / 25, abs=0.01)
    assert (found.frames, place.frames) == (30, (0, 30))
    assert 0 <= place.box_frame < 30
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(place.thumbnail_jpeg), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert 40 <= max(picture.shape) <= 96
    assert picture.std() > 15


@pytest.mark.parametrize("effect", ["solid", "pixelate"])
def test_what_is_covered_is_not_listed(effect, tmp_path, capsys):
    report, found = looked(*copy_with(tmp_path, 2, effect), capsys)
    assert (report["places"], found.places) == (0, ())


def test_without_the_recipe_all_that_is_seen_is_listed(tmp_path, capsys):
    report, _ = looked(["look-again", str(master()), "--out", str(tmp_path / "L")], tmp_path / "L", capsys)
    assert (report["places"], report["covered"]) == (2, 0)


def test_a_recipe_needs_the_index_of_each_of_its_sources(tmp_path, capsys):
    order, _ = copy_with(tmp_path, 1, "solid")
    assert main(order[:-2]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "bad_request"


def test_the_share_that_is_covered_counts_what_an_inverse_track_keeps():
    box = Rect(10, 10, 30, 30)
    whole = Rect(0, 0, 100, 100)
    assert covered_share(box, [], (100, 100)) == 0
    assert covered_share(box, [Patch("solid", Rect(0, 0, 20, 100), 2)], (100, 100)) == 0.5
    assert covered_share(box, [Patch("solid", whole, 2, kept=(Kept(Rect(10, 10, 30, 20)),))], (100, 100)) == 0.5
    assert covered_share(Rect(90, 0, 110, 10), [Patch("solid", Rect(90, 0, 100, 10), 2)], (100, 100)) == 1
