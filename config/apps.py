"""The top of the house as a Django app: it holds the commands that see every room (`demo`, `walkthrough`)."""

from django.apps import AppConfig


class ContinuityConfig(AppConfig):
    """Commands that use every room."""

    name = "config"
    label = "continuity"
