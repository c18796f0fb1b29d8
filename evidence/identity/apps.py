"""People, units, posts, access and policy: the Django app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """People, units, posts, access and policy."""

    name = "evidence.identity"
    label = "identity"
