"""Separate sites: which addresses exist where, and which host is nobody's."""

import pytest
from django.test import Client

from evidence.http.sites import site_of, site_url

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
