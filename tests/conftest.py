"""Fixtures of the whole suite: the database of the chosen shape, live processes, and what CI may not skip.

Servers and environment are set up earlier, by the plugin `tests.servers.shape`. `live_site` and `live_worker` are the
product's own processes on the test's database; everything else belongs into the conftest of the room it serves.
"""

import os
import shutil
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.management.commands import flush
from django.db import connection
from hypothesis import settings as hypothesis_settings
from pytest_django import DjangoDbBlocker

from tests.servers import live
from workers.exec.process import Running

NO_FOOTAGE = "no real footage beside the checkout"
"""The one skip that is always allowed: footage of real people is never part of the project, nor required by it."""
PBKDF2PasswordHasher.iterations = 1_000  # its cost is its strength, and the tests make thousands
hypothesis_settings.register_profile(
    "project", deadline=None
)  # how long an example takes says something of the machine
hypothesis_settings.load_profile("project")
_IS_ALL_REQUIRED = os.environ.get("REQUIRE_ALL") == "1"


@pytest.fixture(scope="session")
def shape(pytestconfig: pytest.Config) -> str:
    """`embedded` or `force`."""
    return str(pytestconfig.getoption("shape"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """The test database has the name the settings give, so that live processes find it with the same environment.

    It is ours alone: the plugin gave each process of the session a database name of its own.
    """
    database = settings.DATABASES["default"]
    database["TEST"]["NAME"] = database["NAME"]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Emptying the tables puts back the rows that a migration leaves by copying them, instead of working them out anew.

    Django asks after every transactional test which permissions each model should have: most of what the test costs.
    """
    from django.contrib.auth.models import Permission
    from django.contrib.contenttypes.models import ContentType

    from evidence.custody.cluster import cluster_note
    from evidence.custody.triggers import triggers_install

    with django_db_blocker.unblock():
        left = [list(model.objects.all()) for model in (ContentType, Permission)]

    def put_back(*args: object, **kwargs: object) -> None:
        for rows in left:
            type(rows[0])._default_manager.bulk_create(rows)
        triggers_install(connection)
        cluster_note()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "emit_post_migrate_signal", put_back)
        yield


@pytest.fixture(autouse=True)
def _custody_record_can_be_emptied(request: pytest.FixtureRequest) -> Iterator[None]:
    """Takes the append-only triggers away just before Django empties the tables; its migrate signal puts them back."""
    marker = request.node.get_closest_marker("django_db")
    is_transactional = "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction"))
    if not is_transactional:
        yield
        return
    from evidence.custody.triggers import triggers_remove

    request.getfixturevalue("transactional_db")
    yield
    triggers_remove(connection)


@pytest.fixture(scope="session", autouse=True)
def _static_files_are_looked_up_when_asked_for() -> None:
    """Every test client would walk through all of them first."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def _scratch_begins_empty() -> None:
    """What a worker killed by an earlier test left behind is no finding of this one."""
    shutil.rmtree(settings.SCRATCH_DIR, ignore_errors=True)


def _show(log: Path) -> None:
    """What a live process printed, beside the failure of the test that used it."""
    sys.stdout.write(f"\n{log.name}:\n{log.read_text(errors='replace')[-5000:]}")


@pytest.fixture
def live_site(transactional_db: None, tmp_path: Path) -> Iterator[live.LiveSite]:
    """The web server as a process of its own."""
    log = tmp_path / "site.log"
    with live.site(log) as running:
        yield running
    _show(log)


@pytest.fixture
def live_worker(transactional_db: None, tmp_path: Path) -> Iterator[Running]:
    """A Celery worker with beat as a process of its own, on every queue but that whose worker tries the store first."""
    log = tmp_path / "worker.log"
    with live.worker(log, [queue for queue in settings.JOB_QUEUES if queue != settings.JOB_VAULT_QUEUE]) as running:
        yield running
    _show(log)


@pytest.fixture
def live_sequencer(transactional_db: None, tmp_path: Path) -> Iterator[Running]:
    """The sequencer as a process of its own, with a new key."""
    log = tmp_path / "sequencer.log"
    with live.sequencer(log, tmp_path / "log" / "log.pem") as running:
        yield running
    _show(log)


def _skip_forbid(report: pytest.TestReport | pytest.CollectReport) -> None:
    if _IS_ALL_REQUIRED and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        if NO_FOOTAGE in str(reason):
            return
        report.outcome = "failed"
        report.longrepr = f"skipped, and REQUIRE_ALL=1 allows no skip: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything is required, a skip is a failure that says what was missing."""
    report = yield
    _skip_forbid(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a whole module that skips itself."""
    report = yield
    _skip_forbid(report)
    return report
