"""Incidents, cases and exhibits: the Django app."""

from django.apps import AppConfig


class CasesConfig(AppConfig):
    """Incidents, cases and exhibits."""

    name = "evidence.cases"
    label = "cases"

    def ready(self) -> None:
        """Add this room's way in to what a restriction suspends, and exhibits to what binds a recording."""
        from evidence.cases.ways_in import uses_register, ways_register  # noqa: PLC0415 - models load after the apps

        ways_register()
        uses_register()
