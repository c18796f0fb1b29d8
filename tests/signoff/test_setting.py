"""Which detectors look again is the force's setting; what is no detector is refused when the program starts."""

import pytest

from config.env import EnvironmentInvalid
from config.settings.records import DETECTORS, detectors_named
from workers.media.detect.chosen import OWN


@pytest.mark.parametrize(
    ("text", "named"),
    [("faces", ("faces",)), ("plates, faces,faces", ("plates", "faces")), ("off", ()), ("", ())],
)
def test_detectors_are_named_with_commas_and_off_is_none(text, named):
    assert detectors_named(text) == named


@pytest.mark.parametrize("text", ["face", "faces,off", "onnx"])
def test_what_is_no_detector_is_refused_with_those_there_are(text):
    with pytest.raises(EnvironmentInvalid, match="faces, faces-quick, faces-far, plates"):
        detectors_named(text)


def test_the_setting_knows_the_detectors_that_come_with_the_product():
    assert set(DETECTORS) == set(OWN)
