"""The upload page: hash in the browser, tus, states, pause and resume, a cut line, a refusal, and the plain form."""

import base64
import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, rendered
from tests.browser.harness import Answer, Posted, Site

pytestmark = pytest.mark.browser


class TusDoor:
    """As much of the tus protocol as a client needs to be tested; can be told to cut the line."""

    def __init__(self) -> None:
        self.content: dict[str, bytearray] = {}
        self.metadata: dict[str, dict[str, str]] = {}
        self.state = "received"
        self.cuts_left = 0
        self.refusal: Answer | None = None

    def __call__(self, request: Posted) -> Answer:
        headers = {"Tus-Resumable": "1.0.0"}
        name = request.path.rsplit("/", 1)[-1]
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
        if self.cuts_left:
            self.cuts_left -= 1
            self.content[name] += request.body[: len(request.body) // 2]
            return Answer(status=503, headers=headers)
        self.content[name] += request.body
        return Answer(status=204, headers=headers | {"Upload-Offset": str(len(self.content[name]))})


@pytest.fixture
def door(site: Site) -> TusDoor:
    made = TusDoor()
    site.pages["/"] = rendered("upload.html")
    site.responders["/tus/v1/"] = made
    site.responders["/status"] = lambda _request: Answer(
        f'{{"state": "{made.state}", "href": "/recordings/1"}}'.encode(), content_type="application/json"
    )
    return made


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "shift end.mp4"
    path.write_bytes(bytes(range(250)) * 1200)
    return path


def start(page: Page, site: Site, recording: Path) -> None:
    page.goto(site.address)
    page.get_by_label("Officer").fill("4312")
    page.get_by_label("Recorded at").fill("2026-11-22T19:04")
    page.get_by_label("Recordings").set_input_files(recording)
    page.get_by_role("button", name="Upload").click()


def test_a_file_is_hashed_sent_and_followed_until_it_is_playable(
    page: Page, site: Site, door: TusDoor, recording: Path, complaints: Complaints
) -> None:
    start(page, site, recording)
    row = page.locator(".app-upload__row")
    expect(row).to_contain_text("Sent. Being checked", timeout=10_000)
    assert bytes(door.content["1"]) == recording.read_bytes()
    given = door.metadata["1"]
    assert given["sha256"] == hashlib.sha256(recording.read_bytes()).hexdigest()
    assert (given["filename"], given["officer"]) == ("shift end.mp4", "4312")
    assert given["recorded_at"].startswith("2026-11-22T")
    assert given["recorded_at"].endswith("Z")
    door.state = "sealed"
    expect(row).to_contain_text("You can wipe the camera", timeout=10_000)
    expect(row.get_by_role("link", name="Receipt")).to_have_attribute("href", f"{site.address}/tus/v1/1/receipt")
    door.state = "playable"
    expect(row.locator("[data-reached]")).to_have_count(4, timeout=10_000)
    expect(row.get_by_role("link", name="Open the recording")).to_have_attribute("href", "/recordings/1")
    assert complaints.words == []


def test_a_cut_line_is_taken_up_where_it_was(page: Page, site: Site, door: TusDoor, recording: Path) -> None:
    door.cuts_left = 2
    start(page, site, recording)
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=20_000)
    assert bytes(door.content["1"]) == recording.read_bytes()
    assert sum(request.method == "POST" for request in site.posted) == 1


def test_after_the_page_was_closed_the_same_file_goes_on_where_it_was(
    page: Page, site: Site, door: TusDoor, recording: Path
) -> None:
    door.cuts_left = 1000
    start(page, site, recording)
    page.wait_for_timeout(1200)
    sent = len(door.content["1"])
    assert 0 < sent < recording.stat().st_size
    page.on("dialog", lambda dialog: dialog.accept())
    door.cuts_left = 0
    page.close(run_before_unload=False)
    again = page.context.new_page()
    start(again, site, recording)
    expect(again.locator("[data-unfinished]")).to_contain_text("shift end.mp4")
    expect(again.locator(".app-upload__row")).to_contain_text("Being checked", timeout=20_000)
    assert bytes(door.content["1"]) == recording.read_bytes()
    assert list(door.content) == ["1"]


def test_a_refusal_is_shown_in_the_servers_words(page: Page, site: Site, door: TusDoor, recording: Path) -> None:
    door.refusal = Answer(
        b'{"detail": "There is no officer 4312. Check the number."}',
        status=400,
        content_type="application/problem+json",
    )
    start(page, site, recording)
    expect(page.locator(".app-upload__row--failed")).to_contain_text(
        "There is no officer 4312. Check the number.", timeout=10_000
    )


def test_cancelling_withdraws_the_upload(page: Page, site: Site, door: TusDoor, recording: Path) -> None:
    door.cuts_left = 1000
    start(page, site, recording)
    page.get_by_role("button", name="Cancel shift end.mp4").click()
    expect(page.locator(".app-upload__row")).to_contain_text("Cancelled")
    page.wait_for_timeout(500)
    assert door.content == {}


def test_several_files_each_get_a_row(page: Page, site: Site, door: TusDoor, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.mp4" for number in range(5)]
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]) * 1000)
    page.goto(site.address)
    page.get_by_label("Recordings").set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".app-upload__row[data-state=received]")).to_have_count(5, timeout=15_000)
    assert sorted(bytes(content[:1]) for content in door.content.values()) == [bytes([number]) for number in range(5)]


def test_an_empty_file_is_sent_too(page: Page, site: Site, door: TusDoor, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    page.goto(site.address)
    page.get_by_label("Recordings").set_input_files(empty)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".app-upload__row")).to_contain_text("Being checked", timeout=10_000)
    assert door.metadata["1"]["sha256"] == hashlib.sha256(b"").hexdigest()


def test_without_script_the_form_posts_the_files_itself(
    browser: object, site: Site, door: TusDoor, recording: Path
) -> None:
    site.responders["/plain"] = lambda _request: Answer(b"<p>done")
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(site.address)
    page.get_by_label("Recordings").set_input_files(recording)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/plain")
    assert recording.read_bytes() in site.posted[-1].body
    context.close()
