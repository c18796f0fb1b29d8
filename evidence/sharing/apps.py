"""Links, recipients and the external viewer: the Django app."""

from django.apps import AppConfig


class SharingConfig(AppConfig):
    """Links, recipients and the external viewer."""

    name = "evidence.sharing"
    label = "sharing"

    def ready(self) -> None:
        """Add this room's section to the queue."""
        from evidence.sharing.sections import sections_register  # noqa: PLC0415 - models load after the apps

        sections_register()
