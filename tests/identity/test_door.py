"""Signing in, staying in, being sent away: over the whole middleware, site by site."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.template import engines
from django.test import Client
from django.utils import timezone

from evidence.custody.models import Event
from evidence.identity.middleware import SEEN_EVERY_S, SIGNED_IN_AT
from evidence.identity.models import SecurityEntry
from tests.identity import people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.SITE_URLCONFS = dict.fromkeys(settings.SITE_NAMES, "tests.identity.pages")


@pytest.fixture
def someone():
    return people.person(password=people.PASSWORD)


def sign_in(client, someone, password=people.PASSWORD, **extra):
    return client.post("/sign-in", {"username": someone.username, "password": password, **extra})


def test_the_sign_in_page_shows_a_form_that_password_managers_know():
    page = Client().get("/sign-in").content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page


def test_name_and_password_open_a_session_that_pages_and_the_log_know(someone):
    client = Client()
    answer = sign_in(client, someone)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/page").content.decode() == someone.label
    entry = SecurityEntry.objects.get(kind="sign-in")
    assert (entry.person, entry.address) == (someone, "127.0.0.1")


def test_the_name_is_taken_without_regard_to_capitals(someone):
    someone.username = someone.username.upper()
    assert sign_in(Client(), someone).status_code == 302


def test_a_wrong_password_says_no_more_than_an_unknown_name(someone):
    wrong = sign_in(Client(), someone, "not the password")
    someone.username = "nobody-of-that-name"
    unknown = sign_in(Client(), someone)
    assert wrong.status_code == unknown.status_code == 200
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert SecurityEntry.objects.filter(kind="sign-in:refused").count() == 2


def test_somebody_who_left_cannot_sign_in_and_loses_the_session_they_have(someone):
    client = Client()
    sign_in(client, someone)
    someone.is_active = False
    someone.save()
    assert client.get("/page").status_code == 302
    assert sign_in(Client(), someone).status_code == 200


def test_guessing_is_stopped_even_with_the_right_password_afterwards(someone):
    client = Client()
    for _ in range(django_settings.AXES_FAILURE_LIMIT):
        last = sign_in(client, someone, "guess")
    assert last.status_code == 429
    assert sign_in(client, someone).status_code == 429
    assert client.get("/page").status_code == 302
    assert SecurityEntry.objects.filter(kind="sign-in:locked-out").exists()
    other = people.person(password=people.PASSWORD)
    assert sign_in(Client(), other).status_code == 302


def test_after_signing_in_people_come_back_to_our_own_pages_only(someone):
    assert sign_in(Client(), someone, next="/page?x=1")["Location"] == "/page?x=1"
    assert sign_in(Client(), someone, next="https://elsewhere.example/")["Location"] == "/"
    assert sign_in(Client(), someone, next="//elsewhere.example/")["Location"] == "/"


def test_signing_in_takes_a_new_session_key(someone):
    client = Client()
    client.cookies["force_sessionid"] = "a-key-somebody-planted"
    sign_in(client, someone)
    assert client.cookies["force_sessionid"].value != "a-key-somebody-planted"
    assert client.get("/page").status_code == 200


@pytest.mark.parametrize("address", ["/page?x=1", "/class-page"])
def test_a_page_sends_strangers_to_sign_in_and_back(address):
    answer = Client().get(address)
    assert answer.status_code == 302
    target = urlsplit(answer["Location"])
    assert (target.path, parse_qs(target.query)) == ("/sign-in", {"next": [address]})


def test_a_stranger_who_posts_comes_back_to_the_start_and_not_to_the_forms_target():
    answer = Client().post("/class-page")
    assert answer["Location"] == "/sign-in?next=/"


def test_a_part_of_a_page_sends_the_whole_page_to_sign_in():
    answer = Client().get("/page", headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == "/sign-in"


def test_a_programs_path_answers_a_stranger_with_a_problem():
    answer = Client().get("/media/thing")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "not-signed-in"


@pytest.mark.parametrize("address", ["/page", "/class-page", "/media/thing"])
def test_functions_classes_and_media_let_signed_in_people_through(someone, address):
    assert people.signed_in(someone).get(address).content.decode() == someone.label


def test_signing_out_ends_the_session_by_post_only(someone):
    client = people.signed_in(someone)
    assert client.get("/sign-out").status_code == 405
    assert client.get("/page").status_code == 200
    client.post("/sign-out")
    assert client.get("/page").status_code == 302
    assert SecurityEntry.objects.filter(kind="sign-out", person=someone).exists()


def began(client, ago):
    session = people.session_of(client)
    session[SIGNED_IN_AT] = (timezone.now() - ago).isoformat()
    session.save()


def test_a_session_ends_twelve_hours_after_it_began_however_busy(someone):
    client = people.signed_in(someone)
    limit = timedelta(seconds=django_settings.SESSION_ABSOLUTE_S)
    began(client, limit - timedelta(minutes=1))
    assert client.get("/page").status_code == 200
    began(client, limit + timedelta(minutes=1))
    assert client.get("/page").status_code == 302
    assert client.get("/page").status_code == 302


def test_a_session_without_a_beginning_is_ended(someone):
    client = people.signed_in(someone)
    session = people.session_of(client)
    del session[SIGNED_IN_AT]
    session.save()
    assert client.get("/page").status_code == 302


def test_an_idle_session_ends_after_fifteen_minutes_and_each_request_renews_it(someone):
    client = people.signed_in(someone)
    answer = client.get("/page")
    assert answer.cookies["force_sessionid"]["max-age"] == 15 * 60
    assert client.post("/session/stay").status_code == 204
    session = people.session_of(client)
    stored = session.model.objects.get(pk=session.session_key)
    stored.expire_date = timezone.now() - timedelta(seconds=1)
    stored.save()
    assert client.get("/page").status_code == 302
    assert Client().post("/session/stay").status_code == 401


@pytest.mark.parametrize("header", ["HX-Request", "X-Poll"])
def test_a_page_that_asks_by_itself_how_a_job_goes_does_not_keep_an_unattended_session_alive(someone, header):
    client = people.signed_in(someone)
    answer = client.get("/page", headers={header: "true"})
    assert answer.status_code == 200
    assert "force_sessionid" not in answer.cookies
    assert "force_sessionid" in client.get("/page").cookies


def test_a_page_that_posts_by_itself_counts_as_work(someone):
    client = people.signed_in(someone)
    assert "force_sessionid" in client.post("/session/stay", headers={"X-Poll": "true"}).cookies


def test_the_pages_count_ends_before_the_servers_which_may_lag_behind():
    html = engines["django"].from_string('{% extends "base.html" %}').render({"who": {"is_person": True}})
    assert f'data-renewed-every-s="{SEEN_EVERY_S}"' in html


def test_a_page_that_was_open_while_somebody_signed_in_anew_gets_a_request_token_that_counts(someone):
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in")
    sign_in(client, someone, csrfmiddlewaretoken=client.cookies["force_csrftoken"].value)
    stale = client.get("/session/stay").json()["token"]
    client.post("/sign-out", headers={"x-csrftoken": stale})
    assert client.get("/session/stay").status_code == 401
    sign_in(client, someone, csrfmiddlewaretoken=client.cookies["force_csrftoken"].value)
    assert client.post("/session/stay", headers={"x-csrftoken": stale}).status_code == 403
    answer = client.get("/session/stay")
    assert answer["Cache-Control"] == "no-store"
    assert client.post("/session/stay", headers={"x-csrftoken": answer.json()["token"]}).status_code == 204


def test_who_was_signed_out_for_want_of_activity_is_told_so_and_comes_back_to_our_own_page_only():
    told = Client().get("/sign-in?next=/page&ended=idle").content.decode()
    assert "because nothing was done for about 15 minutes" in told
    assert "you come back to the page you had open" in told
    assert 'name="next" value="/page"' in told
    elsewhere = Client().get("/sign-in?next=https://elsewhere.example/&ended=idle").content.decode()
    assert "nothing was done" in elsewhere
    assert "elsewhere.example" not in elsewhere
    assert "come back" not in elsewhere
    assert "nothing was done" not in Client().get("/sign-in?next=/page").content.decode()


def test_a_page_that_signs_out_by_itself_is_told_apart_in_the_log(someone):
    people.signed_in(someone).post("/sign-out", {"ended": "idle"})
    people.signed_in(someone).post("/sign-out")
    kept = SecurityEntry.objects.filter(kind="sign-out", person=someone).order_by("at")
    assert [entry.detail for entry in kept] == ["by the page, after no activity", ""]


def test_each_site_has_cookies_of_its_own_and_a_session_of_one_does_not_open_another(someone):
    client = Client()
    sign_in(client, someone)
    assert {name for name in client.cookies if "session" in name} == {"force_sessionid"}
    for host in ("share.localhost", "docks.localhost", "public.localhost"):
        assert client.get("/page", SERVER_NAME=host).status_code == 302
    renamed = Client(SERVER_NAME="share.localhost")
    renamed.cookies["sessionid"] = client.cookies["force_sessionid"].value
    assert renamed.get("/page").status_code == 302


def test_a_refusal_on_a_page_is_written_into_the_record_and_shown(someone):
    answer = people.signed_in(someone).get("/refused")
    assert answer.status_code == 403
    assert "You may not download this." in answer.content.decode()
    event = Event.objects.get()
    assert (event.verb, event.outcome, event.actor_id) == ("recording:access:denied", "denied", someone.id)
    assert str(event.request) == answer["X-Request-Id"]
