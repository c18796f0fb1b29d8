"""People, units and posts as the product's own services make them, and a client that is signed in as one."""

from itertools import count

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

from evidence.identity.middleware import SIGNED_IN_AT
from evidence.identity.models import Person, Post, Unit
from evidence.identity.roles import Role
from evidence.identity.services import post_give, unit_create

PASSWORD = "correct horse battery staple"
COOKIE = "force_sessionid"
_NUMBERS = count(1000)


def unit(parent: Unit | None = None) -> Unit:
    return unit_create(name=f"Unit {next(_NUMBERS)}", parent=parent)


def person(*, password: str | None = None, is_active: bool = True) -> Person:
    """Somebody without a post; a password costs time to hash, so only those who sign in have one."""
    number = next(_NUMBERS)
    someone = Person(
        username=f"person{number}", rank="PC", collar_number=str(number), first_name="Sam", surname=f"Jones{number}",
        is_active=is_active,
    )  # fmt: skip
    if password is None:
        someone.set_unusable_password()
    else:
        someone.set_password(password)
    someone.full_clean()
    someone.save()
    return someone


def post(someone: Person, role: Role = Role.OFFICER, where: Unit | None = None, **window) -> Post:
    return post_give(person=someone, unit=where or unit(), role=role, **window)


def signed_in(someone: Person, *, enforce_csrf_checks: bool = False) -> Client:
    """A client of the force site with a session as the sign-in page makes it, under the site's own cookie name."""
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=enforce_csrf_checks)
    client.force_login(someone, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies[COOKIE] = client.cookies.pop(settings.SESSION_COOKIE_NAME).value
    session = session_of(client)
    session[SIGNED_IN_AT] = timezone.now().isoformat()
    session.save()
    return client


def session_of(client: Client) -> SessionStore:
    """The session behind a client's force cookie."""
    return SessionStore(client.cookies[COOKIE].value)
