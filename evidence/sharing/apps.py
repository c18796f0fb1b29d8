"""Links, recipients and the external viewer: the Django app."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Links, recipients and the external viewer."""

    name = "evidence.sharing"
    label = "sharing"
