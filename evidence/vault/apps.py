"""Where sealed objects live: the Django app."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """Where sealed objects live."""

    name = "evidence.vault"
    label = "vault"
