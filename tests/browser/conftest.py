"""A browser, a site for pages under test, and short recordings made with ffmpeg and prepared by our own tools."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.browser.harness import Site, serve
from tests.servers.running import browser_program

# Playwright's own event loop runs on the tests' thread; Django would take every query of a test for one inside it
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
PAGES = Path(__file__).parent / "pages"
FRAMES = 100
RATE = 25


@dataclass(frozen=True)
class Media:
    """A prepared recording: 640 x 360, FRAMES frames, with sound; each picture holds its own frame number."""

    folder: Path

    @property
    def index(self) -> dict[str, Any]:
        return json.loads((self.folder / "index.json").read_text())


def prepared(folder: Path, *options: str) -> Media:
    """Makes and prepares a recording in `folder`; `options` go to the encoder."""
    video = folder / "video.mp4"
    # Frame n shows n as eight black or white squares, lowest bit first, so that a picture tells which frame it is.
    square = "drawbox=x={x}:y=0:w=40:h=40:t=fill:color=white:enable='mod(floor(n/{unit}),2)'"
    bits = ",".join(square.format(x=40 * bit, unit=2**bit) for bit in range(8))
    thing = "drawbox=x=200:y=150:w=120:h=90:t=fill:color=teal"
    source = f"color=c=black:size=640x360:rate={RATE}:duration={FRAMES / RATE},{thing},{bits}"
    tone = f"sine=frequency=440:duration={FRAMES / RATE}"
    argv = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", tone]
    argv += ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", *options]
    subprocess.run([*argv, "-movflags", "+faststart", str(video)], check=True)
    subprocess.run(
        [sys.executable, "-m", "workers.media", "prepare", str(video), str(folder)], check=True, capture_output=True
    )
    return Media(folder)


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return prepared(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="session")
def uneven_media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    """The same pictures at a rate that changes: each third frame stays three times as long."""
    uneven = "setpts='(N+2*floor(N/3))/25/TB'"
    return prepared(tmp_path_factory.mktemp("uneven"), "-vf", uneven, "-fps_mode", "vfr", "-bf", "2")


@pytest.fixture(scope="session")
def base_url() -> None:
    """In place of pytest-playwright's own, whose definition pytest 9.2 warns about, and a warning is an error here."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    chromium = browser_program()
    own = {"executable_path": chromium} if chromium else {}
    args = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
    return browser_type_launch_args | own | {"args": args}


@pytest.fixture
def site() -> Iterator[Site]:
    with serve() as running:
        yield running


@dataclass
class Complaints:
    """What the browser complained about: script errors, refused content, missing files."""

    words: list[str]


@pytest.fixture
def complaints(page: Page) -> Complaints:
    words: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error":
            words.append(message.text)

    page.on("console", on_console)
    page.on("pageerror", lambda error: words.append(str(error)))
    return Complaints(words)


@pytest.fixture
def wide(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()


def until(page: Page, expression: str, *, timeout_s: float = 10) -> None:
    """Waits until a JavaScript expression is true. (Playwright's own waiting needs eval, which our policy forbids.)"""
    deadline = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never became true: {expression}"
        page.wait_for_timeout(20)


def rendered(name: str, **values: Any) -> str:
    """A page of tests/browser/pages, rendered with the product's template engine."""
    return engines["django"].from_string((PAGES / name).read_text()).render(values)
