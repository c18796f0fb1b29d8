"""The disc of these tests."""

from pathlib import Path

import pytest

from tests.court.verify.pressing import Pressed


@pytest.fixture
def disc(tmp_path: Path) -> Pressed:
    return Pressed(tmp_path / "disc")
