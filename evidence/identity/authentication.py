"""How the API knows who is asking: a bearer token (docks, programs) or the signed-in session (our own pages)."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from evidence.identity.errors import TokenRefused
from evidence.identity.models import AccessToken, Person
from evidence.identity.services import token_use
from evidence.identity.who import Who, who_dock, who_is


class TokenOwner(AnonymousUser):
    """What `request.user` is for a dock: signed in, but nobody's account."""

    @property
    def is_authenticated(self) -> bool:  # type: ignore[override]
        """True: the token was good."""
        return True


class BearerAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>` of a dock or a person."""

    def authenticate(self, request: Request) -> tuple[Any, Who] | None:
        """The owner and the `Who`, or None where no bearer token was sent."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return None
        try:
            row = token_use(token=token.strip())
        except TokenRefused as refused:
            raise exceptions.AuthenticationFailed(refused.message) from refused
        return owner_of(row)

    def authenticate_header(self, request: Request) -> str:
        """Makes a refusal 401 instead of 403."""
        return 'Bearer realm="continuity"'


def owner_of(row: AccessToken) -> tuple[Any, Who]:
    """The signed-in user and asker that a token stands for.

    Raises:
        AuthenticationFailed: the person has left.
    """
    if row.owner_kind == "dock":
        return TokenOwner(), who_dock(dock_id=row.owner_id, name=row.label, scopes=row.scopes)
    person = Person.objects.filter(pk=row.owner_id, is_active=True).first()
    if person is None:
        raise exceptions.AuthenticationFailed("The owner of this token is not active any more.")
    return person, who_is(person)


class SessionAuthentication(authentication.SessionAuthentication):
    """Our own pages' calls, CSRF checked."""

    def authenticate(self, request: Request) -> tuple[Any, Who] | None:
        """The signed-in person and the `Who` the middleware made."""
        found = super().authenticate(request)
        if found is None:
            return None
        return found[0], who_is(found[0])


def who_asks(request: Request) -> Who:
    """The asker behind an authenticated API request."""
    assert isinstance(request.auth, Who)  # noqa: S101 - both authenticators give one; IsAuthenticated let it through
    return request.auth
