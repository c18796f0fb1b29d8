"""The upload page: hash in the browser, tus, states, pause and resume, a cut line, a refusal, and the plain form."""

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Complaints, rendered
from tests.browser.harness import Answer, Posted, Site
from tests.browser.tus_door import TusDoor, door_of, film, problem, start

pytestmark = pytest.mark.browser
FULL = "There is no room for more uploads at the moment. What arrived is kept; go on when room has been made."


@pytest.fixture
def door(site: Site) -> TusDoor:
    site.pages["/"] = rendered("upload.html")
    return door_of(site)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return film(tmp_path)


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
    again.goto(site.address)
    expect(again.locator("[data-unfinished]")).to_contain_text("shift end.mp4")
    start(again, site, recording)
    expect(again.locator(".app-upload__row")).to_contain_text("Being checked", timeout=20_000)
    expect(again.locator("[data-unfinished]")).to_be_hidden()
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
    page.get_by_label("Recordings", exact=True).set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".app-upload__row[data-state=received]")).to_have_count(5, timeout=15_000)
    assert sorted(bytes(content[:1]) for content in door.content.values()) == [bytes([number]) for number in range(5)]


def test_an_empty_file_is_sent_too(page: Page, site: Site, door: TusDoor, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp4"
    empty.touch()
    page.goto(site.address)
    page.get_by_label("Recordings", exact=True).set_input_files(empty)
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
    page.get_by_label("Recordings", exact=True).set_input_files(recording)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/plain")
    assert recording.read_bytes() in site.posted[-1].body
    context.close()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (problem(FULL, 507), FULL),
        (problem("Another request is writing.", 423), "Another request is writing."),
        (Answer(b"<h1>Bad gateway</h1>", 502), "The server cannot take it at the moment (502). It goes on by itself."),
    ],
)
def test_what_passes_is_said_in_the_servers_words_and_the_upload_goes_on(
    page: Page, site: Site, door: TusDoor, recording: Path, answer: Answer, words: str
) -> None:
    door.passing = answer
    start(page, site, recording)
    row = page.locator(".app-upload__row")
    expect(row).to_contain_text(words, timeout=10_000)
    expect(row).not_to_contain_text("connection was lost")
    door.passing = None
    expect(row).to_contain_text("Being checked", timeout=20_000)
    assert bytes(door.content["1"]) == recording.read_bytes()


def many(folder: Path, count: int) -> list[Path]:
    files = [folder / f"{number}.mp4" for number in range(count)]
    for number, path in enumerate(files):
        path.write_bytes(bytes([number]) * 1000)
    return files


def test_files_that_stopped_go_on_by_themselves_and_never_more_than_two_at_once(
    page: Page, site: Site, door: TusDoor, tmp_path: Path
) -> None:
    door.passing = problem(FULL, 507)
    page.clock.install()
    page.goto(site.address)
    page.get_by_label("Recordings", exact=True).set_input_files(many(tmp_path, 5))
    page.get_by_role("button", name="Upload").click()
    stopped = page.locator(".app-upload__row[data-state=stopped]")
    passed(page, stopped, 5)
    expect(stopped.first).to_contain_text(FULL)
    door.passing, door.chunk_s, door.chunks_at_once = None, 0.3, 0
    passed(page, page.locator(".app-upload__row[data-state=received]"), 5)
    assert door.chunks_at_once == 2


def passed(page: Page, rows: Locator, count: int) -> None:
    """Lets the browser's time run until so many rows are there; requests take real time."""
    for _ in range(200):
        if rows.count() == count:
            return
        page.clock.run_for(3000)
        page.wait_for_timeout(100)
    raise AssertionError(f"{rows.count()} of {count} rows")


