"""The configured encoder reaches the sandbox: its name as an argument, its devices and no others shown."""

import pytest

from evidence.jobs.errors import JobFailed
from workers.exec.sandbox import PROBE, provider
from workers.exec.sandbox.base import Request
from workers.exec.sandbox.bubblewrap import Bubblewrap
from workers.handlers.copying import encoder_args, encoding_profile


def test_software_needs_no_word_and_no_device(settings):
    settings.VIDEO_ENCODER = "software"
    assert encoder_args() == ()
    assert encoding_profile(PROBE).devices == ()


def test_hardware_is_named_and_its_devices_alone_are_shown(settings, monkeypatch):
    settings.VIDEO_ENCODER = "vaapi"
    monkeypatch.setattr("workers.handlers.copying.provider", Bubblewrap)
    assert encoder_args() == ("--encoder", "vaapi")
    with Bubblewrap().start(Request(argv=("ffprobe",), profile=encoding_profile(PROBE))) as started:
        argv = " ".join(started.argv)
    assert argv.count("--dev-bind-try") == 1
    assert "--dev-bind-try /dev/dri /dev/dri" in argv
    with Bubblewrap().start(Request(argv=("ffprobe",), profile=PROBE)) as started:
        assert "--dev-bind-try" not in started.argv


def test_a_sandbox_that_shows_no_devices_is_told_of_in_words(settings, monkeypatch):
    settings.VIDEO_ENCODER = "nvenc"
    other = type("Other", (), {"name": "landlock"})
    monkeypatch.setattr("workers.handlers.copying.provider", other)
    with pytest.raises(JobFailed, match="bubblewrap"):
        encoding_profile(PROBE)
    assert provider().name in {"bubblewrap", "landlock"}
