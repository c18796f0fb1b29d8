"""Recordings of one incident beside one another: the Django app."""

from django.apps import AppConfig


class AlignmentConfig(AppConfig):
    """Recordings of one incident beside one another."""

    name = "evidence.alignment"
    label = "alignment"
