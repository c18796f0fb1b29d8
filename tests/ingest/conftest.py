"""Senders of every kind, and a spool that is empty at the beginning of each test."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from evidence.fleet.services import camera_issue
from tests import factories
from tests.ingest.sending import RECORDED_AT, Sender, dock_sender, page_sender


@pytest.fixture(autouse=True)
def _empty_spool(settings):
    shutil.rmtree(settings.SPOOL_DIR, ignore_errors=True)


@pytest.fixture
def spool(settings) -> Path:
    return Path(settings.SPOOL_DIR)


@pytest.fixture
def dock(db) -> Sender:
    return dock_sender()


@pytest.fixture
def officer(db):
    return factories.person()


@pytest.fixture
def person(officer) -> Sender:
    return page_sender(officer)


@pytest.fixture
def worn(officer):
    """A known camera that the officer had when it was recorded."""
    camera = factories.camera("CAM-1")
    camera_issue(camera=camera, person=officer, issued_at=RECORDED_AT - timedelta(hours=2))
    return camera
