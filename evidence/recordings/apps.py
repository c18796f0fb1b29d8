"""Recordings, their files and working copies: the Django app."""

from django.apps import AppConfig


class RecordingsConfig(AppConfig):
    """Recordings, their files and working copies."""

    name = "evidence.recordings"
    label = "recordings"

    def ready(self) -> None:
        """Add this room's sections to the queue."""
        from evidence.recordings.sections import sections_register  # noqa: PLC0415 - models load after the apps

        sections_register()
