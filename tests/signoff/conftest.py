"""A team with a redaction that its officer made, and people who may look at it."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from evidence.recordings.models import Recording
from tests import factories
from tests.factories import Scene
from tests.signoff.material import redaction


@pytest.fixture
def scene(db: None, tmp_path: Path, settings: LazySettings) -> Scene:
    settings.LOOK_AGAIN = ("faces",)
    return factories.scene(tmp_path)


@pytest.fixture
def copy(scene: Scene, tmp_path: Path) -> Recording:
    return redaction(scene, tmp_path)
