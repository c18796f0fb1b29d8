"""No transaction of the program may hang for ever: the sequencer waits for each, and rightly.

Each connection to PostgreSQL gets a limit for a statement, for silence within a transaction and, from version 17 on,
for the transaction as a whole. Work that is long by nature (migrations, verifying) lifts it. SQLite's only writer
holds nobody's sequencer up.
"""

from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

_LIMITS = ("idle_in_transaction_session_timeout", "statement_timeout")
_WHOLE, _WHOLE_SINCE = "transaction_timeout", 170_000


def limits_set(sender: type[BaseDatabaseWrapper], connection: BaseDatabaseWrapper, **_: Any) -> None:
    """On each new connection: TRANSACTION_LIMIT_S seconds; 0 is no limit."""
    _set(connection, settings.TRANSACTION_LIMIT_S)


def limits_lift(connection: BaseDatabaseWrapper) -> None:
    """No limit on this connection any more."""
    _set(connection, 0)


def _set(connection: BaseDatabaseWrapper, limit_s: int) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        version = cursor.connection.info.server_version
        names = (*_LIMITS, _WHOLE) if version >= _WHOLE_SINCE else _LIMITS
        calls = ", ".join("set_config(%s, %s, false)" for _ in names)
        cursor.execute(f"SELECT {calls}", [word for name in names for word in (name, f"{limit_s}s")])
