"""Formatters of the diagnostic log: readable lines on a terminal, JSON in production. Both add the request id."""

from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def line_formatter() -> structlog.stdlib.ProcessorFormatter:
    """One human-readable line a record."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processor=structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    )


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """One JSON object a record."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_SHARED, structlog.processors.format_exc_info],
        processor=structlog.processors.JSONRenderer(),
    )