def test_a_person_who_resumes_a_third_file_waits_for_its_turn(
    page: Page, site: Site, door: TusDoor, tmp_path: Path
) -> None:
    door.chunk_s = 4.0
    page.goto(site.address)
    page.get_by_label("Recordings", exact=True).set_input_files(many(tmp_path, 3))
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Pause 0.mp4").click()
    expect(page.locator(".app-upload__row[data-state=sending]")).to_have_count(2)
    page.get_by_role("button", name="Resume 0.mp4").click()
    expect(page.locator(".app-upload__row").first).to_contain_text("Waiting its turn")
    expect(page.locator(".app-upload__row[data-state=received]")).to_have_count(3, timeout=30_000)


@pytest.mark.parametrize(
    ("status", "is_over"),
    [
        (404, True),
        pytest.param(403, True, marks=pytest.mark.slow),
        (401, False),
        pytest.param(503, False, marks=pytest.mark.slow),
    ],
)
def test_a_server_that_does_not_say_what_became_of_a_file_is_heard(
    page: Page, site: Site, door: TusDoor, recording: Path, status: int, is_over: bool
) -> None:
    asked: list[Posted] = []

    def refuse(request: Posted) -> Answer:
        asked.append(request)
        return problem("Sign in first; your session may have ended.", status)

    site.responders["/status"] = refuse
    start(page, site, recording)
    row = page.locator(".app-upload__row")
    expect(row).to_contain_text("Sign in first", timeout=10_000)
    assert asked[0].headers["x-poll"] == "true"
    expect(row.locator("[data-reached]")).to_have_count(1)
    before = len(asked)
    page.wait_for_timeout(3000)
    assert (len(asked) == before) is is_over
    site.responders["/status"] = lambda _request: Answer(b'{"state": "sealed"}', content_type="application/json")
    if not is_over:
        expect(row).to_contain_text("You can wipe the camera", timeout=10_000)


# ---- whose unfinished files


def of(person: str) -> str:
    return rendered("upload.html").replace(
        "data-upload ", f'data-upload data-person="{person}" data-expires-after-s="60" '
    )


def left_unfinished(page: Page, site: Site, door: TusDoor, recording: Path) -> None:
    door.passing = Answer(status=503)
    start(page, site, recording)
    expect(page.locator(".app-upload__row")).to_contain_text("(503)", timeout=10_000)
    page.close(run_before_unload=False)
    door.passing = None


def test_the_next_person_at_the_computer_neither_sees_nor_continues_what_another_left(
    page: Page, site: Site, door: TusDoor, recording: Path
) -> None:
    site.pages["/"] = of("jones")
    left_unfinished(page, site, door, recording)
    site.pages["/"] = of("khan")
    next_ = page.context.new_page()
    start(next_, site, recording)
    expect(next_.locator(".app-upload__row")).to_contain_text("Being checked", timeout=10_000)
    expect(next_.locator("[data-unfinished]")).to_be_hidden()
    assert list(door.content) == ["1", "2"]
    site.pages["/"] = of("jones")
    next_.goto(site.address)
    expect(next_.locator("[data-unfinished]")).to_contain_text("shift end.mp4")


@pytest.mark.parametrize("expires", ["Sun, 22 Nov 2026 19:04:31 GMT", ""])
def test_what_the_server_has_given_up_is_forgotten(
    page: Page, site: Site, door: TusDoor, recording: Path, expires: str
) -> None:
    door.expires = expires
    site.pages["/"] = of("jones") if expires else of("jones").replace('expires-after-s="60"', 'expires-after-s="0"')
    page.clock.set_fixed_time("2026-11-22T19:04:30Z")
    left_unfinished(page, site, door, recording)
    again = page.context.new_page()
    again.clock.set_fixed_time("2026-11-22T19:04:32Z")
    site.pages["/"] = site.pages["/"].replace("jones", "khan")
    again.goto(site.address)
    expect(again.locator("[data-unfinished]")).to_be_hidden()
    expect(again.locator("body")).to_be_visible()
    kept = "Object.keys(localStorage).filter(key => key.startsWith('tus::'))"
    assert again.evaluate(kept) == []
