"""Sharing with a colleague: who may, until when, what they then see, and how it ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from evidence.identity.errors import Denied, ReasonMissing
from evidence.identity.models import Post
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.policy import RECORDINGS, Right
from evidence.recordings.services.notes import restriction_set
from evidence.sharing.errors import ShareOver, ShareThere, TermsInvalid
from evidence.sharing.models import Share
from evidence.sharing.queries import shared_with
from evidence.sharing.services.shares import share_give, share_revoke
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import in_days

pytestmark = pytest.mark.django_db


def give(sharing, to=None, by=None, until_at=None, reason="To prepare the interview"):
    return share_give(
        who=who_is(by or sharing.scene.officer), recording=sharing.recording, to=to or sharing.scene.colleague,
        reason=reason, until_at=until_at or in_days(7),
    )  # fmt: skip


def may_watch(person, recording) -> bool:
    return bool(RECORDINGS.decide(who_is(person), Right.WATCH, recording))


def test_a_shared_recording_can_be_watched_until_its_end_and_not_after(sharing):
    colleague = sharing.scene.colleague
    assert not may_watch(colleague, sharing.recording)
    share = give(sharing)
    assert may_watch(colleague, sharing.recording)
    assert RECORDINGS.decide(who_is(colleague), Right.WATCH, sharing.recording).rule == "grant:watch"
    past = timezone.now() - timedelta(seconds=1)
    Share.objects.update(until_at=past)
    type(share.grant).objects.update(until_at=past)
    assert not may_watch(colleague, sharing.recording)
    assert not shared_with(who_is(colleague)).exists()


def test_a_share_gives_watching_only_and_does_not_reach_the_parent(sharing, tmp_path):
    clip = factories.copy_of(sharing.scene.file, b"clip", tmp=tmp_path, made_by=sharing.scene.officer)
    share_give(
        who=who_is(sharing.scene.officer), recording=clip, to=sharing.scene.colleague, reason="x", until_at=in_days(1)
    )
    colleague = who_is(sharing.scene.colleague)
    assert may_watch(sharing.scene.colleague, clip)
    assert not may_watch(sharing.scene.colleague, sharing.recording)
    for right in (Right.DOWNLOAD, Right.SHARE, Right.DISCLOSE, Right.EDIT):
        assert not RECORDINGS.decide(colleague, right, clip), right


def test_giving_and_ending_are_on_the_record_with_names_and_reason(sharing):
    share = give(sharing)
    share_revoke(who=who_is(sharing.scene.officer), share=share)
    given, ended = sharing.told("grant")
    assert (given.verb, given.recipient_names) == ("recording:grant:given", [sharing.scene.colleague.label])
    assert (given.reason_text, given.category) == ("To prepare the interview", "disclosure")
    assert (ended.verb, ended.body["data"]["grant"]) == ("recording:grant:revoked", str(share.grant_id))


@pytest.mark.parametrize(
    ("until_at", "said"),
    [(in_days(-1), "passed"), (in_days(0), "passed"), (in_days(400), "more than a year")],
    ids=["yesterday", "now", "over a year"],
)
def test_a_date_that_has_passed_or_is_over_a_year_away_is_refused_in_words(sharing, until_at, said):
    with pytest.raises(TermsInvalid, match=said) as refused:
        give(sharing, until_at=until_at)
    assert refused.value.faults[0].pointer == "until"
    assert not Share.objects.exists()
    assert sharing.told("grant") == []


def test_nothing_is_shared_with_somebody_who_holds_no_post_any_more(sharing):
    Post.objects.filter(person=sharing.scene.colleague).update(until_at=timezone.now() - timedelta(days=1))
    with pytest.raises(TermsInvalid, match="holds no post"):
        give(sharing)


def test_nothing_is_shared_without_a_reason_or_with_oneself(sharing):
    with pytest.raises(ReasonMissing):
        give(sharing, reason="   ")
    with pytest.raises(TermsInvalid, match="This is you"):
        give(sharing, to=sharing.scene.officer)


def test_the_same_person_is_given_it_once_and_again_after_the_end(sharing):
    share = give(sharing)
    with pytest.raises(ShareThere, match="has it from you already"):
        give(sharing)
    share_revoke(who=who_is(sharing.scene.officer), share=share)
    assert give(sharing)


def test_who_was_given_it_cannot_pass_it_on(sharing):
    give(sharing)
    with pytest.raises(Denied):
        give(sharing, by=sharing.scene.colleague, to=factories.person())


def test_only_who_shared_it_or_could_ends_a_share_and_once(sharing):
    share = give(sharing)
    with pytest.raises(Denied):
        share_revoke(who=who_is(sharing.scene.colleague), share=share)
    share_revoke(who=who_is(sharing.scene.sergeant), share=share)
    assert not may_watch(sharing.scene.colleague, sharing.recording)
    with pytest.raises(ShareOver):
        share_revoke(who=who_is(sharing.scene.officer), share=share)


def test_who_keeps_the_list_of_a_restricted_recording_ends_earlier_shares(sharing):
    share = give(sharing)
    manager = factories.who(Role.EVIDENCE_MANAGER)
    restriction_set(who=manager, recording=sharing.recording, is_restricted=True, reason="Child")
    share.refresh_from_db()
    share_revoke(who=manager, share=share)
    restriction_set(who=manager, recording=sharing.recording, is_restricted=False, reason="Adult after all")
    assert not may_watch(sharing.scene.colleague, sharing.recording)


def test_it_is_in_their_queue_with_who_why_and_until_and_gone_when_ended(sharing):
    client = client_for(sharing.scene.colleague)
    assert "Nobody shares a recording with you" in client.get("/").content.decode()
    share = give(sharing)
    page = client.get("/").content.decode()
    assert "Shared with me" in page
    assert f"/recordings/{sharing.recording.id}/" in page
    assert "To prepare the interview (until" in page
    assert sharing.scene.officer.label in page
    share_revoke(who=who_is(sharing.scene.officer), share=share)
    assert f"/recordings/{sharing.recording.id}/" not in client.get("/").content.decode()


def test_the_share_tab_tells_an_officer_of_nobody_elses_shares_and_links(sharing):
    """A sergeant's share that names an enquiry is told to those who read the whole record, not to whom it is about."""
    give(sharing, by=sharing.scene.sergeant, reason="Misconduct enquiry")
    sharing.link(reason="Misconduct enquiry")
    base = f"/recordings/{sharing.recording.id}"
    for knows, is_told in ((sharing.scene.officer, False), (sharing.scene.sergeant, True)):
        client = client_for(knows)
        pages = [client.get(f"{base}/share"), *(client.get(f"/api/v1{base}/{what}") for what in ("shares", "links"))]
        assert ["Misconduct" in page.content.decode() for page in pages] == [is_told] * 3
    assert "Misconduct" in client_for(sharing.scene.colleague).get(f"{base}/share").content.decode()


def test_it_is_among_the_reasons_for_access(sharing):
    give(sharing)
    page = client_for(sharing.scene.sergeant).get(f"/recordings/{sharing.recording.id}/access").content.decode()
    assert sharing.scene.colleague.label in page
    assert "To prepare the interview" in page
