"""What a restriction does to what was shared before: all of it is suspended at once, until it is lifted or ended."""

from dataclasses import dataclass

import pytest

from evidence.custody.queries import Line, lines, subject_events
from evidence.custody.words import deed_words, ways_words
from evidence.identity.errors import Denied
from evidence.identity.models import AccessGrant, Person
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.errors import PlaybackOver
from evidence.recordings.models import PlaybackSession, Recording
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.services.access import WATCH_ONLY, Place, access_end, access_give
from evidence.recordings.services.notes import restriction_set
from evidence.recordings.streaming import read_while
from evidence.recordings.ways_in import ways_keys
from evidence.sharing.errors import LetterStale
from evidence.sharing.models import Letter, Link, Share
from evidence.sharing.queries import link_for, shared_with
from evidence.sharing.services.letters import letter_begin
from evidence.sharing.services.links import link_extend
from evidence.sharing.services.shares import share_give, share_revoke
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import FOOTAGE, Sharing, body, in_days, outside
from tests.sharing.test_pages import base, words

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Kept:
    """Something shared, and the evidence manager who keeps its list."""

    sharing: Sharing
    manager: Person

    def restrict(self, recording: Recording | None = None) -> None:
        self._set(recording, is_restricted=True)

    def lift(self) -> None:
        self._set(None, is_restricted=False)

    def _set(self, recording: Recording | None, *, is_restricted: bool) -> None:
        recording = recording or self.sharing.recording
        restriction_set(
            who=who_is(self.manager), recording=recording, is_restricted=is_restricted, reason="Child witness"
        )

    def list(self, person: Person, place: Place = WATCH_ONLY) -> None:
        access_give(
            who=who_is(self.manager), recording=self.sharing.recording, person=person, reason="Interviews her",
            place=place,
        )  # fmt: skip


@pytest.fixture
def kept(sharing: Sharing) -> Kept:
    return Kept(sharing, factories.person(Role.EVIDENCE_MANAGER))


def give(sharing: Sharing, *, to: Person | None = None, recording: Recording | None = None) -> Share:
    return share_give(
        who=who_is(sharing.scene.officer), recording=recording or sharing.recording, to=to or sharing.scene.colleague,
        reason="To prepare the interview", until_at=in_days(7),
    )  # fmt: skip


def may(person: Person, recording: Recording, right: Right = Right.WATCH) -> bool:
    return bool(RECORDINGS.decide(who_is(person), right, recording))


def restrictions(recording: Recording) -> list[Line]:
    return [line for line in lines(subject_events("recording", recording.id)) if "restriction" in line.verb]


def test_a_restriction_suspends_a_share_at_once_and_lifting_it_brings_the_share_back(kept):
    sharing, colleague = kept.sharing, kept.sharing.scene.colleague
    give(sharing)
    assert may(colleague, sharing.recording)
    kept.restrict()
    assert not may(colleague, sharing.recording)
    assert not may(colleague, sharing.recording, Right.LIST)
    assert client_for(colleague).get(f"{base(sharing)}/").status_code == 404
    assert client_for(colleague).get(f"/api/v1{base(sharing)}").status_code == 404
    kept.lift()
    assert may(colleague, sharing.recording)


def test_a_restriction_made_on_a_copy_suspends_what_was_shared_of_master_and_copies_alike(kept, tmp_path):
    sharing, scene = kept.sharing, kept.sharing.scene
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
    give(sharing)
    give(sharing, recording=clip)
    recipients = [outside(sharing.link()), outside(sharing.link(recording=clip))]
    kept.restrict(clip)
    assert not may(scene.colleague, sharing.recording)
    assert not may(scene.colleague, clip)
    assert [recipient.get().status_code for recipient in recipients] == [404, 404]


def test_who_is_on_the_list_watches_on_whether_they_were_put_there_before_or_after(kept):
    sharing, earlier, later = kept.sharing, factories.person(), factories.person()
    for person in (earlier, later):
        give(sharing, to=person)
    kept.list(earlier)
    kept.restrict()
    assert may(earlier, sharing.recording)
    assert not may(later, sharing.recording)
    kept.list(later)
    assert may(later, sharing.recording)


