"""The doors and the one commit service: the Django app."""

from django.apps import AppConfig


class IngestConfig(AppConfig):
    """The doors and the one commit service."""

    name = "evidence.ingest"
    label = "ingest"
