"""A recording in several files at the other end of a link: one film of what the link shows, and nothing beside it."""

import json
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from evidence.identity.who import who_is
from evidence.recordings.models import FileRole, PlaybackSession, Recording, RecordingFile
from evidence.recordings.services.notes import marker_add
from evidence.sharing.models import Link
from evidence.vault.models import CheckResult
from evidence.vault.services import object_quarantine
from tests.editing.material import PART, recorded_in_parts
from tests.sharing.conftest import Recipient, Sharing, body, outside
from tests.sharing.test_opening import PRIVATE, same_as_a_wrong_token

pytestmark = [pytest.mark.django_db, pytest.mark.once]
MISSING = "2 min 03 s missing by the camera's clock."
BEGAN = datetime.fromisoformat("2026-11-22T19:04:31+00:00")


@pytest.fixture
def split(sharing: Sharing) -> Recording:
    recording = recorded_in_parts(officer=sharing.scene.officer)
    for part, seconds in ((1, 0), (2, 124.2)):
        recording.files.filter(role=FileRole.MASTER, part=part).update(recorded_at=BEGAN + timedelta(seconds=seconds))
    return recording


def shown(recipient: Recipient, viewer: str) -> str:
    return unescape(recipient.get(viewer).content.decode())


def reel_of(page: str) -> dict[str, list[dict[str, object]]]:
    return json.loads(re.search(r'data-reel="(\{.*?\})"', page)[1])  # type: ignore[index]


def quarantine(file: RecordingFile) -> None:
    object_quarantine(stored=file.stored, result=CheckResult.DAMAGED, because="test")


def test_the_page_puts_the_parts_on_one_time_line_and_names_addresses_of_its_own_opening_only(sharing, split):
    marker_add(who=who_is(sharing.scene.officer), recording=split, at_s=0.4, text="SECRET NOTE")
    Recording.objects.filter(pk=split.pk).update(title="Mrs Smith, stabbed")
    recipient = outside(sharing.link(recording=split))
    viewer = recipient.opened()
    page = shown(recipient, viewer)
    base = recipient.path + viewer
    assert reel_of(page) == {
        "parts": [
            {"number": n, "src": f"{base}video/{n}", "index_url": f"{base}index/{n}", "seen": []} for n in (1, 2)
        ],
        "joints": [
            {"kind": "gap", "before": 1, "after": 2, "said": f"Between part 1 and part 2: {MISSING}"}
        ],
    }  # fmt: skip
    # lanes, speech, words, markers and reports of what was watched stay inside, and so do officers' names and words
    officer = sharing.scene.officer.label
    for hidden in (
        "storyboard", "waveform", "voice", "watched", "marker", "seek", "SECRET NOTE", "Mrs Smith", officer, "/media/",
    ):  # fmt: skip
        assert hidden not in page.replace(base, ""), hidden
    for number in (1, 2):
        index = json.loads(body(recipient.get(f"{viewer}index/{number}")))
        assert sum(index["pts"][2::2]) + 1 == PART


def test_without_script_the_parts_are_watched_and_taken_one_after_the_other_and_what_lies_between_is_said(
    sharing, split
):
    recipient = outside(sharing.link(recording=split, may_download=True))
    viewer = recipient.opened()
    for number in (1, 2):
        page = shown(recipient, f"{viewer}?part={number}")
        assert f'<source src="{recipient.path}{viewer}video/{number}" type="video/mp4">' in page
        assert ' controls preload="metadata"' in page
        assert [found in page for found in ('href="?part=1"', 'href="?part=2"')] == [True, True]
        assert MISSING in page
        for file in split.files.filter(role=FileRole.MASTER):
            assert file.sha256 in page
            assert f'href="{recipient.path}{viewer}download/{file.part}"' in page
            assert f"Download part {file.part}" in page
    sealed = split.files.get(role=FileRole.MASTER, part=2)
    assert len(body(recipient.get(f"{viewer}download/2"))) == sealed.size_bytes
    assert recipient.get(f"{viewer}?part=3").status_code == 404


def test_nobody_elses_link_key_or_browser_gets_the_frame_times(sharing, split):
    whole = recorded_in_parts(officer=sharing.scene.colleague, parts=(1,))
    recipient, other = outside(sharing.link(recording=split)), outside(sharing.link(recording=whole))
    viewer, others = recipient.opened(), other.opened()
    index = f"{viewer}index/1"
    answer = recipient.get(index)
    assert {name: answer[name] for name in PRIVATE} == PRIVATE
    assert body(answer)
    assert Client(HTTP_HOST="share.localhost").get(f"{recipient.path}{index}").status_code == 410
    other.client.cookies.update(recipient.client.cookies)
    assert other.get(index).status_code == 410, "one link's session was served under another"
    # a film of one file needs none, and the other link does not lead to this recording
    assert [other.get(f"{others}index/{number}").status_code for number in (1, 2)] == [404, 404]
    assert recipient.post(index).status_code == 405
    for number in (0, 3):
        assert recipient.get(f"{viewer}index/{number}").status_code == 404
    for name in ("storyboard", "storyboard-map", "waveform", "voice", "watched"):
        assert recipient.get(f"{viewer}{name}/1").status_code == 404


@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "is_restricted"])
def test_a_link_that_is_over_gives_no_frame_times_and_looks_as_if_it_never_was(sharing, split, change):
    recipient = outside(sharing.link(recording=split))
    viewer = recipient.opened()
    if change == "is_restricted":
        Recording.objects.update(is_restricted=True)
    else:
        Link.objects.update(**{change: timezone.now() - timedelta(seconds=1)})
    for number in (1, 2):
        same_as_a_wrong_token(recipient.get(f"{viewer}index/{number}"))


def test_a_viewing_that_is_closed_or_too_old_gives_no_frame_times(sharing, split):
    recipient = outside(sharing.link(recording=split))
    viewer = recipient.opened()
    PlaybackSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert recipient.get(f"{viewer}index/1").status_code == 410
    viewer = recipient.opened()
    recipient.post(f"{viewer}close")
    assert recipient.get(f"{viewer}index/1").status_code == 410


def test_a_part_in_quarantine_has_no_frame_times_and_the_others_play_one_by_one(sharing, split):
    recipient = outside(sharing.link(recording=split))
    viewer = recipient.opened()
    quarantine(split.files.get(role=FileRole.MASTER, part=2))
    assert [recipient.get(f"{viewer}index/{number}").status_code for number in (1, 2)] == [200, 409]
    page = shown(recipient, viewer)
    assert "data-reel" not in page
    assert "data-go-part" not in page
    assert f'<source src="{recipient.path}{viewer}video/1" type="video/mp4">' in page


def test_a_part_that_is_not_shown_has_no_frame_times_though_there_are_some(sharing):
    recording = recorded_in_parts(officer=sharing.scene.officer, parts=(1, 2, 3))
    recipient = outside(sharing.link(recording=recording))
    viewer = recipient.opened()
    assert recipient.get(f"{viewer}index/3").status_code == 200
    recording.files.filter(role=FileRole.MASTER, part=3).update(trouble="It cannot be played.")
    assert recipient.get(f"{viewer}index/3").status_code == 404
    page = shown(recipient, viewer)
    assert [part["number"] for part in reel_of(page)["parts"]] == [1, 2]
    assert "Part 3 cannot be played" in page
