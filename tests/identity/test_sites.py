"""Separate sites: which addresses exist where, and which host is nobody's."""

import pytest
from django.test import Client

from evidence.http.sites import site_of, site_url
from evidence.identity.models import SecurityEntry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("host", ["share.localhost", "docks.localhost", "public.localhost"])
def test_the_forces_pages_exist_on_no_other_site(host):
    assert Client(SERVER_NAME="localhost").get("/sign-in").status_code == 200
    assert Client(SERVER_NAME=host).get("/sign-in", follow=True).status_code == 404


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "force.localhost", "share.localhost.evil.example"]
)
def test_an_unknown_host_is_a_bad_request(host):
    assert Client(SERVER_NAME=host).get("/sign-in").status_code == 400


@pytest.mark.parametrize(
    ("host", "site"),
    [("localhost", "force"), ("SHARE.localhost:8000", "share"), ("docks.localhost.", "docks"), ("", "force")],
)
def test_a_host_name_says_which_site(host, site):
    assert site_of(host, "8000") == site


def test_a_port_says_which_site_where_sites_are_reached_by_address(settings):
    settings.SITE_PORTS = {8001: "share"}
    assert site_of("192.0.2.1:8001", "8001") == "share"
    assert site_of("192.0.2.1:8000", "8000") == "force"


def test_links_we_hand_out_name_the_site_they_lead_to(settings):
    settings.SITE_PUBLIC_PORT = 8765
    assert site_url("share", "/abc/") == "http://share.localhost:8765/abc/"


@pytest.mark.parametrize(
    ("proxies", "said", "address"),
    [
        (0, "203.0.113.9", "127.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_the_client_address_is_what_our_own_proxies_say_and_nothing_a_client_wrote(settings, proxies, said, address):
    settings.TRUSTED_PROXIES = proxies
    form = {"username": "nobody", "password": "wrong"}
    Client(SERVER_NAME="localhost").post("/sign-in", form, headers={"x-forwarded-for": said})
    assert SecurityEntry.objects.get(kind="sign-in:refused").address == address
