"""The other end of an upload in tests: as much of tus as a client needs, which can be slow, full, cut or refuse."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.browser.harness import Answer, Posted, Site

PROBLEM = "application/problem+json"


def problem(detail: str, status: int) -> Answer:
    return Answer(json.dumps({"title": "Not now", "detail": detail}).encode(), status, PROBLEM)


class TusDoor:
    """As much of the tus protocol as a client needs to be tested; can be told to cut the line."""

    def __init__(self) -> None:
        self.content: dict[str, bytearray] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.state = "received"
        self.cuts_left = 0
        self.refusal: Answer | None = None
        self.passing: Answer | None = None
        """What every chunk is answered with for the time being."""
        self.chunk_s = 0.0
        self.expires = ""
        self.chunks_now = 0
        self.chunks_at_once = 0
        self.token = ""
        """The only one taken, where there is one."""

    def __call__(self, request: Posted) -> Answer:
        headers = {"Tus-Resumable": "1.0.0"} | ({"Upload-Expires": self.expires} if self.expires else {})
        name = request.path.rsplit("/", 1)[-1]
        if self.token and request.headers["x-csrftoken"] != self.token:
            return problem("The page is older than your session.", 423)
        if request.method == "POST":
            if self.refusal:
                return self.refusal
            name = str(len(self.content) + 1)
            self.content[name] = bytearray()
            pairs = (pair.split(" ") for pair in request.headers["upload-metadata"].split(","))
            self.metadata[name] = {key: base64.b64decode(value).decode() for key, value in pairs}
            return Answer(status=201, headers=headers | {"Location": f"/tus/v1/{name}"})
        if request.method == "HEAD":
            return Answer(headers=headers | {"Upload-Offset": str(len(self.content[name])), "Upload-Length": "300000"})
        if request.method == "DELETE":
            del self.content[name]
            return Answer(status=204, headers=headers)
        with self._counted():
            time.sleep(self.chunk_s)
        if self.passing:
            return self.passing
        if int(request.headers["upload-offset"]) != len(self.content[name]):
            return Answer(status=409, headers=headers)  # an earlier chunk whose sender went away came in meanwhile
        if self.cuts_left:
            self.cuts_left -= 1
            self.content[name] += request.body[: len(request.body) // 2]
            return Answer(status=503, headers=headers)
        self.content[name] += request.body
        return Answer(status=204, headers=headers | {"Upload-Offset": str(len(self.content[name]))})

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self.chunks_now += 1
        self.chunks_at_once = max(self.chunks_at_once, self.chunks_now)
        yield
        self.chunks_now -= 1


def door_of(site: Site) -> TusDoor:
    """A door on the site, and where a page asks what became of an upload."""
    made = TusDoor()
    site.responders["/tus/v1/"] = made
    site.responders["/status"] = lambda _request: Answer(
        f'{{"state": "{made.state}", "href": "/recordings/1"}}'.encode(), content_type="application/json"
    )
    return made


def film(folder: Path, size_bytes: int = 300_000) -> Path:
    path = folder / "shift end.mp4"
    path.write_bytes((bytes(range(250)) * (size_bytes // 250 + 1))[:size_bytes])
    return path


def start(page: Page, site: Site, recording: Path) -> None:
    page.goto(site.address)
    page.get_by_label("Officer").fill("4312")
    page.get_by_label("Recorded at").fill("2026-11-22T19:04")
    page.get_by_label("Recordings", exact=True).set_input_files(recording)
    page.get_by_role("button", name="Upload").click()
