"""What the playable decision and the index promise, asked of a real Chromium: it plays and its clock names frames."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import base_url, browser_type_launch_args  # noqa: F401 - the browser as others start it
from tests.servers.running import browser_program
from tests.workers.media.render_sources import coded, even_times, rendered, tone
from tests.workers.media.sources import source
from tests.workers.media.test_smart import whole
from workers.media.index import index_build
from workers.media.probe import probe

CHROMIUM = browser_program()
DIRECT = ["mp4", "b_frames", "mov", "variable_rate", "rotated", "no_audio", "late_sound", "hidden_start", "webm"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]

SEEK = """
async (seconds) => {
  const video = document.querySelector('video');
  const shown = new Promise((done) => video.requestVideoFrameCallback((now, frame) => done(frame.mediaTime)));
  video.currentTime = seconds;
  return await shown;
}
"""
LOAD = """
async (url) => {
  const video = document.createElement('video');
  video.muted = true;
  document.body.replaceChildren(video);
  return await new Promise((done) => {
    video.onloadeddata = () => done([video.videoWidth, video.videoHeight]);
    video.onerror = () => done(video.error.message);
    video.src = url;
  });
}
"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    blank = tmp_path_factory.mktemp("page") / "blank.html"
    blank.write_text("<!doctype html><title>player</title><body></body>", encoding="ascii")
    page = browser.new_page()
    page.goto(blank.as_uri())
    yield page
    page.close()


def load(page: Page, path: Path) -> object:
    return page.evaluate(LOAD, path.as_uri())


@pytest.mark.parametrize("name", DIRECT)
def test_browser_plays_what_is_called_direct_and_its_clock_names_our_frames(page: Page, name: str) -> None:
    path = source(name)
    report = probe(path)
    assert report.playable.way == "direct"
    assert load(page, path) == [report.video[0].width, report.video[0].height]

    index, _ = index_build(path)
    shown = [frame for frame in range(index.frame_count) if index.seconds_of(frame) >= 0]
    for frame in [shown[0], *shown[3:-1:9]]:
        middle = float((index.seconds_of(frame) + index.seconds_of(frame + 1)) / 2)
        media_time = page.evaluate(SEEK, middle)
        assert media_time == pytest.approx(float(index.seconds_of(frame)), abs=1e-5)
        assert index.frame_of_player_time(media_time) == frame


def test_browser_refuses_what_is_called_a_case_for_a_proxy(page: Page) -> None:
    path = source("avi_mjpeg")
    assert probe(path).playable.way == "proxy"
    assert isinstance(load(page, path), str)


PLAY = """
async () => {
  const video = document.querySelector('video');
  const seen = [];
  const note = (now, frame) => { seen.push(frame.mediaTime); video.requestVideoFrameCallback(note); };
  video.requestVideoFrameCallback(note);
  await new Promise((done) => { video.onended = done; video.play(); });
  return [video.getVideoPlaybackQuality().totalVideoFrames, seen];
}
"""


@pytest.mark.parametrize("bf", [0, 3])
@pytest.mark.once
def test_browser_plays_every_frame_of_a_copy_through_the_seams_of_its_two_encoders(page: Page, tmp_path, bf: int):
    path = coded(tmp_path / "in.mp4", even_times(48), bf=bf, sound=tone(1.92))
    out, report = rendered(tmp_path, whole(path, cover=(12, 13)), path)
    assert [part.way for part in report.statement.parts] == ["copied", "encoded", "copied"]
    assert load(page, out) == [320, 192]
    decoded, seen = page.evaluate(PLAY)
    assert decoded == 48
    index, _ = index_build(out)
    shown = [float(index.seconds_of(frame)) for frame in range(48)]
    assert all(min(abs(at - each) for each in shown) < 1e-4 for at in seen)
    for frame in (11, 12, 23, 24, 25):
        middle = float((index.seconds_of(frame) + index.seconds_of(frame + 1)) / 2)
        assert page.evaluate(SEEK, middle) == pytest.approx(shown[frame], abs=1e-5)