def test_a_grant_that_was_being_written_while_the_restriction_was_made_gives_nothing(kept):
    """Two at once: the share asked while it was open, and is written a moment after."""
    kept.restrict()
    for flag in ("may_watch", "may_edit", "may_download"):
        factories.granted(kept.sharing.recording, kept.sharing.scene.colleague, **{flag: True})
    assert RECORDINGS.rights(who_is(kept.sharing.scene.colleague), kept.sharing.recording) == frozenset()
    assert not RECORDINGS.rows(who_is(kept.sharing.scene.colleague), Right.WATCH).exists()


def test_a_link_to_a_restricted_recording_does_not_open_until_the_restriction_is_lifted(kept):
    recipient = outside(kept.sharing.link(may_download=True))
    kept.restrict()
    assert recipient.get().status_code == 404
    assert recipient.post("open").status_code == 404
    assert recipient.post("code").status_code == 404
    assert Link.objects.get().opened_count == 0
    refused = kept.sharing.told("link:opened")[-1]
    assert (refused.outcome, refused.body["rule"]) == ("denied", "link:over")
    kept.lift()
    assert recipient.opened()


def test_viewings_under_way_end_with_the_restriction_but_not_those_of_the_officer_and_the_list(kept):
    sharing, listed = kept.sharing, factories.person()
    give(sharing)
    kept.list(listed)
    browsers = {person: client_for(person) for person in (sharing.scene.colleague, sharing.scene.officer, listed)}
    for browser in browsers.values():
        assert browser.post(f"{base(sharing)}/open", {"reason_code": "review"}).status_code == 302
    recipient = outside(sharing.link(may_download=True))
    viewer = recipient.opened()
    assert recipient.get(f"{viewer}video/1").status_code == 200
    kept.restrict()
    opened = PlaybackSession.objects.filter(closed_at=None)
    assert {session.viewer_id for session in opened} == {sharing.scene.officer.id, listed.id}
    assert {line.actor_name for line in sharing.told("playback:closed")} == {
        sharing.scene.colleague.label, "Rosa Hart, Hart & Co",
    }  # fmt: skip
    session = PlaybackSession.objects.get(viewer_id=sharing.scene.colleague.id)
    assert browsers[sharing.scene.colleague].get(f"/media/{session.id}/video").status_code == 410
    for path in (viewer, f"{viewer}video/1", f"{viewer}download/1"):
        assert recipient.get(path).status_code == 404
    assert body(browsers[listed].get(f"/media/{opened.get(viewer_id=listed.id).id}/video")) == FOOTAGE


def test_a_restriction_stops_an_answer_that_is_being_sent_to_a_colleague(kept, monkeypatch):
    sharing = kept.sharing
    give(sharing)
    monkeypatch.setattr(read_while, "__defaults__", (0.0,))  # ask at each chunk instead of every few seconds
    browser = client_for(sharing.scene.colleague)
    browser.post(f"{base(sharing)}/open", {"reason_code": "review"})
    session = PlaybackSession.objects.get()
    assert body(browser.get(f"/media/{session.id}/video")) == FOOTAGE
    answer = browser.get(f"/media/{session.id}/video")
    kept.restrict()
    with pytest.raises(PlaybackOver):
        body(answer)


def test_a_restriction_breaks_off_a_download_by_somebody_whose_role_gave_it(kept, monkeypatch):
    sharing = kept.sharing
    monkeypatch.setattr(read_while, "__defaults__", (0.0,))
    browser, address = client_for(sharing.lead), f"/api/v1{base(sharing)}/download"
    assert body(browser.get(address)) == FOOTAGE
    answer = browser.get(address)
    kept.restrict()
    with pytest.raises(PlaybackOver):
        body(answer)


@pytest.fixture
def by_list(kept: Kept) -> Sharing:
    """The same recording, restricted, and a detective whose place on its list lets them disclose it."""
    detective = factories.person(Role.INVESTIGATOR)
    kept.list(detective, Place(may_disclose=True))
    kept.restrict()
    kept.sharing.recording.refresh_from_db()
    return Sharing(kept.sharing.scene, detective)


