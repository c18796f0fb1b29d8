"""How the two ways to sign in stand in the API's description (OpenAPI). Nothing here decides who may."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself by being defined
    """A token of a dock or a person."""

    target_class = "evidence.identity.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """An opaque token in `Authorization: Bearer`."""
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call] # registers itself by being defined
    """The signed-in session of our own pages."""

    target_class = "evidence.identity.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """The force site's session cookie, with the CSRF token in a header for anything that changes."""
        return {"type": "apiKey", "in": "cookie", "name": "force_sessionid"}
