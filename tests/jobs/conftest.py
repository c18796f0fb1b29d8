"""The kinds of job that exist in tests only, and an empty broker before each test."""

from collections.abc import Iterator

import pytest

from evidence.jobs.kinds import KINDS
from tests.jobs import handlers
from tests.jobs.running import broker_empty
from workers.handlers.table import HANDLERS


@pytest.fixture(autouse=True)
def _kinds() -> Iterator[None]:
    for name, (kind, handler) in handlers.HERE.items():
        KINDS[name], HANDLERS[name] = kind, handler
    broker_empty()
    yield
    for name in handlers.HERE:
        KINDS.pop(name, None)
        HANDLERS.pop(name, None)