def test_a_link_made_by_somebody_on_the_list_while_restricted_opens_and_those_from_before_do_not(kept):
    detective = factories.person(Role.INVESTIGATOR)
    kept.list(detective, Place(may_disclose=True))
    sharing = Sharing(kept.sharing.scene, detective)
    before = outside(sharing.link())
    kept.restrict()
    sharing.recording.refresh_from_db()
    during = outside(sharing.link(email="rosa@example.org"))
    assert before.get().status_code == 404
    assert body(during.get(f"{during.opened()}video/1")) == FOOTAGE
    assert letter_begin(letter_id=Letter.objects.get().id)
    client = client_for(kept.manager)
    told = client.get(f"/api/v1{base(sharing)}/links").json()
    assert [row["is_suspended"] for row in told] == [False, True]
    assert words(client.get(f"{base(sharing)}/share")).count("Suspended") == 1


def test_taken_off_the_list_or_without_the_right_its_maker_opens_nobody_a_door_any_more(kept, by_list):
    recipient = outside(by_list.link())
    viewer = recipient.opened()
    kept.list(by_list.lead)
    assert recipient.get(f"{viewer}video/1").status_code == 404
    assert recipient.post("open").status_code == 404
    kept.list(by_list.lead, Place(may_disclose=True))
    assert recipient.opened()
    (place,) = AccessGrant.objects.filter(revoked_at=None, grantee=by_list.lead)
    access_end(who=who_is(kept.manager), recording=by_list.recording, grant_id=place.id)
    assert recipient.get().status_code == 404


def test_a_working_copy_made_by_the_list_goes_outside_by_link_until_its_maker_is_taken_off(kept, by_list, tmp_path):
    clip = factories.copy_of(by_list.scene.file, b"clip", tmp=tmp_path, made_by=by_list.lead)
    recipient = outside(by_list.link(recording=clip))
    assert recipient.opened()
    AccessGrant.objects.update(revoked_at=in_days(0))
    assert recipient.get().status_code == 404


def test_extending_a_suspended_link_by_the_list_discloses_it_again(kept):
    link = kept.sharing.link()
    detective = factories.person(Role.INVESTIGATOR)
    kept.list(detective, Place(may_disclose=True))
    kept.restrict()
    assert outside(link).get().status_code == 404
    link_extend(who=who_is(detective), link=link_for(who_is(kept.manager), link.link.id), expires_at=in_days(9))
    assert outside(link).opened()


def test_a_restriction_does_not_count_links_that_it_leaves_open_nor_miss_those_it_suspends(kept, by_list):
    by_list.link()
    kept.lift()
    kept.sharing.link()
    kept.restrict()
    assert restrictions(by_list.recording)[-1].body["data"]["ways_in"] == {"links": 1}
    AccessGrant.objects.update(revoked_at=in_days(0))
    kept.lift()
    assert restrictions(by_list.recording)[-1].body["data"]["ways_in"] == {"links": 2}


def test_a_letter_with_a_link_is_not_sent_while_the_link_is_suspended(kept):
    kept.sharing.link(email="rosa@example.org")
    kept.restrict()
    with pytest.raises(LetterStale, match="the recording restricted"):
        letter_begin(letter_id=Letter.objects.get().id)


def test_what_is_restricted_is_shared_with_nobody_not_even_by_its_officer_and_the_page_says_who_can_help(kept):
    sharing = kept.sharing
    kept.restrict()
    sharing.recording.refresh_from_db()
    with pytest.raises(Denied):
        give(sharing)
    assert not Share.objects.exists()
    page = words(client_for(sharing.scene.officer).get(f"{base(sharing)}/share"))
    assert "nobody can be given it here" in page
    assert "only whom the list lets disclose it can send it outside" in page
    assert "the evidence manager keeps that list" in page
    assert "Share with a colleague" not in page
    assert "Make a link" not in page


