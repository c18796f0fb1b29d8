"""The share table, the forms and the API on the force site, and who may not use them."""

import re

import pytest
from django.utils import timezone

from evidence.identity.roles import Role
from evidence.identity.who import who_is
from evidence.recordings.models import Recording
from evidence.sharing.models import Link, Share
from evidence.sharing.queries import link_live
from evidence.sharing.services.links import link_revoke
from evidence.sharing.services.shares import share_give
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import in_days, outside

pytestmark = pytest.mark.django_db
JSON = {"content_type": "application/json"}


def dated(name: str, days: float) -> dict[str, str]:
    day = timezone.localdate(in_days(days))
    return {f"{name}_day": str(day.day), f"{name}_month": str(day.month), f"{name}_year": str(day.year)}


def link_form(**changes: str) -> dict[str, str]:
    given = {"link_id": "00000000-0000-4000-8000-000000000001", "recipient_name": "Rosa Hart", "reason": "Disclosure"}
    return {**given, **dated("expires", 7), **changes}


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def base(sharing) -> str:
    return f"/recordings/{sharing.recording.id}"


def test_a_recording_is_shared_from_its_share_tab(sharing):
    client = client_for(sharing.scene.officer)
    colleague = sharing.scene.colleague
    assert f'href="{base(sharing)}/share"' in client.get(f"{base(sharing)}/").content.decode()
    form = {"to": colleague.collar_number, "reason": "To prepare the interview", **dated("until", 3)}
    answer = client.post(f"{base(sharing)}/share/new", form, follow=True)
    assert f"{colleague.label} can watch it now" in words(answer)
    assert "2\xa0days, 23" in answer.content.decode() or "3\xa0days" in answer.content.decode()
    share = Share.objects.get()
    local = timezone.localtime(share.until_at)
    assert (local.hour, local.minute) == (23, 59), "the last day is not included whole"
    ended = client.post(f"/shares/{share.id}/end", follow=True)
    assert "cannot watch it by this share any more" in words(ended)
    assert "Revoked" in words(ended)


def test_whoever_gives_a_copy_away_is_told_that_it_was_made_fast(sharing, tmp_path):
    copy = factories.copy_of(sharing.scene.file, b"a clip", tmp=tmp_path, made_by=sharing.lead)
    client = client_for(sharing.lead)
    told = "not every player outside the force was tested with"
    terms = {"recipient_name": "Rosa Hart", "reason": "Disclosure", "expires_at": in_days(7)}
    for encoded, copied, is_told in ((5, 0, False), (0, 5, False), (2, 3, True)):
        segments = [{"frames_encoded": encoded, "frames_copied": copied}]
        Recording.objects.filter(pk=copy.pk).update(statement={"segments": segments})
        assert (told in words(client.post(f"/recordings/{copy.id}/links/new", link_form()))) is is_told
        made = client.post(f"/api/v1/recordings/{copy.id}/links", terms, **JSON).json()
        assert (told in made["caution"]) is is_told


def test_a_share_to_a_past_date_is_said_at_its_field(sharing):
    form = {"to": sharing.scene.colleague.collar_number, "reason": "x", **dated("until", -1)}
    answer = client_for(sharing.scene.officer).post(f"{base(sharing)}/share/new", form)
    assert answer.status_code == 422
    assert "This date has passed" in words(answer)
    assert 'href="#id_until-day"' in answer.content.decode()
    assert not Share.objects.exists()


