"""People, units, posts, access and policy: the Django app."""

from importlib import import_module

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People, units, posts, access and policy."""

    name = "evidence.identity"
    label = "identity"

    def ready(self) -> None:
        """Have the API's description know our ways to sign in."""
        import_module("evidence.identity.schema")