def test_a_suspended_share_leaves_the_queue_and_comes_back_with_the_lifting(kept):
    sharing, colleague = kept.sharing, kept.sharing.scene.colleague
    give(sharing)
    kept.restrict()
    assert not shared_with(who_is(colleague)).exists()
    assert str(sharing.recording.id) not in client_for(colleague).get("/").content.decode()
    kept.lift()
    assert shared_with(who_is(colleague)).get().recording == sharing.recording


def test_the_share_table_calls_it_suspended_and_what_was_ended_meanwhile_stays_ended(kept):
    sharing, client = kept.sharing, client_for(kept.manager)
    share, link = give(sharing), sharing.link().link
    kept.restrict()
    page = words(client.get(f"{base(sharing)}/share"))
    assert page.count("Suspended") == 2
    assert "Active" not in page
    assert " left" not in page
    assert [row["is_suspended"] for row in client.get(f"/api/v1{base(sharing)}/shares").json()] == [True]
    assert [row["is_suspended"] for row in client.get(f"/api/v1{base(sharing)}/links").json()] == [True]
    share_revoke(who=who_is(kept.manager), share=share)
    client.post(f"/links/{link.id}/end")
    kept.lift()
    assert not may(sharing.scene.colleague, sharing.recording)
    assert words(client.get(f"{base(sharing)}/share")).count("Revoked") == 2


def test_the_access_page_tells_whoever_keeps_the_list_what_a_restriction_suspends_before_and_after(kept, tmp_path):
    sharing, scene, client = kept.sharing, kept.sharing.scene, client_for(kept.manager)
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
    address = f"{base(sharing)}/access"
    assert "It is not shared, and no link to it is open" in words(client.get(address))
    give(sharing)
    give(sharing, recording=clip)
    sharing.link()
    said = "2 shares with colleagues and a link for somebody outside"
    assert f"Restricting it suspends at once, here and on every working copy: {said}" in words(client.get(address))
    assert said not in words(client_for(scene.sergeant).get(address))
    form = {"is_restricted": "1", "reason": "Child witness"}
    after = words(client.post(f"{base(sharing)}/restriction", form, follow=True))
    assert f"Suspended: {said}." in after
    assert f"Suspended, here and on every working copy: {said}" in after
    assert f"{scene.colleague.label} Nothing while it is restricted To prepare the interview" in after
    told = client.get(f"/api/v1{base(sharing)}/access").json()["grants"]
    assert [(grant["source"], grant["is_suspended"]) for grant in told] == [("share", True)]


def test_the_record_of_each_item_says_what_its_restriction_suspended_and_its_lifting_opened_again(kept, tmp_path):
    sharing, scene = kept.sharing, kept.sharing.scene
    clip = factories.copy_of(scene.file, b"clip", tmp=tmp_path, made_by=scene.officer)
    give(sharing)
    give(sharing, to=factories.person())
    sharing.link(recording=clip)
    kept.restrict()
    kept.lift()
    assert [deed_words(line) for line in restrictions(sharing.recording)] == [
        "restricted it, which suspended 2 shares with colleagues",
        "lifted its restriction, which opened 2 shares with colleagues again",
    ]
    assert [line.body["data"]["ways_in"] for line in restrictions(clip)] == [{"links": 1}, {"links": 1}]
    assert sharing.told("grant:revoked") == []


def test_what_was_ended_or_has_run_out_is_not_counted_as_suspended(kept):
    sharing = kept.sharing
    share_revoke(who=who_is(sharing.scene.officer), share=give(sharing))
    sharing.link()
    Link.objects.update(expires_at=in_days(-1))
    kept.restrict()
    assert [deed_words(line) for line in restrictions(sharing.recording)] == ["restricted it"]


def test_every_way_in_that_a_room_registers_has_words(db):
    assert set(ways_keys()) == {"shares", "links", "case"}
    for key in ways_keys():
        assert ways_words({key: 1}) != f"1 {key}"
        assert ways_words({key: 2}) != f"2 {key}"
    assert ways_words({"links": 1, "shares": 1, "case": 3}) == (
        "a share with a colleague, a link for somebody outside and what 3 people had by a case"
    )