def test_a_link_is_asked_about_once_more_then_shown_once(sharing):
    client = client_for(sharing.lead)
    assert "A link for somebody outside" in words(client.get(f"{base(sharing)}/links/new"))
    card = client.post(f"{base(sharing)}/links/new", link_form(may_download="on"))
    assert "This leaves the force" in words(card)
    assert "watch it and keep a copy of it" in words(card)
    assert "the original as it was recorded: nothing in it is covered or cut" in words(card)
    assert not Link.objects.exists(), "the card itself disclosed it"
    back = client.post(f"{base(sharing)}/links/new", link_form(confirm="no"))
    assert 'value="Rosa Hart"' in back.content.decode(), "what was typed has to be typed again"
    made = client.post(f"{base(sharing)}/links/new", link_form(may_download="on", confirm="yes"))
    assert made.status_code == 201
    assert "no-store" in made["Cache-Control"]
    url = re.search(r"http://share\.localhost\S*?/[\w-]{43}/", made.content.decode())[0]
    assert link_live(url.rstrip("/").rsplit("/", 1)[1]) == Link.objects.get()
    again = client.post(f"{base(sharing)}/links/new", link_form(confirm="yes"), follow=True)
    assert "This link was made already" in words(again)
    assert Link.objects.count() == 1
    assert url.rsplit("/", 2)[1] not in client.get(f"{base(sharing)}/share").content.decode()


def test_terms_that_cannot_be_never_reach_the_card(sharing):
    client = client_for(sharing.lead)
    for changes, said in (
        (dated("expires", -1), "This date has passed"), ({"needs_code": "on"}, "the one-time code is sent there"),
        ({"recipient_name": ""}, "Enter name of the recipient"),
    ):  # fmt: skip
        answer = client.post(f"{base(sharing)}/links/new", link_form(**changes))
        assert answer.status_code == 422
        assert said in words(answer)
        assert "This leaves the force" not in words(answer)


def test_the_table_says_how_a_link_stands_and_ends_or_extends_it(sharing):
    client = client_for(sharing.lead)
    created = sharing.link()
    assert "Not opened yet" in words(client.get(f"{base(sharing)}/share"))
    outside(created).opened()
    assert "Opened Once, last" in words(client.get(f"{base(sharing)}/share"))
    assert client.post(f"/links/{created.link.id}/later", dated("expires", -2)).status_code == 422
    client.post(f"/links/{created.link.id}/later", dated("expires", 30))
    created.link.refresh_from_db()
    assert created.link.expires_at > in_days(29)
    client.post(f"/links/{created.link.id}/end")
    told = words(client.get(f"{base(sharing)}/share"))
    assert "Revoked" in told
    assert "Extend" not in told


def test_the_form_for_a_links_new_end_is_for_those_who_may_move_it_and_while_there_is_one(sharing):
    link = sharing.link().link
    address, auditor = f"/links/{link.id}/later", client_for(factories.person(Role.AUDITOR))
    for client in (auditor, client_for(sharing.scene.officer)):  # both may know of the recording
        assert client.get(f"{base(sharing)}/share").status_code == 200
        refused = client.get(address)
        assert refused.status_code == 403
        assert "Rosa Hart" not in words(refused)
    assert sharing.told("access:denied")[-1].body["data"]["right"] == "disclose"
    lead = client_for(sharing.lead)
    assert "The link for Rosa Hart" in words(lead.get(address))
    link_revoke(who=sharing.who, link=link)
    over = lead.get(address)
    assert over.status_code == 409
    assert "This was ended before" in words(over)


def test_who_may_only_watch_sees_no_links_and_no_forms(sharing):
    sharing.link()
    share_give(
        who=who_is(sharing.scene.officer), recording=sharing.recording, to=sharing.scene.colleague, reason="To help",
        until_at=in_days(1),
    )  # fmt: skip
    told = words(client_for(sharing.scene.colleague).get(f"{base(sharing)}/share"))
    assert "To help" in told
    for hidden in ("Rosa Hart", "Make a link", "Share with a colleague"):
        assert hidden not in told


@pytest.mark.parametrize("path", ["share", "share/new", "links/new", "shares", "links"])
def test_a_stranger_learns_nothing_of_what_was_shared(sharing, path):
    sharing.link()
    client = client_for(factories.person(Role.OFFICER))
    prefix = f"/api/v1{base(sharing)}" if path in {"shares", "links"} else base(sharing)
    answers = [client.post(f"{prefix}/{path}", link_form())]
    if path != "share/new":
        answers.append(client.get(f"{prefix}/{path}"))
    for answer in answers:
        assert answer.status_code in {404, 405}
        assert b"Rosa" not in answer.content


