"""Links, recipients and the external viewer: the Django app."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Links, recipients and the external viewer."""

    name = "evidence.sharing"
    label = "sharing"

    def ready(self) -> None:
        """Add this room's section to the queue, and its ways in to what a restriction suspends."""
        from evidence.sharing.sections import sections_register  # noqa: PLC0415 - models load after the apps
        from evidence.sharing.ways_in import ways_register  # noqa: PLC0415 - the same

        sections_register()
        ways_register()
