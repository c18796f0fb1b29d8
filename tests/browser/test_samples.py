"""Tracks of samples on the redaction desk: what a machine saw is ended, split, joined and corrected."""

import json
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Complaints, Media
from tests.browser.harness import Site
from tests.browser.test_redact import draft, go_to, opened

pytestmark = [pytest.mark.browser, pytest.mark.once]
SAMPLES = [[0, 100, 100, 40, 40], [10, 120, 100, 40, 40], [20, 140, 100, 40, 40], [30], [50, 200, 100, 40, 40]]
TRACK = {
    "id": "t1", "kind": "face", "effect": "solid", "reason": "privacy", "keyframes": [], "samples": SAMPLES, "end": 60,
    "found": ["a/0"], "found_by": "centerface:1.0:" + "a" * 64,
}  # fmt: skip


def covered(track: dict[str, Any]) -> set[int]:
    """The frames that a track covers, as the server resolves it."""
    rows = {row[0]: len(row) > 1 for row in track.get("samples", [])}
    rows |= {key["frame"]: not key.get("outside") for key in track["keyframes"]}
    edges = [*sorted(rows), track["end"]]
    return {
        frame for start, end in pairwise(edges) if rows[start] for frame in range(start, end)
    }  # fmt: skip


def test_a_found_track_is_split_joined_ended_and_corrected_without_a_bare_frame(
    page: Page, site: Site, media: Media, complaints: Complaints
) -> None:
    saved = {"v": 1, "tracks": [TRACK], "mutes": [], "frames": [], "segments": []}
    opened(page, site, media, draft=json.dumps(saved))
    whole = covered(TRACK)
    page.keyboard.press("1")
    go_to(page, 15)
    expect(page.locator(".app-box")).to_have_attribute(
        "aria-label", "Face 1: x 130, y 100, width 40, height 40, between key frames"
    )
    expect(page.locator("[data-tracks]")).to_contain_text("solid, found by centerface")

    page.get_by_role("button", name="Split here").click()
    one, other = draft(page)["tracks"]
    assert (covered(one), covered(other)) == (set(range(15)), whole - set(range(15)))
    assert (one["found"], other["found"]) == (TRACK["found"],) * 2
    page.get_by_role("button", name="is the same: join").click()
    (joined,) = draft(page)["tracks"]
    assert covered(joined) == whole
    assert joined["found_by"] == TRACK["found_by"]
    page.keyboard.press("z")
    page.keyboard.press("z")
    assert draft(page)["tracks"] == [TRACK]

    # a correction near the beginning bends the path, and the track still begins where it did
    go_to(page, 5)
    page.keyboard.press("1")
    page.locator(".app-box").press("ArrowDown")
    (track,) = draft(page)["tracks"]
    assert covered(track) == whole
    assert [(key["frame"], key["y"]) for key in track["keyframes"]] == [(5, 110)]
    assert track["samples"][0] == [0, 110, 110, 40, 40]
    assert [20, 140, 100, 40, 40] in track["samples"]

    go_to(page, 24)
    page.keyboard.press("Delete")
    assert covered(draft(page)["tracks"][0]) == whole - set(range(25, 30)), "its return later stays"
    page.get_by_label("Effect", exact=True).select_option("none")
    expect(page.locator("[data-tracks]")).to_contain_text("left visible, found by centerface, 1 key frame")
    assert complaints.words == []


def test_a_drawn_box_that_was_followed_ends_where_it_was_lost_and_begins_again_where_it_was_found(
    page: Page, site: Site, media: Media
) -> None:
    opened(page, site, media)
    go_to(page, 5)
    page.keyboard.press("b")
    follow = "runs => document.querySelector('[data-redact]').desk.draft.followed('t1', runs)"
    x, y, w, h = 256, 144, 128, 72
    seen = {"start": 2, "end": 12, "rows": [[2, x - 9, y, w, h], [5, x, y, w, h], [11, x + 9, y, w, h]]}
    again = {"start": 20, "end": 30, "rows": [[20, x + 20, y, w, h], [29, x + 30, y, w, h]]}
    assert page.evaluate(follow, [seen, again])
    (track,) = draft(page)["tracks"]
    assert covered(track) == {*range(2, 12), *range(20, 30)}, "nothing is covered where it was not seen"
    assert [key["frame"] for key in track["keyframes"]] == [5], "what was drawn stays a key frame"
    expect(page.locator("[data-tracks]")).to_contain_text("solid, followed, 1 key frame")
    page.keyboard.press("z")
    assert draft(page)["tracks"][0]["end"] is None
