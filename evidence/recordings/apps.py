"""Recordings, their files and working copies: the Django app."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Recordings, their files and working copies."""

    name = "evidence.recordings"
    label = "recordings"
