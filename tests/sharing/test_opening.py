"""What a recipient meets: the landing page, opening by a deliberate act, watching, taking away, ending."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from evidence.custody.models import Event
from evidence.recordings.errors import PlaybackOver
from evidence.recordings.models import FileRole, Kind, PlaybackSession, Recording, RecordingFile
from evidence.recordings.services.playback import playbacks_close_over
from evidence.recordings.streaming import read_while
from evidence.sharing.models import Link
from evidence.sharing.services.links import link_revoke
from evidence.vault.models import ObjectClass
from evidence.vault.services import object_put, object_register
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import FOOTAGE, body, outside

pytestmark = pytest.mark.django_db
PRIVATE = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}


def same_as_a_wrong_token(answer) -> None:
    wrong = Client(HTTP_HOST="share.localhost").get(f"/{'x' * 43}/")
    assert answer.status_code == wrong.status_code == 404
    assert answer.content == wrong.content
    ids = {"X-Request-Id"}
    assert {k: v for k, v in answer.headers.items() if k not in ids} == {
        k: v for k, v in wrong.headers.items() if k not in ids
    }


def test_the_landing_page_says_who_sent_it_why_and_until_when(sharing):
    page = outside(sharing.link(message="Please watch before Monday")).get().content.decode()
    for said in (sharing.lead.label, "Disclosure", "Please watch before Monday", "Rosa Hart", "6\xa0days"):
        assert said in page


def test_fetching_the_address_opens_nothing_however_often(sharing):
    recipient = outside(sharing.link())
    for _ in range(3):
        assert recipient.get().status_code == 200
        assert recipient.client.head(recipient.path).status_code == 200
        assert recipient.get("open").status_code == 302
    assert Link.objects.get().opened_count == 0
    assert not PlaybackSession.objects.exists()
    assert sharing.told("link:opened") == []


def test_opening_is_an_event_by_the_recipient_and_counts(sharing):
    recipient = outside(sharing.link())
    recipient.opened()
    (line,) = sharing.told("link:opened")
    assert (line.actor_name, line.body["actor"]["kind"]) == ("Rosa Hart, Hart & Co", "recipient")
    assert (line.category, line.outcome) == ("disclosure", "done")
    recipient.opened()
    assert Link.objects.get().opened_count == 2
    assert len(sharing.told("link:opened")) == 2


def test_the_viewer_shows_the_item_without_script_and_nothing_else(sharing):
    Recording.objects.update(title="Mrs Smith, stabbed", incident_ref="SECRET-1")
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    page = recipient.get(viewer).content.decode()
    assert f'<source src="{recipient.path}{viewer}video/1" type="video/mp4">' in page
    assert "<nav" not in page
    assert sharing.scene.file.sha256 in page
    assert "These are the bytes of the sealed original" in page
    for hidden in ("Mrs Smith", "SECRET-1", "/recordings/", "Download"):
        assert hidden not in page


def test_a_copy_says_what_it_is_and_of_which_hash_it_was_made(sharing, tmp_path):
    clip = factories.copy_of(sharing.scene.file, b"clip", tmp=tmp_path, made_by=sharing.lead, kind=Kind.CLIP)
    recipient = outside(sharing.link(recording=clip))
    page = recipient.get(recipient.opened()).content.decode()
    assert "This is a clip: part of a longer recording" in page
    assert sharing.scene.file.sha256 in page


def test_a_still_is_shown_as_a_picture(sharing, tmp_path):
    still = factories.copy_of(sharing.scene.file, b"png", tmp=tmp_path, made_by=sharing.lead, kind=Kind.STILL)
    recipient = outside(sharing.link(recording=still))
    page = recipient.get(recipient.opened()).content.decode()
    assert "<img" in page
    assert "<video" not in page


def test_a_master_that_browsers_cannot_play_is_sent_as_its_proxy_and_says_so(sharing, tmp_path):
    path = tmp_path / "proxy.mp4"
    path.write_bytes(b"proxy bytes")
    proxy = object_put(object_class=ObjectClass.DERIVED, source=path)
    RecordingFile.objects.create(
        recording=sharing.recording, role=FileRole.PROXY, stored=object_register(proxy), media_type="video/mp4"
    )
    recipient = outside(sharing.link(may_download=True))
    viewer = recipient.opened()
    page = recipient.get(viewer).content.decode()
    assert "a copy made for viewing" in page
    assert proxy.sha256 in page
    assert sharing.scene.file.sha256 in page, "the sealed original's hash is not named"
    assert body(recipient.get(f"{viewer}video/1")) == body(recipient.get(f"{viewer}download/1")) == b"proxy bytes"


def test_bytes_are_served_by_ranges(sharing):
    recipient = outside(sharing.link())
    video = recipient.path + recipient.opened() + "video/1"
    assert body(recipient.client.get(video)) == FOOTAGE
    part = recipient.client.get(video, headers={"range": "bytes=6-12"})
    assert (part.status_code, body(part), part["Content-Range"]) == (206, FOOTAGE[6:13], f"bytes 6-12/{len(FOOTAGE)}")
    assert recipient.client.get(video, headers={"range": "bytes=999-"}).status_code == 416


def test_every_answer_is_private_unindexed_and_sends_no_referrer(sharing):
    recipient = outside(sharing.link(may_download=True))
    viewer = recipient.opened()
    for path in ("", viewer, f"{viewer}video/1", f"{viewer}download/1", "nothing/here"):
        answer = recipient.get(path)
        for name, value in PRIVATE.items():
            assert answer[name] == value, path
        assert "noindex" in answer["X-Robots-Tag"]
        if answer.streaming:
            assert body(answer) == FOOTAGE
    assert b"Disallow: /" in recipient.client.get("/robots.txt").content


@pytest.mark.parametrize("change", ["revoked_at", "expires_at", "is_restricted"])
def test_a_link_that_is_over_looks_exactly_like_one_that_never_was(sharing, change):
    created = sharing.link()
    recipient = outside(created)
    viewer = recipient.opened()
    if change == "is_restricted":
        Recording.objects.update(is_restricted=True)
    else:
        Link.objects.update(**{change: timezone.now() - timedelta(seconds=1)})
    for path in ("", viewer, f"{viewer}video/1", f"{viewer}download/1"):
        same_as_a_wrong_token(recipient.get(path))
    same_as_a_wrong_token(recipient.client.get("/"))
    assert recipient.post("open").status_code == 404
    assert recipient.post("code").status_code == 404


def test_an_attempt_at_a_link_that_is_over_is_on_record_as_refused(sharing):
    created = sharing.link()
    link_revoke(who=sharing.who, link=created.link)
    outside(created).post("open")
    line = sharing.told("link:opened")[-1]
    assert (line.outcome, line.body["actor"]["kind"], line.body["rule"]) == ("denied", "unidentified", "link:over")
    assert line.category is None


def test_a_wrong_token_leaves_nothing_in_the_record(sharing):
    before = Event.objects.count()
    Client(HTTP_HOST="share.localhost").post(f"/{'y' * 43}/open")
    assert Event.objects.count() == before


def test_guessing_is_slowed_down_and_shuts_out_nobody_with_a_link(sharing):
    recipient = outside(sharing.link())
    answers = [recipient.client.get(f"/{n:043d}/").status_code for n in range(35)]
    assert answers[:30] == [404] * 30
    assert set(answers[30:]) == {429}
    assert recipient.get().status_code == 200
    assert recipient.opened()


def test_revoking_ends_a_viewing_that_is_open(sharing):
    created = sharing.link()
    recipient = outside(created)
    viewer = recipient.opened()
    link_revoke(who=sharing.who, link=created.link)
    assert PlaybackSession.objects.get().closed_at is not None
    assert recipient.get(f"{viewer}video/1").status_code == 404
    assert sharing.told("playback:closed")


def test_revoking_stops_an_answer_that_is_being_sent(sharing, monkeypatch):
    created = sharing.link()
    recipient = outside(created)
    monkeypatch.setattr(read_while, "__defaults__", (0.0,))  # ask at each chunk instead of every few seconds
    answer = recipient.get(f"{recipient.opened()}video/1")
    link_revoke(who=sharing.who, link=created.link)
    with pytest.raises(PlaybackOver):
        body(answer)


def test_reading_asks_again_while_it_goes_on_and_lets_it_through_while_allowed():
    asked = []
    chunks = [b"a", b"b", b"c"]
    assert list(read_while(iter(chunks), lambda: asked.append(1) or True, every_s=0.0)) == chunks
    assert len(asked) == 3
    assert list(read_while(iter(chunks), lambda: False, every_s=60.0)) == chunks, "asked although it was just asked"


def test_a_long_viewing_is_not_closed_as_idle_while_it_is_watched(sharing):
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    PlaybackSession.objects.update(seen_at=timezone.now() - timedelta(minutes=29))
    assert body(recipient.get(f"{viewer}video/1")) == FOOTAGE
    assert playbacks_close_over() == 0
    PlaybackSession.objects.update(seen_at=timezone.now() - timedelta(minutes=31))
    assert playbacks_close_over() == 1
    assert recipient.get(f"{viewer}video/1").status_code == 410


def test_a_viewing_needs_its_own_key_in_its_own_browser(sharing):
    recipient, other = (outside(sharing.link()) for _ in range(2))
    viewer = recipient.opened()
    stranger = Client(HTTP_HOST="share.localhost")
    assert stranger.get(f"{recipient.path}{viewer}video/1").status_code == 410
    assert stranger.get(f"{recipient.path}{viewer}")["Location"] == recipient.path
    other.opened()
    other.client.cookies.update(recipient.client.cookies)
    assert other.get(f"{viewer}video/1").status_code == 410, "one link's session was served under another"


def test_the_key_is_a_cookie_for_the_viewings_own_path(sharing):
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    (cookie,) = recipient.client.cookies.values()
    assert cookie["path"] == recipient.path + viewer
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


def test_a_download_is_offered_served_and_recorded_where_the_link_allows_it(sharing):
    recipient = outside(sharing.link(may_download=True))
    viewer = recipient.opened()
    assert "Download" in recipient.get(viewer).content.decode()
    answer = recipient.get(f"{viewer}download/1")
    assert body(answer) == FOOTAGE
    assert re.search(r'attachment; filename="master_\d+_\w+_[0-9a-f]{8}\.mp4"', answer["Content-Disposition"])
    (line,) = sharing.told("link:downloaded")
    assert (line.actor_name, line.category) == ("Rosa Hart, Hart & Co", "disclosure")
    assert line.body["subject"]["files"][0]["sha256"] == sharing.scene.file.sha256


def test_a_link_for_watching_serves_no_download(sharing):
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    assert recipient.get(f"{viewer}download/1").status_code == 404
    assert sharing.told("link:downloaded") == []


def test_finishing_ends_the_viewing(sharing):
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    assert recipient.post(f"{viewer}close")["Location"] == recipient.path
    assert recipient.get(f"{viewer}video/1").status_code == 410


def test_a_form_of_a_foreign_page_opens_nothing(sharing):
    recipient = outside(sharing.link())
    answer = recipient.client.post(f"{recipient.path}open", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert Link.objects.get().opened_count == 0


def test_a_session_of_the_force_gives_nothing_here_and_a_viewing_gives_nothing_there(sharing):
    signed_in = client_for(sharing.lead)
    for name in ("force_sessionid", "share_sessionid", "sessionid"):
        here = Client(HTTP_HOST="share.localhost")
        here.cookies[name] = signed_in.cookies["sessionid"].value
        for path in (
            "/",
            "/cases/",
            f"/recordings/{sharing.recording.id}/",
            f"/api/v1/recordings/{sharing.recording.id}",
        ):
            assert here.get(path).status_code == 404, (name, path)
    recipient = outside(sharing.link())
    viewer = recipient.opened()
    there = Client(HTTP_HOST="localhost")
    there.cookies.update(recipient.client.cookies)
    session = PlaybackSession.objects.get()
    assert there.get(f"/media/{session.id}/video").status_code == 410
    assert there.get(recipient.path).status_code == 404
    assert there.get(f"{recipient.path}{viewer}video/1").status_code == 404
