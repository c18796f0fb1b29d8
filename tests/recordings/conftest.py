"""One recording and the people around it."""

from pathlib import Path

import pytest

from tests import factories
from tests.factories import Scene


@pytest.fixture
def scene(db: None, tmp_path: Path) -> Scene:
    return factories.scene(tmp_path)
