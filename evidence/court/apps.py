"""Bundles and discs: the Django app."""

from django.apps import AppConfig


class CourtConfig(AppConfig):
    """Bundles and discs."""

    name = "evidence.court"
    label = "court"
