"""Docks and cameras: the Django app."""

from django.apps import AppConfig


class FleetConfig(AppConfig):
    """Docks and cameras."""

    name = "evidence.fleet"
    label = "fleet"
