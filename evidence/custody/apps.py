"""The custody record: the Django app. Re-installs the triggers after every migration; limits every transaction."""

from typing import Any

from django.apps import AppConfig
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from evidence.custody.hanging import limits_lift, limits_set
from evidence.custody.triggers import TABLES, triggers_install


def _install(using: str, **_: Any) -> None:
    connection = connections[using]
    if set(TABLES) <= set(connection.introspection.table_names()):
        from evidence.custody.cluster import cluster_note  # noqa: PLC0415 - models are not there yet when this is read

        triggers_install(connection)
        if using == DEFAULT_DB_ALIAS:
            cluster_note()


def _lift(using: str, **_: Any) -> None:
    limits_lift(connections[using])


class CustodyConfig(AppConfig):
    """The custody record."""

    name = "evidence.custody"
    label = "custody"

    def ready(self) -> None:
        """Hook the triggers to migrations: Django's SQLite table remake drops them silently."""
        connection_created.connect(limits_set)
        pre_migrate.connect(_lift, sender=self)
        post_migrate.connect(_install, sender=self)