def test_a_stranger_ends_and_extends_nothing_by_guessing_ids(sharing):
    link = sharing.link().link
    share = share_give(
        who=who_is(sharing.scene.officer), recording=sharing.recording, to=sharing.scene.colleague, reason="x",
        until_at=in_days(1),
    )  # fmt: skip
    client = client_for(factories.person(Role.OFFICER))
    for path in (
        f"/links/{link.id}/end", f"/links/{link.id}/later", f"/shares/{share.id}/end",
        f"/api/v1/links/{link.id}/revoke", f"/api/v1/links/{link.id}/extend", f"/api/v1/shares/{share.id}/revoke",
    ):  # fmt: skip
        assert client.post(path).status_code == 404, path
    assert client.get(f"/links/{link.id}/later").status_code == 404
    link.refresh_from_db()
    share.refresh_from_db()
    assert (link.revoked_at, share.revoked_at) == (None, None)


def test_who_was_given_it_may_know_of_it_but_is_refused_to_disclose_and_that_is_on_record(sharing):
    share_give(
        who=who_is(sharing.scene.officer), recording=sharing.recording, to=sharing.scene.colleague, reason="x",
        until_at=in_days(1),
    )  # fmt: skip
    assert client_for(sharing.scene.colleague).post(f"{base(sharing)}/links/new", link_form()).status_code == 403
    line = sharing.told("access:denied")[-1]
    assert (line.body["data"]["right"], line.actor_name) == ("disclose", sharing.scene.colleague.label)


def test_the_api_shares_and_ends(sharing):
    client = client_for(sharing.scene.officer)
    given = {"to": str(sharing.scene.colleague.id), "reason": "By API", "until_at": in_days(2).isoformat()}
    made = client.post(f"/api/v1{base(sharing)}/shares", given, **JSON)
    assert (made.status_code, made.json()["to_name"]) == (201, sharing.scene.colleague.label)
    assert [row["reason"] for row in client.get(f"/api/v1{base(sharing)}/shares").json()] == ["By API"]
    ended = client.post(f"/api/v1/shares/{made.json()['id']}/revoke", **JSON)
    assert ended.json()["revoked_at"]
    past = client.post(f"/api/v1{base(sharing)}/shares", given | {"until_at": in_days(-2).isoformat()}, **JSON)
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (400, "until")


def test_the_api_makes_a_link_that_opens_and_gives_its_address_once(sharing):
    client = client_for(sharing.lead)
    given = {"recipient_name": "Rosa Hart", "reason": "Disclosure", "expires_at": in_days(2).isoformat()}
    headers = {"idempotency-key": "one"}
    made = client.post(f"/api/v1{base(sharing)}/links", given, headers=headers, **JSON)
    assert (made.status_code, made["Cache-Control"]) == (201, "no-store")
    url = made.json()["url"]
    assert client.post(f"/api/v1{base(sharing)}/links", given, headers=headers, **JSON).status_code == 409
    (listed,) = client.get(f"/api/v1{base(sharing)}/links").json()
    assert url.rsplit("/", 2)[1] not in str(listed)
    later = client.post(f"/api/v1/links/{listed['id']}/extend", {"expires_at": in_days(9).isoformat()}, **JSON)
    assert later.json()["expires_at"] > made.json()["expires_at"]
    assert client.post(f"/api/v1/links/{listed['id']}/revoke", **JSON).json()["revoked_at"]


def test_hostile_words_are_escaped_everywhere(sharing):
    evil = '<script>alert(1)</script>"'
    created = sharing.link(recipient_name=evil, organisation=evil, reason=evil, message=evil, email="a@example.org")
    recipient = outside(created)
    pages = [recipient.get(), recipient.get(recipient.opened()), client_for(sharing.lead).get(f"{base(sharing)}/share")]
    link_revoke(who=sharing.who, link=created.link)
    pages.append(
        client_for(sharing.lead).post(f"{base(sharing)}/links/new", link_form(recipient_name=evil, message=evil))
    )
    for page in pages:
        assert b"<script>alert" not in page.content
        assert b"&lt;script&gt;alert" in page.content
