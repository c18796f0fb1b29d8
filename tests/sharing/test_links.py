"""Links for people outside: who makes them, on what terms, and how they end or go on."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from evidence.custody.models import Event
from evidence.identity.errors import Denied, ReasonMissing
from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.jobs.models import Job
from evidence.recordings.errors import NotPlayable
from evidence.recordings.models import Recording, State
from evidence.sharing.errors import LinkMade, ShareOver, TermsInvalid
from evidence.sharing.models import Letter, Link
from evidence.sharing.queries import link_live
from evidence.sharing.services.links import LinkTerms, link_create, link_extend, link_revoke
from tests import factories
from tests.sharing.conftest import in_days

pytestmark = pytest.mark.django_db


def token_of(created) -> str:
    return created.url.rstrip("/").rsplit("/", 1)[1]


def test_a_link_opens_one_item_and_its_token_is_kept_as_a_hash_only(sharing):
    created = sharing.link()
    token = token_of(created)
    assert created.url.startswith("http://share.localhost")
    assert len(token) == 43
    assert link_live(token) == created.link
    rows = [str(row) for row in Link.objects.values_list()]
    rows += [bytes(body).decode() for body in Event.objects.values_list("body", flat=True)]
    assert not any(token in row for row in rows)


def test_a_letters_address_is_sealed_in_the_database(sharing):
    token = token_of(sharing.link(email="rosa@example.org"))
    letter = Letter.objects.get()
    assert token.encode() not in bytes(letter.sealed_secret)
    assert token not in str(Job.objects.values_list("params", flat=True))


def test_making_a_link_is_a_disclosure_on_record_with_recipient_and_reason(sharing):
    sharing.link(may_download=True)
    (line,) = sharing.told("link:created")
    assert (line.category, line.recipient_names) == ("disclosure", ["Rosa Hart, Hart & Co"])
    assert (line.reason_text, line.actor_name) == ("Disclosure", sharing.lead.label)
    assert line.body["data"]["may_download"] is True
    assert line.body["subject"]["files"][0]["sha256"] == sharing.scene.file.sha256


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"recipient_name": "  "}, "recipient_name", "name"),
        ({"expires_at": in_days(-0.1)}, "expires", "passed"),
        ({"expires_at": in_days(400)}, "expires", "more than a year"),
        ({"needs_code": True}, "email", "one-time code is sent there"),
        ({"email": "not an address"}, "email", "like name@example.org"),
    ],
)
def test_terms_that_cannot_be_are_refused_in_words_and_leave_nothing(sharing, changes, pointer, said):
    with pytest.raises(TermsInvalid, match=said) as refused:
        sharing.link(**changes)
    assert refused.value.faults[0].pointer == pointer
    assert not Link.objects.exists()
    assert sharing.told("link") == []


def test_a_link_needs_a_reason(sharing):
    with pytest.raises(ReasonMissing):
        sharing.link(reason=" ")


def test_what_is_not_playable_yet_is_not_sent(sharing):
    Recording.objects.update(state=State.PREPARING)
    sharing.recording.refresh_from_db()
    with pytest.raises(NotPlayable):
        sharing.link()


@pytest.mark.parametrize("role", [Role.OFFICER, Role.PSD, Role.AUDITOR, Role.ADMINISTRATOR])
def test_roles_that_do_not_disclose_make_no_links(sharing, role):
    terms = LinkTerms(recipient_name="Rosa Hart", reason="x", expires_at=in_days(1))
    with pytest.raises(Denied):
        link_create(who=factories.who(role), recording=sharing.recording, terms=terms)


def test_the_officer_who_recorded_it_does_not_disclose_it_alone(sharing):
    terms = LinkTerms(recipient_name="Rosa Hart", reason="x", expires_at=in_days(1))
    with pytest.raises(Denied):
        link_create(who=who_is(sharing.scene.officer), recording=sharing.recording, terms=terms)


def test_what_is_restricted_is_not_sent_and_stops_opening_when_restricted_later(sharing):
    token = token_of(sharing.link())
    Recording.objects.update(is_restricted=True)
    assert link_live(token) is None
    sharing.recording.refresh_from_db()
    with pytest.raises(Denied):
        sharing.link()


def test_a_form_sent_twice_makes_one_link(sharing):
    terms = LinkTerms(recipient_name="Rosa Hart", reason="x", expires_at=in_days(1))
    identifier = uuid4()
    link_create(who=sharing.who, recording=sharing.recording, terms=terms, identifier=identifier)
    with pytest.raises(LinkMade):
        link_create(who=sharing.who, recording=sharing.recording, terms=terms, identifier=identifier)
    assert Link.objects.count() == 1


def test_a_revoked_link_opens_no_more_and_is_not_extended(sharing):
    created = sharing.link()
    link_revoke(who=sharing.who, link=created.link)
    assert link_live(token_of(created)) is None
    with pytest.raises(ShareOver):
        link_extend(who=sharing.who, link=created.link, expires_at=in_days(3))
    with pytest.raises(ShareOver):
        link_revoke(who=sharing.who, link=created.link)
    assert [line.verb for line in sharing.told("link")] == ["recording:link:created", "recording:link:revoked"]


def test_a_link_that_has_run_out_opens_again_when_extended(sharing):
    created = sharing.link()
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert link_live(token_of(created)) is None
    link_extend(who=sharing.who, link=created.link, expires_at=in_days(3))
    assert link_live(token_of(created)) == created.link
    assert sharing.told("link:extended")[0].category == "disclosure"
    with pytest.raises(TermsInvalid, match="passed"):
        link_extend(who=sharing.who, link=created.link, expires_at=in_days(-1))


def test_only_who_made_it_or_may_disclose_ends_a_link(sharing):
    link = sharing.link().link
    with pytest.raises(Denied):
        link_revoke(who=who_is(sharing.scene.colleague), link=link)
    with pytest.raises(Denied):
        link_extend(who=who_is(sharing.scene.officer), link=link, expires_at=in_days(1))
    link_revoke(who=who_is(sharing.scene.sergeant), link=link)
