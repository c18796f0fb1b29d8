"""Real files for a real store; the S3 tests belong to the shape that has S3."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from evidence.vault.models import ObjectIntent
from evidence.vault.services import ORPHAN_AGE

Make = Callable[[bytes], Path]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_s3_only = collection_path.name in {"test_s3.py", "test_locking.py", "test_restored.py", "test_encryption_s3.py"}
    return True if is_s3_only and config.getoption("shape") != "force" else None


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a file with these bytes and gives its path."""

    def write(content: bytes) -> Path:
        path = tmp_path / f"source-{hashlib.sha256(content).hexdigest()[:8]}"
        path.write_bytes(content)
        return path

    return write


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def intents_age() -> None:
    """As if nobody had touched any put for longer than the sweep waits."""
    ObjectIntent.objects.update(touched_at=timezone.now() - ORPHAN_AGE - timedelta(minutes=1))
