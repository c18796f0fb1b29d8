"""A marker for command lines, so that a test finds the processes it caused and no others."""

import secrets

import pytest


@pytest.fixture
def marker() -> str:
    """Text that stands in no other process's command line."""
    return f"marker-{secrets.token_hex(12)}"
