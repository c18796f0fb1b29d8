"""Senders of every kind, and a spool that is empty at the beginning of each test."""

import shutil
from pathlib import Path

import pytest

from tests import factories
from tests.ingest.sending import Sender, dock_sender, page_sender


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
