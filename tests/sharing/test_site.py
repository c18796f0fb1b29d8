"""The share site as a whole: every address of it, for everybody who comes without a link of their own."""

import pytest
from django.test import Client
from django.urls import reverse

from evidence.audit import share_urls
from evidence.identity.roles import Role
from evidence.recordings.models import PlaybackSession
from evidence.sharing import external_urls
from tests import factories
from tests.factories import client_for
from tests.sharing.conftest import outside

pytestmark = [pytest.mark.django_db, pytest.mark.once]
PATTERNS = [*external_urls.urlpatterns, *share_urls.urlpatterns]
NEEDS_LINK = {pattern.name for pattern in PATTERNS if pattern.name}
LANDS = {"share-viewer", "share-check"}
OPENS = {"share-landing", "share-code", "share-open"}
POSTED = {"share-code", "share-open", "share-close"}


def address(name: str, token: str, session: PlaybackSession) -> str:
    pattern = next(pattern for pattern in PATTERNS if pattern.name == name)
    values = {"token": token, "session_id": session.id, "part": 1}
    wanted = {key: value for key, value in values.items() if key in pattern.pattern.converters}
    return reverse(name, urlconf="config.urls.share", kwargs=wanted)


def ask(client: Client, name: str, path: str) -> int:
    return (client.post(path) if name in POSTED else client.get(path)).status_code


def test_only_the_rules_for_robots_need_no_link():
    unnamed = [str(pattern.pattern) for pattern in PATTERNS if not pattern.name]
    assert unnamed == ["robots.txt"]


@pytest.mark.parametrize("name", sorted(NEEDS_LINK))
@pytest.mark.parametrize("role", [None, *Role], ids=lambda role: role or "nobody")
def test_no_post_in_the_force_opens_anything_here(sharing, name, role):
    recipient = outside(sharing.link(may_download=True))
    recipient.opened()
    session = PlaybackSession.objects.get()
    client = client_for(factories.person(role) if role else None, site="share")
    assert ask(client, name, address(name, "z" * 43, session)) == 404


@pytest.mark.parametrize("name", sorted(NEEDS_LINK - OPENS))
@pytest.mark.parametrize("role", list(Role))
def test_knowing_a_link_and_being_signed_in_elsewhere_gives_nobodys_viewing(sharing, name, role):
    recipient = outside(sharing.link(may_download=True))
    recipient.opened()
    session = PlaybackSession.objects.get()
    token = recipient.path.strip("/")
    client = client_for(factories.person(role), site="share")
    # 302: to the landing page, where they would have to open it as its recipient
    assert ask(client, name, address(name, token, session)) == (302 if name in LANDS else 410)


@pytest.mark.parametrize("name", sorted(NEEDS_LINK))
def test_every_address_is_the_forces_nowhere_else(sharing, name):
    recipient = outside(sharing.link())
    recipient.opened()
    path = address(name, recipient.path.strip("/"), PlaybackSession.objects.get())
    for host in ("localhost", "docks.localhost", "public.localhost"):
        assert ask(Client(HTTP_HOST=host), name, path) == 404
