"""The custody record: the Django app. Re-installs the triggers after every migration."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate

from evidence.custody.triggers import TABLES, triggers_install


def _install(using: str, **_: Any) -> None:
    connection = connections[using]
    if set(TABLES) <= set(connection.introspection.table_names()):
        triggers_install(connection)


class CustodyConfig(AppConfig):
    """The custody record."""

    name = "evidence.custody"
    label = "custody"

    def ready(self) -> None:
        """Hook the triggers to migrations: Django's SQLite table remake drops them silently."""
        post_migrate.connect(_install, sender=self)
