"""The start-up check: no web process, worker or command serves while the custody record can be changed."""

from django.db import connection

from evidence.custody.errors import RecordUnguarded
from evidence.custody.models import Event
from evidence.custody.triggers import triggers_missing


def guard_require() -> None:
    """Refuse to go on without the triggers.

    A database that has not been migrated yet holds no record and passes: there is nothing to guard.

    Raises:
        RecordUnguarded: names the triggers that are missing and how to put them back.
    """
    if Event._meta.db_table not in connection.introspection.table_names():
        return
    missing = triggers_missing(connection)
    if missing:
        raise RecordUnguarded(
            f"The custody record is not protected: {', '.join(missing)} missing. Nothing is served until it is. "
            "Find out who removed them, then run `manage.py migrate`, which puts them back."
        )
